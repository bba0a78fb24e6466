import { equal, match } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { chromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { BrowserLab, type Visit } from './browser-lab.ts';

describe('a secret that is shown once', needs(chromium), () => {
  let lab: BrowserLab;
  let visit: Visit;
  before(async () => {
    lab = await BrowserLab.start();
    visit = await lab.visit();
  });
  after(() => lab[Symbol.asyncDispose]());

  test('is not lost by Back without a question; after "I have stored it" nothing is asked', async () => {
    const asked: string[] = [];
    let answer = false;
    visit.page.on('dialog', async (dialog) => {
      asked.push(dialog.message());
      await (answer ? dialog.accept() : dialog.dismiss());
    });
    await visit.goTo('/me/sessions');
    await visit.walkTo('/me/keys');
    const make = async (name: string): Promise<void> => {
      await visit.button('Create an API key').click();
      await visit.field('Name').fill(name);
      await visit.inDialog('Create').click();
      await visit.field('I have stored it').waitFor();
    };
    await make('kept');
    await visit.page.evaluate('history.back()');
    await visit.page.waitForURL('**/me/keys');
    await visit.settled();
    equal(asked.length, 1);
    match(asked[0] ?? '', /lose the secret/);
    match(await visit.field('API key').inputValue(), /^tdg_/);
    answer = true;
    await visit.page.evaluate('history.back()');
    await visit.titled('My sessions').waitFor();
    equal(asked.length, 2);
    equal(await visit.dialog.count(), 0);

    await visit.walkTo('/me/keys');
    await make('stored');
    await visit.field('I have stored it').check();
    await visit.page.evaluate('history.back()');
    await visit.titled('My sessions').waitFor();
    equal(asked.length, 2);
  });

  test('the menu of the user closes when one of its links is followed', async () => {
    await visit.goTo('/namespaces');
    await visit.page.locator('button[popovertarget=user-menu]').click();
    await visit.page.locator('#user-menu a').first().click();
    await visit.titled('My API keys').waitFor();
    equal(await visit.page.locator('#user-menu:popover-open').count(), 0);
  });
});

import { deepEqual, equal, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Locator } from 'playwright-core';
import { chromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { BrowserLab, type Visit } from './browser-lab.ts';
import { deleteAllThatMatch, pushMany } from './bulk.ts';

/** Steps that lead from one end of a page to the other. */
const MOST_STEPS = 120;

describe('the console by the keyboard alone, and by many at once', needs(chromium), () => {
  let lab: BrowserLab;
  let visit: Visit;
  before(async () => {
    lab = await BrowserLab.start();
    await lab.registry.namespaceAdd('birds');
    visit = await lab.open();
  });
  after(() => lab[Symbol.asyncDispose]());

  const press = (key: string): Promise<void> => visit.page.keyboard.press(key);
  const isOn = (target: Locator): Promise<boolean> =>
    target.evaluate((element) => element.matches(':focus-visible'));
  /** Goes on by Tab until this has the focus, which can be seen. On the way the focus is never lost. */
  const tabTo = async (target: Locator): Promise<void> => {
    await target.waitFor();
    for (let steps = 0; steps < MOST_STEPS; steps++) {
      if (await isOn(target)) {
        const outline = await target.evaluate(
          (element) =>
            (
              globalThis as unknown as { getComputedStyle(of: unknown): { outlineStyle: string } }
            ).getComputedStyle(element).outlineStyle,
        );
        return equal(outline, 'solid', `the focus on ${target} is not seen`);
      }
      await press('Tab');
    }
    ok(false, `the keyboard does not reach ${target}`);
  };
  /** What was focused is there still, or the heading of the page took the focus over. */
  const refuseLostFocus = async (): Promise<void> => {
    const tag = await visit.page.evaluate('document.activeElement?.tagName');
    ok(tag !== 'BODY' && tag !== undefined, 'the focus is lost');
  };

  test('a person signs in; a wrong key is told in one sentence', async () => {
    visit.expectRefusal(401);
    await visit.page.goto(`${lab.registry.url}/console/`);
    await tabTo(visit.field('API key'));
    await visit.page.keyboard.type('tdg_not-a-key');
    await press('Enter');
    const told = visit.page.getByRole('alert').filter({ visible: true }).first();
    await told.waitFor();
    equal(
      (await told.locator('p').first().innerText()).split(/[.!?](\s|$)/).filter((part) => part?.trim())
        .length,
      1,
    );
    await tabTo(visit.field('API key'));
    await press('Control+a');
    await visit.page.keyboard.type(lab.registry.apikey);
    await press('Enter');
    await visit.titled('Overview').waitFor();
  });

  test('several images are selected as a range and deleted', async () => {
    await pushMany(lab, 'birds/few', 3);
    await visit.goTo('/repositories/birds/few?q=old&sort=name');
    await visit.row('old-2').waitFor();
    await tabTo(visit.field('Select old-0'));
    await press('Space');
    await visit.says('1 selected').waitFor();
    await tabTo(visit.field('Select old-2'));
    await press('Shift+Space');
    await visit.says('3 selected').waitFor();
    await press('Shift+Tab');
    while (!(await isOn(visit.button('Delete images')))) await press('Shift+Tab');
    await press('Enter');
    await visit.dialog.waitFor();
    // what destroys is never where the focus begins
    await visit.inDialog('Cancel').waitFor();
    ok(await isOn(visit.inDialog('Cancel')));
    await tabTo(visit.typed());
    await visit.page.keyboard.type('3');
    await tabTo(visit.inDialog('Delete 3 images'));
    await press('Enter');
    await visit.dialog.waitFor({ state: 'detached' });
    await refuseLostFocus();
    const left = await lab.registry.v2('GET', 'birds/few/tags/list');
    deepEqual(((await left.json()) as { tags: string[] }).tags, ['new-1', 'new-2']);
  });

  test('a policy is written and made', async () => {
    const made = await lab.registry.api('POST', '/v1/serviceids', {
      account_id: lab.registry.accountId,
      name: 'typed',
    });
    const { iam_id: iamId } = (await made.json()) as { iam_id: string };
    await visit.goTo('/policies');
    await tabTo(visit.button('Add a policy'));
    await press('Enter');
    await visit.titled('New policy').waitFor();
    await refuseLostFocus();
    await tabTo(visit.field('Who'));
    await visit.page.keyboard.type(iamId);
    await tabTo(visit.field('On'));
    await press('ArrowDown');
    await tabTo(visit.field('Namespace'));
    await visit.page.keyboard.type('birds');
    await tabTo(visit.field('Writer: push'));
    await press('Space');
    await tabTo(visit.button('Create'));
    await press('Enter');
    await visit.button('Delete policy').waitFor();
    await refuseLostFocus();
    const query = new URLSearchParams({ account_id: lab.registry.accountId, iam_id: iamId });
    const told = await (await lab.registry.api('GET', `/v2/policies?${query}`)).text();
    ok(told.includes('serviceRole:Writer') && told.includes('"birds"'), told);
  });

  test('all images that a filter finds are deleted at once, on every page; the one that is protected is named', async () => {
    await pushMany(lab, 'birds/many', 60);
    await deleteAllThatMatch(lab, visit, { repository: 'birds/many', count: 60 });
  });
});

import { equal } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Identities } from '../access/identities.ts';
import { PASSWORD } from '../identity/people.ts';
import { chromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { BrowserLab, type Visit } from './browser-lab.ts';

describe('an invitation in the console', needs(chromium), () => {
  let lab: BrowserLab;
  before(async () => {
    lab = await BrowserLab.start();
  });
  after(() => lab[Symbol.asyncDispose]());

  const invited = async (email: string, apikey = lab.registry.apikey, account = lab.registry.accountId) => {
    const users = [{ email, account_role: 'Member' }];
    const answer = await lab.registry.api('POST', `/v2/accounts/${account}/users`, { users }, apikey, {
      Account: account,
    });
    const { resources } = (await answer.json()) as { resources: { invitation_code: string }[] };
    return resources[0]?.invitation_code ?? '';
  };

  const signInWithPassword = async (visit: Visit, email: string): Promise<void> => {
    await visit.button('Password').click();
    await visit.field('E-mail address or user name').fill(email);
    await visit.field('Password').fill(PASSWORD);
    await visit.button('Sign in').click();
    await visit.rail.waitFor();
  };

  test('a new person joins with the code and a password of their own, and signs in', async () => {
    const code = await invited('ada@example.com');
    const visit = await lab.open();
    visit.expectRefusal(401);
    await visit.page.goto(`${lab.registry.url}/console/`);
    await visit.link('Accept an invitation').click();
    await visit.titled('Accept an invitation').waitFor();
    await visit.refuseBarriers();
    await visit.field('Invitation code').fill('none');
    await visit.field('Password').fill(PASSWORD);
    await visit.button('Join').click();
    await visit.page.getByRole('alert').first().waitFor();
    await visit.field('Invitation code').fill(` ${code} `);
    await visit.field('First name').fill('Ada');
    await visit.button('Join').click();
    await visit.says('You have joined the account.').waitFor();
    await visit.link('Sign in with your e-mail address and this password').click();
    await signInWithPassword(visit, 'ada@example.com');
    await visit.end();
  });

  test('a person who is signed in joins as that one, and has both accounts to choose from', async () => {
    const identities = new Identities(lab.registry);
    const { email } = await identities.member();
    const { accountId, apikey } = await identities.stranger();
    const code = await invited(email, apikey, accountId);
    const visit = await lab.open();
    await visit.page.goto(`${lab.registry.url}/console/`);
    await signInWithPassword(visit, email);
    await visit.walkTo('/invitation');
    equal(await visit.field('Password').count(), 0);
    await visit.field('Invitation code').fill(code);
    await visit.button('Join').click();
    await visit.says('You have joined the account.').waitFor();
    await visit.page.getByRole('combobox', { name: 'Account' }).first().waitFor();
    await visit.end();
  });

  test('one’s linked identities have a page, and the menu leads there', async () => {
    const visit = await lab.visit();
    await visit.page.locator('button[popovertarget=user-menu]').click();
    await visit.link('Linked identities').click();
    await visit.says('No identity is linked to you.').waitFor();
    await visit.refuseBarriers();
    await visit.end();
  });
});

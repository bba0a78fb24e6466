import { equal } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Caller } from '../access/caller.ts';
import { type Holder, Identities } from '../access/identities.ts';
import { v2Policy } from '../access/policy-documents.ts';
import { PASSWORD } from '../identity/people.ts';
import { chromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { BrowserLab, type Visit } from './browser-lab.ts';

describe('a person of two accounts in the console', needs(chromium), () => {
  let lab: BrowserLab;
  let visit: Visit;
  let other: Holder;
  before(async () => {
    lab = await BrowserLab.start();
    const { registry } = lab;
    const identities = new Identities(registry);
    other = await identities.stranger();
    const person = await identities.member();
    const owner = await Caller.login(registry, other.apikey);
    const users = [{ email: person.email, account_role: 'Member' }];
    const { body } = await owner.post(`/v2/accounts/${other.accountId}/users`, { users });
    const [{ invitation_code: code }] = body.resources;
    const accepting = { code, password: PASSWORD };
    equal((await Caller.bearing(registry).post('/v1/invitations/accept', accepting)).status, 200);
    const reads = (caller: Caller, accountId: string) =>
      caller.post('/v2/policies', v2Policy(person.iamId, 'Reader', accountId));
    equal((await reads(await Caller.login(registry), registry.accountId)).status, 201);
    equal((await reads(owner, other.accountId)).status, 201);
    await registry.namespaceAdd('birds');
    const headers = { Account: other.accountId };
    equal((await owner.send('PUT', '/api/v1/namespaces/fish', undefined, headers)).status, 201);
    visit = await lab.open();
    await signIn(person.email);
  });
  after(() => lab[Symbol.asyncDispose]());

  const signIn = async (email: string): Promise<void> => {
    await visit.page.goto(`${lab.registry.url}/console/`);
    await visit.button('Password').click();
    await visit.field('E-mail address or user name').fill(email);
    await visit.field('Password').fill(PASSWORD);
    await visit.button('Sign in').click();
    await visit.rail.waitFor();
  };
  /** The console begins again with another account. */
  const choose = async (accountId: string): Promise<void> => {
    if ((await visit.field('Account').inputValue()) === accountId) return;
    await Promise.all([visit.page.waitForEvent('load'), visit.field('Account').selectOption(accountId)]);
  };

  test('another account is chosen: the list is that account’s, and so is what follows', async () => {
    await visit.goTo('/namespaces');
    await choose(lab.registry.accountId);
    await visit.row('birds').waitFor();
    await choose(other.accountId);
    await visit.row('fish').waitFor();
    equal(await visit.rows('birds').count(), 0);
    await visit.walkTo('/repositories');
    equal(await visit.says('birds').count(), 0);
    await choose(lab.registry.accountId);
    await visit.walkTo('/namespaces');
    await visit.row('birds').waitFor();
    equal(await visit.rows('fish').count(), 0);
  });

  test('the account that was chosen stays when the page is loaded again', async () => {
    await visit.goTo('/namespaces');
    for (const { accountId, has } of [
      { accountId: other.accountId, has: 'fish' },
      { accountId: lab.registry.accountId, has: 'birds' },
    ]) {
      await choose(accountId);
      await visit.page.reload();
      await visit.row(has).waitFor();
      equal(await visit.field('Account').inputValue(), accountId);
    }
  });

  test('an account that is chosen while a page of another is drawn gets none of its questions', async () => {
    await visit.goTo('/namespaces');
    await choose(lab.registry.accountId);
    await visit.row('birds').waitFor();
    const reloaded = visit.page.waitForEvent('load');
    // a question of one account with a token of the other is refused: that the browser says so makes the visit fail
    await visit.field('Account').evaluate(
      async (select, accountIds) => {
        for (const accountId of accountIds) {
          (select as unknown as { value: string }).value = accountId;
          select.dispatchEvent(new Event('change', { bubbles: true }));
          await Promise.resolve();
        }
      },
      [other.accountId, lab.registry.accountId],
    );
    await reloaded;
    await visit.row('birds').waitFor();
    await visit.settled();
    equal(await visit.rows('fish').count(), 0);
  });
});

import { deepEqual, equal, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Identities } from '../access/identities.ts';
import { accept, invite } from '../identity/people.ts';
import { chromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { BrowserLab, type Visit } from './browser-lab.ts';

const PASSWORD = 'correct horse battery staple';

describe('users in the console', needs(chromium), () => {
  let lab: BrowserLab;
  let visit: Visit;
  before(async () => {
    lab = await BrowserLab.start();
    visit = await lab.visit();
  });
  after(() => lab[Symbol.asyncDispose]());

  const json = async <Body>(method: string, path: string, body?: object): Promise<Body> => {
    const response = await lab.registry.api(method, path, body);
    ok(response.ok, `${method} ${path}: ${response.status}`);
    return (await response.json()) as Body;
  };
  const joined = async (email: string, first: string): Promise<string> => {
    const { iamId, code } = await invite(lab.registry, email);
    await accept(lab.registry, code, { password: PASSWORD, first_name: first, last_name: 'Byron' });
    return iamId;
  };
  const state = async (iamId: string): Promise<string> =>
    (await json<{ state: string }>('GET', `/v2/accounts/${lab.registry.accountId}/users/${iamId}`)).state;
  const login = (email: string, client?: string): Promise<Response> =>
    lab.registry.fetch('/identity/token', {
      method: 'POST',
      headers: client
        ? { Authorization: `Basic ${Buffer.from(`${client}:${client}`).toString('base64')}` }
        : {},
      body: new URLSearchParams({ grant_type: 'password', username: email, password: PASSWORD }),
    });
  const shown = async (iamId: string, first: string): Promise<void> => {
    await visit.goTo(`/users/${iamId}`);
    await visit.titled(`User ${first} Byron`).waitFor();
  };

  test('a person is invited into a group by a code that is shown once, and joins with it', async () => {
    const group = await json<{ id: string }>('POST', `/v2/groups?account_id=${lab.registry.accountId}`, {
      name: 'readers',
    });
    await visit.goTo('/users');
    await visit.refuseBarriers();
    await visit.button('Invite a person').click();
    await visit.field('E-mail address').fill('ada@example.com');
    await visit.dialog.getByLabel('readers').first().check();
    await visit.refuseBarriers();
    await visit.picture('user-invite');
    await visit.inDialog('Invite').click();
    const code = await visit.field('Invitation code').inputValue();
    await visit.refuseBarriers();
    await visit.picture('user-invited');
    await visit.field('I have stored it').check();
    await visit.inDialog('Close').click();
    await visit.says('invited', visit.row('ada@example.com')).waitFor();
    const accepted = await accept(lab.registry, code, { password: PASSWORD, first_name: 'Ada' });
    equal(accepted.status, 200);
    const { members } = await json<{ members: { iam_id: string }[] }>(
      'GET',
      `/v2/groups/${group.id}/members`,
    );
    deepEqual(
      members.map(({ iam_id }) => iam_id),
      [accepted.body.iam_id],
    );
  });

  test('the list is filtered by the server', async () => {
    await joined('grace@navy.example', 'Grace');
    await joined('alan@park.example', 'Alan');
    await visit.goTo('/users');
    await visit.row('Grace Byron').waitFor();
    await visit.picture('users');
    await visit.field('Filter').fill('park');
    await visit.row('Grace Byron').waitFor({ state: 'detached' });
    await visit.row('Alan Byron').waitFor();
  });

  test('a user is disabled and enabled: logins are refused meanwhile', async () => {
    const iamId = await joined('off@example.com', 'Off');
    await shown(iamId, 'Off');
    await visit.refuseBarriers();
    await visit.picture('user');
    await visit.button('Disable').click();
    await visit.picture('user-disable');
    await visit.inDialog('Disable').click();
    await visit.button('Enable').waitFor();
    equal(await state(iamId), 'DISABLED');
    equal((await login('off@example.com')).ok, false);
    await visit.button('Enable').click();
    await visit.button('Disable').waitFor();
    equal(await state(iamId), 'ACTIVE');
    equal((await login('off@example.com')).ok, true);
  });

  test('all sessions of a user are ended', async () => {
    const iamId = await joined('busy@example.com', 'Busy');
    const { refresh_token: token } = (await (await login('busy@example.com', 'bx')).json()) as {
      refresh_token: string;
    };
    await shown(iamId, 'Busy');
    await visit.tab('Sessions').click();
    await visit.row('command line').waitFor();
    await visit.refuseBarriers();
    await visit.picture('user-sessions');
    await visit.button('End all').click();
    await visit.picture('user-sessions-end');
    await visit.inDialog('End').click();
    await visit.says('There is no session').waitFor();
    const renewed = await lab.registry.fetch('/identity/token', {
      method: 'POST',
      headers: { Authorization: `Basic ${Buffer.from('bx:bx').toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token }),
    });
    equal(renewed.ok, false);
  });

  test('the owner cannot be disabled or removed, not by the owner either, and is told so', async () => {
    await visit.goTo(`/users/${lab.registry.ownerIamId}`);
    for (const name of ['Disable', 'Remove']) await visit.refusedBy(name, 'The owner of the account');
  });

  test('a user is removed after the name was typed, with all that goes', async () => {
    const iamId = await joined('gone@example.com', 'Gone');
    await shown(iamId, 'Gone');
    await visit.button('Remove').click();
    await visit.says('all sessions in this account', visit.dialog).waitFor();
    await visit.refuseBarriers();
    await visit.picture('user-remove');
    await visit.typed().fill('gone@example.com');
    await visit.inDialog('Remove: user').click();
    await visit.titled('Users').waitFor();
    await visit.row('Gone Byron').waitFor({ state: 'detached' });
    equal((await login('gone@example.com')).ok, false);
  });

  test('who may do nothing sees own keys alone, and buttons that say why they do nothing', async () => {
    const person = await new Identities(lab.registry).user();
    await using other = await lab.visit({ apikey: person.apikey });
    await other.goTo('/api-keys');
    await other.row('key').waitFor();
    await other.entry('API keys').waitFor();
    for (const absent of ['Users', 'Service IDs', 'Operator', 'Backups'])
      equal(await other.rail.getByText(absent, { exact: true }).filter({ visible: true }).count(), 0, absent);
    deepEqual(await other.page.locator('.tab-names a').allInnerTexts(), ['Mine']);
    other.expectRefusal(403);
    await other.goTo('/users');
    await other.says('user-management.user.list', other.page.getByRole('alert')).waitFor();
    await other.refusedBy('Invite a person', 'user-management.user.invite');
    await other.picture('users-refused');
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { as, grant, join, PASSWORD } from '../identity/people.ts';
import { PeopleLab } from './people-lab.ts';

test('a reset unlinks the identities of a user at providers, also one that an intruder linked, and ends their sign-ins', async () => {
  await using lab = await PeopleLab.start({ company: {}, other: {} });
  const { registry } = lab;
  const ada = await join(registry, 'ada@example.com');
  const signedIn = async () => {
    const browser = lab.browser();
    const { status } = await browser.post('/console/session', { user_name: ada.email, password: PASSWORD });
    assert.equal(status, 200);
    return browser;
  };
  await (await signedIn()).journey('/console/session/link', {}, 'ann');
  await (await signedIn()).journey('/console/session/link', {}, 'bob', 1);
  const [own, intruder] = [await lab.signedIn('ann'), await lab.signedIn('bob', 1)];
  const { access_token: owner } = await registry.login();
  const token = await intruder.token();
  const { body: code } = await as(registry, token, 'POST', '/identity/passcode');
  const waiting = await intruder.toCallback('bob', 1);
  const reset = await as(registry, owner, 'POST', '/api/v1/users/reset', { user: ada.iamId });
  assert.equal(reset.status, 200, JSON.stringify(reset.body));
  for (const browser of [own, intruder]) assert.equal((await browser.session()).signed_in, false);
  assert.equal((await as(registry, token, 'GET', '/identity/userinfo')).status, 401);
  const passcode = { grant_type: 'urn:ibm:params:oauth:grant-type:passcode', passcode: code.passcode };
  assert.equal((await grant(registry, passcode)).status, 401);
  assert.notEqual((await intruder.get(waiting)).status, 200, 'a sign-in that was under way');
  assert.notEqual((await lab.browser().signIn('ann')).status, 200);
  assert.notEqual((await lab.browser().signIn('bob', 1)).status, 200);
  const unlinked = '/api/v1/audit/events?action=iam-identity.user-federated.unlink';
  assert.equal((await as(registry, owner, 'GET', unlinked)).body.events.length, 2);
});

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { OWN, PeopleLab } from './people-lab.ts';

const SIGN_UP = { people: { sign_up: { account: '{account}', email_domains: ['example.com'] } } };

let lab: PeopleLab;

before(async () => {
  lab = await PeopleLab.start({ company: SIGN_UP });
});
after(() => lab[Symbol.asyncDispose]());

test('a person signs in at the provider, gets a session, and API calls are theirs', async () => {
  const browser = lab.browser();
  const page = await browser.signIn('ann');
  assert.equal(page.status, 200, page.text + lab.registry.logged.slice(-3).join('\n'));
  assert.equal(page.headers.get('refresh'), '0;url=/console/');
  const session = await browser.session();
  assert.equal(session.signed_in, true);
  assert.equal(session.user.email, 'ann@example.com');
  assert.equal(session.account.id, lab.registry.accountId);
  const token = await browser.token();
  const me = await lab.registry.fetch('/identity/userinfo', {
    headers: { Authorization: `Bearer ${token}` },
  });
  assert.equal(((await me.json()) as { iam_id: string }).iam_id, session.user.iam_id);
  const again = await lab.signedIn('ann');
  assert.equal((await again.session()).user.iam_id, session.user.iam_id, 'the same person is the same user');
  const out = await browser.send('DELETE', '/console/session', OWN);
  assert.equal(out.status, 204);
  assert.equal((await browser.session()).signed_in, false);
  const refused = await lab.registry.fetch('/identity/userinfo', {
    headers: { Authorization: `Bearer ${token}` },
  });
  assert.equal(refused.status, 401, 'a token of the session ends with it');
});

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { accept, as, invite, join, PASSWORD } from '../identity/people.ts';
import { type Browser, PeopleLab } from './people-lab.ts';

const DOMAIN = { people: { sign_up: { account: '{account}', email_domains: ['example.com'] } } };
const GROUP = { people: { sign_up: { account: '{account}', groups: ['birds'] } } };

describe('who becomes a user by signing in', () => {
  let lab: PeopleLab;

  before(async () => {
    lab = await PeopleLab.start({ company: {} });
  });
  after(() => lab[Symbol.asyncDispose]());
  let count = 0;
  let name = '';
  beforeEach(() => {
    count += 1;
    name = `person${count}`;
  });

  const signIn = async (claims: object): Promise<number> => {
    await lab.provider.setUser(name, { ...claims });
    return (await lab.browser().signIn(name)).status;
  };

  test('no one does, unless the issuer lets people sign up', async () => {
    await lab.declare({ company: {} });
    const browser = lab.browser();
    await lab.provider.setUser(name, { email: 'a@example.com', email_verified: true });
    const page = await browser.signIn(name);
    assert.equal(page.status, 403);
    assert.match(page.text, /No user of this registry is linked/);
    assert.equal((await browser.session()).signed_in, false);
  });

  test('a domain lets in those alone whose address the provider says it verified', async () => {
    await lab.declare({ company: DOMAIN });
    const email = `${name}@example.com`;
    assert.equal(await signIn({ email }), 403, 'not said');
    assert.equal(await signIn({ email, email_verified: false }), 403, 'not verified');
    assert.equal(await signIn({ email, email_verified: 'true' }), 403, 'a text is no promise');
    assert.equal(await signIn({ email: 'x@evil-example.com', email_verified: true }), 403, 'another domain');
    assert.equal(
      await signIn({ email: 'x@example.com.evil.org', email_verified: true }),
      403,
      'a longer one',
    );
    assert.equal(
      await signIn({ email: 'x@example.com@evil.org', email_verified: true }),
      403,
      'two at signs',
    );
    assert.equal(await signIn({ email: email.toUpperCase(), email_verified: true }), 200);
  });

  test('a group lets in its members, and no one where the provider left the groups out', async () => {
    await lab.declare({ company: GROUP });
    assert.equal(await signIn({}), 403, 'no groups');
    assert.equal(await signIn({ groups: ['Birds', 'birds2'] }), 403, 'similar ones');
    assert.equal(await signIn({ groups: { birds: true } }), 403, 'an object');
    const overage = { _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint: 'https://x' } } };
    assert.equal(await signIn({ groups: ['birds'], ...overage }), 403, 'overage');
    assert.equal(await signIn({ groups: ['bees', 'birds'] }), 200);
  });

  test('both together must hold', async () => {
    const { sign_up: signUp } = GROUP.people;
    await lab.declare({ company: { people: { sign_up: { ...signUp, email_domains: ['example.com'] } } } });
    const email = `${name}@example.com`;
    assert.equal(await signIn({ email, email_verified: true }), 403);
    assert.equal(await signIn({ groups: ['birds'] }), 403);
    assert.equal(await signIn({ email, email_verified: true, groups: ['birds'] }), 200);
  });

  test('who signed up is a member without rights, and the audit log has it', async () => {
    await lab.declare({ company: GROUP });
    await lab.provider.setUser(name, { groups: ['birds'], email: 'not-verified@example.com' });
    const browser = await lab.signedIn(name);
    const { user, accounts } = await browser.session();
    assert.equal(user.email, '', 'an address that no one verified is not kept as theirs');
    assert.deepEqual(
      accounts.map((each: { id: string }) => each.id),
      [lab.registry.accountId],
    );
    const token = await browser.token();
    for (const path of ['/api/v1/namespaces', '/v1/serviceids', '/api/v1/issuers']) {
      const answer = await as(lab.registry, token, 'GET', path);
      const isEmpty = answer.status === 200 && JSON.stringify(answer.body).length < 200;
      assert.ok(isEmpty || answer.status === 403, `${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    const { access_token: owner } = await lab.registry.login();
    const events = await as(lab.registry, owner, 'GET', `/api/v1/audit/events?target=${user.iam_id}`);
    assert.equal(events.status, 200, JSON.stringify(events.body));
    const actions = JSON.stringify(events.body);
    assert.match(actions, /user-management\.user\.sign-up/);
    assert.match(actions, /iam-identity\.user-federated\.login/);
  });

  test('two first sign-ins of one person at the same time make one user', async () => {
    await lab.declare({ company: GROUP });
    await lab.provider.setUser(name, { groups: ['birds'] });
    const browsers = [lab.browser(), lab.browser(), lab.browser()];
    const callbacks = await Promise.all(browsers.map((browser) => browser.toCallback(name)));
    await Promise.all(browsers.map((browser, index) => browser.get(callbacks[index] ?? '')));
    const sessions = await Promise.all(browsers.map((browser) => browser.session()));
    assert.equal(new Set(sessions.map(({ user }) => user.iam_id)).size, 1);
  });

  test('an issuer that is disabled or removed ends the sessions that came from it, and no one signs in through it', async () => {
    await lab.declare({ company: GROUP });
    await lab.provider.setUser(name, { groups: ['birds'] });
    const browser = await lab.signedIn(name);
    const token = await browser.token();
    const { access_token: owner } = await lab.registry.login();
    const change = (state: string) => as(lab.registry, owner, 'PATCH', '/api/v1/issuers/company', { state });
    assert.equal((await change('disabled')).status, 200);
    assert.equal((await browser.session()).signed_in, false);
    assert.equal((await as(lab.registry, token, 'GET', '/identity/userinfo')).status, 401);
    assert.equal((await browser.get('/console/session/sign-in/company')).status, 404);
    assert.equal((await change('enabled')).status, 200);
    assert.equal((await browser.session()).signed_in, false, 'what ended stays ended');
    assert.equal((await browser.signIn(name)).status, 200);
    await lab.declare({});
    assert.equal((await browser.session()).signed_in, false);
    await lab.declare({ company: GROUP });
  });
});

describe('linking, invitations and accounts', () => {
  let lab: PeopleLab;

  before(async () => {
    lab = await PeopleLab.start({ company: {}, partner: {} });
  });
  after(() => lab[Symbol.asyncDispose]());

  const withPassword = async (email: string): Promise<Browser> => {
    const browser = lab.browser();
    const { status } = await browser.post('/console/session', { user_name: email, password: PASSWORD });
    assert.equal(status, 200);
    return browser;
  };

  test('a user who is signed in links an identity, and signs in with it from then on', async () => {
    const { iamId, email } = await join(lab.registry, 'link@example.org');
    const browser = await withPassword(email);
    const page = await browser.journey('/console/session/link', {}, 'ann');
    assert.equal(page.status, 200, page.text);
    assert.equal((await (await lab.signedIn('ann')).session()).user.iam_id, iamId);
    const other = await join(lab.registry, 'other@example.org');
    const second = await withPassword(other.email);
    const refused = await second.journey('/console/session/link', {}, 'ann');
    assert.equal(refused.status, 409, 'it is one user');
    assert.equal((await (await lab.signedIn('ann')).session()).user.iam_id, iamId);
  });

  test('linking needs a session, of our own page, that is still alive when the browser comes back', async () => {
    const stranger = lab.browser();
    assert.equal((await stranger.post('/console/session/link', { issuer: 'company' })).status, 401);
    const { email } = await join(lab.registry, 'ended@example.org');
    const browser = await withPassword(email);
    const foreign = await browser.post(
      '/console/session/link',
      { issuer: 'company' },
      { 'Sec-Fetch-Site': 'cross-site' },
    );
    assert.equal(foreign.status, 403);
    const begun = await browser.post('/console/session/link', { issuer: 'company' });
    const callback = await browser.atProvider(begun.body.location, 'bob');
    assert.equal(
      (
        await browser.send('DELETE', '/console/session', {
          'X-Tidegate-Console': '1',
          'Sec-Fetch-Site': 'same-origin',
        })
      ).status,
      204,
    );
    assert.equal((await browser.get(callback)).status, 401);
    assert.equal((await lab.browser().signIn('bob')).status, 403, 'nothing was linked');
  });

  test('an API key links no identity to a user who has a password: the identity would open more than the key', async () => {
    const { token, iamId } = await join(lab.registry, 'key@example.org');
    const made = await as(lab.registry, token, 'POST', '/v1/apikeys', {
      name: 'own',
      iam_id: iamId,
      account_id: lab.registry.accountId,
    });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const browser = lab.browser();
    assert.equal((await browser.post('/console/session', { apikey: made.body.apikey })).status, 200);
    const refused = await browser.post('/console/session/link', { issuer: 'company' });
    assert.equal(refused.status, 403);
    assert.match(refused.body.message, /API key, which opens one account/);
    const owner = await lab.ownersBrowser();
    assert.equal(
      (await owner.post('/console/session/link', { issuer: 'company' })).status,
      200,
      'the owner has nothing else',
    );
  });

  test('an API key parts no user from an identity: the person signs in with it in all their accounts', async () => {
    const { token, email, iamId } = await join(lab.registry, 'parted@example.org');
    const { body: key } = await as(lab.registry, token, 'POST', '/v1/apikeys', {
      name: 'own',
      iam_id: iamId,
      account_id: lab.registry.accountId,
    });
    await lab.provider.setUser('parted', { email, email_verified: true });
    const browser = await withPassword(email);
    assert.equal((await browser.journey('/console/session/link', {}, 'parted')).status, 200);
    const elsewhere = await lab.signedIn('parted');
    const { access_token: ofKey } = await lab.registry.login(key.apikey);
    const { body: own } = await as(lab.registry, ofKey, 'GET', '/v1/federated_identities');
    const path = `/v1/federated_identities/${own.federated_identities[0].id}`;
    const refused = await as(lab.registry, ofKey, 'DELETE', path);
    assert.equal(refused.status, 403);
    assert.match(refused.body.errorMessage, /API key, which opens one account.*unlink/);
    assert.equal((await elsewhere.session()).signed_in, true);
    assert.equal((await as(lab.registry, await elsewhere.token(), 'DELETE', path)).status, 204);
    assert.equal((await elsewhere.session()).signed_in, false);
  });

  test('an invitation is accepted by signing in: a new person becomes a user without a password, once', async () => {
    const { iamId, code } = await invite(lab.registry, 'new@example.net');
    const browser = lab.browser();
    await lab.provider.setUser('new', { name: 'New Person' });
    const wrong = await browser.post('/console/session/invitation', { issuer: 'company', code: `${code}x` });
    assert.equal(wrong.status, 401);
    const page = await browser.journey('/console/session/invitation', { code }, 'new');
    assert.equal(page.status, 200, page.text);
    const { user } = await browser.session();
    assert.equal(user.iam_id, iamId);
    assert.equal(user.email, 'new@example.net', 'the address it was sent to, whatever the provider says');
    assert.equal((await (await lab.signedIn('new')).session()).user.iam_id, iamId);
    const again = await lab.browser().post('/console/session/invitation', { issuer: 'company', code });
    assert.equal(again.status, 401);
    assert.equal((await accept(lab.registry, code, { password: PASSWORD })).status, 401);
  });

  test('an invitation that was withdrawn or used on the way lets no one in', async () => {
    const { code } = await invite(lab.registry, 'race@example.net');
    await lab.provider.setUser('race', {});
    const browser = lab.browser();
    const begun = await browser.post('/console/session/invitation', { issuer: 'company', code });
    const callback = await browser.atProvider(begun.body.location, 'race');
    assert.equal((await accept(lab.registry, code, { password: PASSWORD })).status, 200);
    assert.equal((await browser.get(callback)).status, 401);
    assert.equal((await lab.browser().signIn('race')).status, 403);
  });

  test('a person in several accounts is one user, switches between them, and each token is of one account', async () => {
    const { code } = await invite(lab.registry, 'both@example.net');
    await lab.provider.setUser('both', {});
    const browser = lab.browser();
    await browser.journey('/console/session/invitation', { code }, 'both');
    // the account joined first comes first
    lab.registry.clock.advance(1000);
    const { access_token: owner } = await lab.registry.login();
    const made = await as(lab.registry, owner, 'POST', '/api/v1/accounts', { name: 'second' });
    assert.equal(made.status, 201);
    const account: string = made.body.account_id;
    const { access_token: secondOwner } = await lab.registry.login(made.body.apikey);
    const second = await invite(lab.registry, 'both@example.net', { token: secondOwner, account });
    assert.equal((await browser.post('/console/session/token', { account })).status, 401, 'not a member yet');
    const joined = await browser.journey('/console/session/invitation', { code: second.code }, 'both');
    assert.equal(joined.status, 200, joined.text);
    const session = await browser.session();
    assert.deepEqual(
      session.accounts.map((each: { id: string }) => each.id),
      [lab.registry.accountId, account],
    );
    assert.equal(session.account.id, account, 'the one whose invitation was accepted');
    const { body } = await browser.post('/console/session/token', { account: lab.registry.accountId });
    assert.equal(body.account, lab.registry.accountId);
    assert.equal((await browser.session()).account.id, lab.registry.accountId, 'it stays chosen');
    const wrong = await browser.post('/console/session/token', { account: '0'.repeat(32) });
    assert.equal(wrong.status, 401);
    assert.equal((await browser.session()).signed_in, true);
  });
});

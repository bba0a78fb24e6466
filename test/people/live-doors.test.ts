import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { Caller } from '../access/caller.ts';
import { Identities } from '../access/identities.ts';
import { onNamespace, v2Policy } from '../access/policy-documents.ts';
import { MINUTE } from '../support/clock.ts';
import { answerOf, type Browser, PeopleLab } from './people-lab.ts';

const PEOPLE = {
  people: {
    sign_up: { account: '{account}', email_domains: ['example.com'] },
    recheck_minutes: 20,
    grace_minutes: 10,
  },
};

suite('what providers say, at the doors', () => {
  let lab: PeopleLab;
  let owner: Caller;
  let count = 0;

  before(async () => {
    lab = await PeopleLab.start({ company: PEOPLE });
    await lab.registry.namespaceAdd('birds');
  });
  after(() => lab[Symbol.asyncDispose]());

  const asOwner = async (): Promise<Caller> => {
    owner = await Caller.login(lab.registry);
    return owner;
  };

  const arrive = async (more: object = {}): Promise<{ browser: Browser; name: string; iamId: string }> => {
    count += 1;
    const name = `person-${count}`;
    await lab.provider.setUser(name, { email: `${name}@example.com`, email_verified: true, ...more });
    const browser = await lab.signedIn(name);
    return { browser, name, iamId: (await browser.session()).user.iam_id };
  };

  const get = async (browser: Browser, path: string, method = 'GET', body?: object) =>
    answerOf(
      await lab.registry.fetch(path, {
        method,
        headers: {
          Authorization: `Bearer ${await browser.token()}`,
          Account: lab.registry.accountId,
          ...(body ? { 'Content-Type': 'application/json' } : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
      }),
    );

  /** A group with a rule, whose members may pull from birds. */
  const ruled = async (group: string): Promise<{ id: string; rule: string }> => {
    await asOwner();
    const { body: made } = await owner.post(`/v2/groups?account_id=${lab.registry.accountId}`, {
      name: group,
    });
    await owner.post(
      '/v2/policies',
      v2Policy(made.id, 'Reader', lab.registry.accountId, onNamespace('birds')),
    );
    const { body: rule, status } = await owner.post(`/v2/groups/${made.id}/rules`, {
      name: 'by the provider',
      expiration: 24,
      realm_name: lab.provider.issuer,
      conditions: [{ claim: 'groups', operator: 'CONTAINS', value: JSON.stringify(group) }],
    });
    assert.equal(status, 201, JSON.stringify(rule));
    return { id: made.id, rule: rule.id };
  };

  const settle = async (changes: object): Promise<void> => {
    await asOwner();
    const path = `/v1/accounts/${lab.registry.accountId}/settings/identity`;
    const answer = await owner.put(path, changes, '*');
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    for (const [name, value] of Object.entries(changes)) assert.equal(answer.body[name], value);
  };

  test('members by rule stand in the list of members only where they are asked for, with the rule and until when', async () => {
    const { id, rule } = await ruled('listers');
    const ann = await arrive({ groups: ['listers'] });
    await owner.put(`/v2/groups/${id}/members`, { members: [{ iam_id: lab.registry.ownerIamId }] });
    const list = async (query: string): Promise<{ members: { iam_id: string; membership_type: string }[] }> =>
      (await owner.get(`/v2/groups/${id}/members${query}`)).body;
    const types = async (query: string): Promise<string[]> =>
      (await list(query)).members.map(({ iam_id, membership_type: by }) => `${by} ${iam_id}`);
    const [added, byRule] = [`static ${lab.registry.ownerIamId}`, `dynamic ${ann.iamId}`];
    assert.deepEqual(await types(''), [added]);
    assert.deepEqual(await types('?membership_type=static'), [added]);
    assert.deepEqual(await types('?membership_type=dynamic'), [byRule]);
    assert.deepEqual(await types('?membership_type=all'), [added, byRule]);
    assert.deepEqual(await types('?membership_type=all&limit=1&offset=1'), [byRule]);
    const [member] = (await list('?membership_type=dynamic&verbose=true')).members as never as [object];
    assert.deepEqual(
      Object.entries(member)
        .filter(([name]) => ['rule_id', 'type', 'email'].includes(name))
        .sort(),
      [
        ['email', `${ann.name}@example.com`],
        ['rule_id', rule],
        ['type', 'user'],
      ],
    );
    const path = `/v2/groups?account_id=${lab.registry.accountId}&iam_id=${ann.iamId}&hide_public_access=true`;
    const groups = async (query: string): Promise<number> =>
      (await owner.get(`${path}${query}`)).body.groups.length;
    assert.deepEqual([await groups(''), await groups('&membership_type=dynamic')], [0, 1]);
  });

  test('a rule gives no more than its author could: who does not administer what the group reaches makes none, changes none, and gives the group no policy', async () => {
    const { id: strong, rule } = await ruled('strong');
    const { accountId } = lab.registry;
    const keeper = await new Identities(lab.registry).user();
    const groups = v2Policy(keeper.iamId, 'Administrator', accountId, { serviceName: 'iam-groups' });
    assert.equal((await owner.post('/v2/policies', groups)).status, 201);
    const caller = await Caller.login(lab.registry, keeper.apikey);
    const document = {
      ...{ name: 'mine', expiration: 24, realm_name: lab.provider.issuer },
      conditions: [{ claim: 'email', operator: 'EQUALS', value: '"me@example.com"' }],
    };
    assert.equal((await caller.post(`/v2/groups/${strong}/rules`, document)).status, 404);
    assert.equal((await caller.put(`/v2/groups/${strong}/rules/${rule}`, document, '*')).status, 404);
    const { body: empty } = await caller.post(`/v2/groups?account_id=${accountId}`, { name: 'empty' });
    assert.equal((await caller.post(`/v2/groups/${empty.id}/rules`, document)).status, 201);
    const policy = v2Policy(empty.id, 'Reader', accountId, onNamespace('birds'));
    assert.equal((await caller.post('/v2/policies', policy)).status, 403);
    await asOwner();
    assert.equal((await owner.post('/v2/policies', policy)).status, 201);
    const changed = {
      ...document,
      conditions: [{ claim: 'email', operator: 'EQUALS', value: '"you@example.com"' }],
    };
    const { body: found } = await owner.get(`/v2/groups/${empty.id}/rules`);
    const path = `/v2/groups/${empty.id}/rules/${found.rules[0].id}`;
    assert.equal((await caller.put(path, changed, '*')).status, 404, 'the group reaches more by now');
  });

  test('explain tells a person by which rule they may, and of a stale provider why they may not', async () => {
    await ruled('explained');
    const ann = await arrive({ groups: ['explained'] });
    const question = {
      iam_id: ann.iamId,
      type: 'user',
      action: 'pull',
      resource: { namespace: 'birds', repository: 'birds/robin' },
    };
    const { body } = await get(ann.browser, '/v1/explain', 'POST', question);
    assert.equal(body.allowed, true, JSON.stringify(body));
    assert.equal(body.memberships[0].rule, 'by the provider');
    assert.equal(body.memberships[0].realm_name, lab.provider.issuer);
    assert.match(body.memberships[0].until, /^2026-/);
    await lab.provider.setUser(ann.name, undefined);
    lab.registry.clock.advance(20 * MINUTE);
    await lab.registry.runJob('check-federated-identities');
    await asOwner();
    const after = await owner.post('/v1/explain', question);
    assert.equal(after.body.allowed, false);
    assert.match(after.body.providers[0].fault, /does not vouch/);
  });

  test('a docker login from a session ends with the person at the provider', async () => {
    await ruled('pullers');
    const ann = await arrive({ groups: ['pullers'] });
    const token = await ann.browser.token();
    const pull = async (): Promise<number> =>
      (
        await lab.registry.fetch('/oauth/token?service=x&scope=repository:birds/robin:pull', {
          headers: { Authorization: `Basic ${Buffer.from(`iambearer:${token}`).toString('base64')}` },
        })
      ).status;
    assert.equal(await pull(), 200);
    await lab.provider.setUser(ann.name, undefined);
    lab.registry.clock.advance(14 * MINUTE);
    assert.equal(await pull(), 200);
    await settle({ sign_in_recheck_in_seconds: '600' });
    assert.equal(await pull(), 401);
    await settle({ sign_in_recheck_in_seconds: 'NOT_SET' });
  });

  test('F44: where single sign-on is required a password opens the account no more, a sign-in and API keys do', async () => {
    const password = 'correct horse battery';
    await asOwner();
    assert.equal((await owner.put('/v1/users/me/password', { password })).status, 204);
    const username = `owner@${lab.registry.accountId}`;
    const byPassword = async () =>
      answerOf(
        await lab.registry.fetch('/identity/token', {
          method: 'POST',
          body: new URLSearchParams({ grant_type: 'password', username, password }),
        }),
      );
    const inBrowser = async (given: object): Promise<number> =>
      (await lab.browser().post('/console/session', given)).status;
    const before = await byPassword();
    assert.equal(before.status, 200, before.text);
    assert.equal(await inBrowser({ user_name: username, password }), 200);
    const ann = await arrive();
    await settle({ sso_required: true });
    const refused = await byPassword();
    assert.notEqual(refused.status, 200, refused.text);
    assert.notEqual(await inBrowser({ user_name: username, password }), 200);
    assert.equal(await inBrowser({ apikey: lab.registry.apikey }), 200);
    const used = await lab.registry.fetch('/identity/userinfo', {
      headers: { Authorization: `Bearer ${before.body.access_token}` },
    });
    assert.equal(used.status, 401, 'a login by a password that is there already ends too');
    assert.equal((await ann.browser.session()).signed_in, true);
    assert.equal((await Caller.login(lab.registry)) !== undefined, true, 'the owner’s API key works');
    await settle({ sso_required: false });
    assert.equal((await byPassword()).status, before.status);
  });

  test('F43: with the provider gone the owner’s API key works, also where keys of people are bound to their sign-in', async () => {
    await settle({ sso_required: true, apikeys_bound_to_sign_in: true });
    await lab.provider.stop();
    await asOwner();
    assert.equal((await owner.get('/v1/sessions')).status, 200);
    await lab.provider.resume();
    await settle({ sso_required: false, apikeys_bound_to_sign_in: false });
  });

  test('a person sees through which providers they sign in; an Administrator sees it without the claims, others not', async () => {
    const ann = await arrive({ groups: ['secret-project'] });
    const bob = await arrive();
    const own = await get(ann.browser, '/v1/federated_identities');
    const [identity] = own.body.federated_identities;
    assert.equal(identity.issuer, 'company');
    assert.equal(identity.subject, ann.name);
    assert.equal(identity.state, 'ACTIVE');
    assert.deepEqual(identity.claims.groups, ['secret-project']);
    const path = `/v1/federated_identities?iam_id=${ann.iamId}`;
    await asOwner();
    const seen = (await owner.get(path)).body.federated_identities[0];
    assert.equal(seen.subject, ann.name);
    assert.equal(seen.claims, undefined);
    assert.notEqual((await get(bob.browser, path)).status, 200);
    for (const text of [own.text, JSON.stringify(seen)]) assert.ok(!text.includes('refresh'));
  });

  test('a person unlinks their own identity alone, and not the only way in which they sign in', async () => {
    const ann = await arrive();
    const bob = await arrive();
    const list = async (browser: Browser) =>
      (await get(browser, '/v1/federated_identities')).body.federated_identities[0]?.id;
    const id = await list(ann.browser);
    assert.equal((await get(bob.browser, `/v1/federated_identities/${id}`, 'DELETE')).status, 404);
    assert.equal((await get(ann.browser, `/v1/federated_identities/${id}`, 'DELETE')).status, 409);
    await asOwner();
    assert.equal((await owner.delete(`/v1/federated_identities/${id}`)).status, 404);
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crnOfRole } from '../../src/access/room.ts';
import type { Answer } from '../access/caller.ts';
import { v2Policy } from '../access/policy-documents.ts';
import { TestRegistry } from '../support/registry.ts';
import { openRows } from '../support/rows.ts';
import { accept, as, grant, grantRole, invite, join, PASSWORD, read } from './people.ts';

const OTHER = 'another correct horse';

interface Account {
  readonly token: string;
  readonly account: string;
}

/** A second account, with a token of its owner. */
const newAccount = async (registry: TestRegistry): Promise<Account> => {
  registry.clock.advance(1000);
  const { body } = await read(await registry.api('POST', '/api/v1/accounts', { name: 'other' }));
  const { access_token: token } = await registry.login(body.apikey);
  return { token, account: body.account_id };
};

const logIn = (
  registry: TestRegistry,
  username: string,
  password: string,
  account?: string,
): Promise<Answer> =>
  grant(registry, { grant_type: 'password', username, password, ...(account ? { account } : {}) });

const bodyOf = ({ body: { access_token: token } }: Answer) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

test('an invitation has an id of its own, and tells nothing of a person who has the address already', async () => {
  await using registry = await TestRegistry.start();
  const ada = await join(registry, 'ada@example.com');
  const other = await newAccount(registry);
  const users = `/v2/accounts/${other.account}/users`;
  const known = await invite(registry, ada.email, other);
  const unknown = await invite(registry, 'eve@example.com', other);
  assert.notEqual(known.iamId, ada.iamId);
  const shown = async (id: string, email: string): Promise<string> => {
    const { status, body } = await as(registry, other.token, 'GET', `${users}/${id}`);
    assert.equal(status, 200);
    return JSON.stringify(body).replaceAll(id, 'ID').replaceAll(email, 'EMAIL');
  };
  assert.equal(await shown(known.iamId, ada.email), await shown(unknown.iamId, 'eve@example.com'));
  const { body: list } = await as(registry, other.token, 'GET', users);
  for (const word of [ada.iamId, 'Ada', 'Byron']) assert.ok(!JSON.stringify(list).includes(word), word);
});

test('accepting answers the same whether or not the address has a login', async () => {
  await using registry = await TestRegistry.start();
  const ada = await join(registry, 'ada@example.com');
  const other = await newAccount(registry);
  const { access_token: stranger } = await registry.login();
  const answers = [];
  for (const email of [ada.email, 'eve@example.com']) {
    const { code } = await invite(registry, email, other);
    const tries = [
      await accept(registry, code),
      await accept(registry, code, { password: 'short' }),
      await accept(registry, code, {}, stranger),
      await accept(registry, code, { password: OTHER, first_name: 'A', last_name: 'B' }),
    ];
    answers.push(
      tries.map(({ status, body }) => [status, body.errorCode, body.errorMessage, body.state, body.login]),
    );
  }
  assert.deepEqual(answers[0], answers[1]);
  assert.deepEqual(
    answers[0]?.map(([status]) => status),
    [400, 400, 401, 200],
  );
});

test('a person with a password accepts with it, and all the invitation was given is theirs in the same moment', async () => {
  await using registry = await TestRegistry.start();
  const ada = await join(registry, 'ada@example.com');
  const other = await newAccount(registry);
  const { account, token } = other;
  const own = (method: string, path: string, body?: object) => as(registry, token, method, path, body);
  const group = await own('POST', `/v2/groups?account_id=${account}`, { name: 'birders' });
  const profile = await own('POST', '/v1/profiles', { name: 'p', account_id: account });
  const { control, resource, ...policy } = v2Policy('', 'Reader', account);
  const v1 = {
    type: policy.type,
    roles: control.grant.roles,
    resources: [{ attributes: resource.attributes.map(({ key: name, value }) => ({ name, value })) }],
  };
  const invited = await own('POST', `/v2/accounts/${account}/users`, {
    users: [{ email: ada.email }],
    iam_policy: [v1],
    access_groups: [group.body.id],
  });
  const { id, invitation_code: code } = invited.body.resources[0];
  const manager = v2Policy(id, 'Manager', account, { serviceName: 'container-registry', region: 'x' });
  assert.equal((await own('POST', '/v2/policies', manager)).status, 201);
  const trust = { identifier: id, type: 'user', accounts: [account] };
  assert.equal((await own('POST', `/v1/profiles/${profile.body.id}/identities/user`, trust)).status, 200);

  const accepted = await accept(registry, code, { password: PASSWORD });
  assert.deepEqual([accepted.status, accepted.body.iam_id, accepted.body.login], [200, ada.iamId, 'known']);
  const policies = async (iamId: string) => {
    const query = `account_id=${account}&iam_id=${iamId}`;
    return (await own('GET', `/v2/policies?${query}`)).body.policies;
  };
  assert.deepEqual(await policies(id), []);
  const mine = await policies(ada.iamId);
  assert.deepEqual(
    mine
      .map(
        (each: { control: { grant: { roles: { role_id: string }[] } } }) =>
          each.control.grant.roles[0]?.role_id,
      )
      .sort(),
    [crnOfRole('Manager'), crnOfRole('Reader')].sort(),
  );
  const stored = await own('GET', `/v1/policies?account_id=${account}&iam_id=${ada.iamId}`);
  assert.ok(JSON.stringify(stored.body.policies).includes(`{"name":"iam_id","value":"${ada.iamId}"}`));
  const members = await own('GET', `/v2/groups/${group.body.id}/members`);
  assert.deepEqual(
    members.body.members.map(({ iam_id }: { iam_id: string }) => iam_id),
    [ada.iamId],
  );
  const trusted = await own('GET', `/v1/profiles/${profile.body.id}/identities`);
  assert.deepEqual(
    trusted.body.identities.map(({ iam_id }: { iam_id: string }) => iam_id),
    [ada.iamId],
  );
  assert.equal((await own('GET', `/v2/accounts/${account}/users/${id}`)).status, 404);

  const there = await logIn(registry, ada.email, PASSWORD, account);
  const namespace = await registry.fetch('/api/v1/namespaces', {
    headers: { Authorization: `Bearer ${there.body.access_token}`, Account: account },
  });
  assert.equal(namespace.status, 200, 'the policy of the invitation counts');
});

test('a stranger who was invited with another person’s address, and accepted, keeps that person from nothing', async () => {
  await using registry = await TestRegistry.start();
  const [mallory, home] = [await newAccount(registry), await newAccount(registry)];
  const email = 'victim@example.com';
  const first = await invite(registry, email, mallory);
  assert.equal((await accept(registry, first.code, { password: 'what mallory chose' })).status, 200);
  const { code } = await invite(registry, email, home);
  const accepted = await accept(registry, code, { password: OTHER, first_name: 'Vic', last_name: 'Tim' });
  assert.deepEqual([accepted.status, accepted.body.login], [200, 'new'], JSON.stringify(accepted.body));
  assert.notEqual(accepted.body.iam_id, first.iamId);

  const victim = await logIn(registry, email, OTHER);
  assert.equal(victim.status, 200, JSON.stringify(victim.body));
  assert.deepEqual(
    [bodyOf(victim).account.bss, bodyOf(victim).iam_id, bodyOf(victim).sub],
    [home.account, accepted.body.iam_id, email],
  );
  assert.equal(bodyOf(await logIn(registry, email, 'what mallory chose')).account.bss, mallory.account);
  const climbing = await logIn(registry, email, 'what mallory chose', home.account);
  assert.equal(climbing.body.errorCode, 'BXNIM0141E', 'a password opens the accounts of its own identity');
  const again = await as(registry, home.token, 'POST', `/v2/accounts/${home.account}/users`, {
    users: [{ email }],
  });
  assert.equal(again.status, 409, 'an address is a member of an account once');
});

test('a person whose last membership ended accepts an invitation that was pending elsewhere', async () => {
  await using registry = await TestRegistry.start();
  const ada = await join(registry, 'ada@example.com');
  const other = await newAccount(registry);
  const { code } = await invite(registry, ada.email, other);
  const { access_token: owner } = await registry.login();
  const path = `/v2/accounts/${registry.accountId}/users/${ada.iamId}`;
  assert.equal((await as(registry, owner, 'DELETE', path)).status, 204);
  const accepted = await accept(registry, code, { password: PASSWORD });
  assert.equal(accepted.status, 200, JSON.stringify(accepted.body));
  assert.equal(bodyOf(await logIn(registry, ada.email, PASSWORD)).account.bss, other.account);
});

test('an invitation of an earlier version, which named the identity of its address, is accepted by it or by a new login', async () => {
  for (const password of [PASSWORD, OTHER]) {
    await using registry = await TestRegistry.start();
    const ada = await join(registry, 'ada@example.com');
    const other = await newAccount(registry);
    const { iamId: id, code } = await invite(registry, ada.email, other);
    const rows = openRows(registry.database);
    await rows.updateTable('one_time_codes').set({ iam_id: ada.iamId }).where('iam_id', '=', id).execute();
    await rows.updateTable('memberships').set({ iam_id: ada.iamId }).where('iam_id', '=', id).execute();
    await rows.deleteFrom('users').where('iam_id', '=', id).execute();
    await rows.destroy();
    const policy = v2Policy(ada.iamId, 'Reader', other.account);
    assert.equal((await as(registry, other.token, 'POST', '/v2/policies', policy)).status, 201);
    const path = `/v2/accounts/${other.account}/users/${ada.iamId}`;
    const pending = await as(registry, other.token, 'GET', path);
    assert.deepEqual(
      [pending.body.state, pending.body.firstname, pending.body.lastname],
      ['PENDING', '', ''],
    );

    const accepted = await accept(registry, code, { password });
    assert.equal(accepted.status, 200, JSON.stringify(accepted.body));
    const { iam_id: iamId, login } = accepted.body;
    assert.equal(login, password === PASSWORD ? 'known' : 'new');
    assert.equal(iamId === ada.iamId, password === PASSWORD);
    const there = bodyOf(await logIn(registry, ada.email, password, other.account));
    assert.deepEqual([there.iam_id, there.account.bss], [iamId, other.account]);
    const query = `account_id=${other.account}&iam_id=${iamId}`;
    const { body } = await as(registry, other.token, 'GET', `/v2/policies?${query}`);
    assert.equal(body.policies.length, 1, 'the policy goes to who accepted');
    assert.equal(
      (await logIn(registry, ada.email, PASSWORD, registry.accountId)).status,
      200,
      'at home as before',
    );
  }
});

test('inviting again gives a new code to what the address was given, and needs as much as giving it', async () => {
  await using registry = await TestRegistry.start();
  const first = await invite(registry, 'ada@example.com');
  await grantRole(registry, first.iamId, 'Manager', { serviceName: 'container-registry' });
  const second = await invite(registry, 'ADA@example.com');
  assert.equal(second.iamId, first.iamId);
  const eve = await join(registry, 'eve@example.com');
  await grantRole(registry, eve.iamId, 'Administrator', { serviceName: 'user-management' });
  const users = `/v2/accounts/${registry.accountId}/users`;
  const again = await as(registry, eve.token, 'POST', users, { users: [{ email: 'Ada@example.com' }] });
  assert.equal(again.status, 403, JSON.stringify(again.body));
});

test('passwords guessed through an invitation are throttled like those at a login', async () => {
  await using registry = await TestRegistry.start();
  const ada = await join(registry, 'ada@example.com');
  // to begin a login with a password is no guess that can be told from a wrong one: it is the first of 20
  for (let count = 1; count < 20; count++)
    assert.equal((await logIn(registry, ada.email, `guess number ${count}`)).status, 401);
  const other = await newAccount(registry);
  const { code } = await invite(registry, ada.email, other);
  assert.equal((await accept(registry, code, { password: 'one guess more' })).status, 429);
  assert.equal((await accept(registry, code, { password: PASSWORD })).status, 200, 'the right one is let in');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Answer } from '../access/caller.ts';
import { TestRegistry } from '../support/registry.ts';
import { openRows } from '../support/rows.ts';
import { as, grantRole, invite, join } from './people.ts';

/** What the owner reads of the members, and the request that reads it. */
const lister = async (registry: TestRegistry) => {
  const { access_token: owner } = await registry.login();
  return (query: string): Promise<Answer> =>
    as(registry, owner, 'GET', `/v2/accounts/${registry.accountId}/users?${query}`);
};

const emailsOf = ({ status, body }: Answer): string[] => {
  assert.equal(status, 200, JSON.stringify(body));
  return body.resources.map(({ email }: { email: string }) => email).sort();
};

test('search finds members by each of its fields, any term is enough, and total_results counts what is found', async () => {
  await using registry = await TestRegistry.start();
  const list = await lister(registry);
  const ada = await join(registry, 'ada@example.com');
  for (const name of ['bob', 'eve']) await invite(registry, `${name}@example.org`);
  const pending = await list('search=state%3APENDING');
  assert.deepEqual(emailsOf(pending), ['bob@example.org', 'eve@example.org']);
  assert.equal(pending.body.total_results, 2);
  for (const term of ['email:ADA', 'firstname:ada', 'lastname:byr', 'userId:ada@', `iam_id:${ada.iamId}`])
    assert.deepEqual(emailsOf(await list(`search=${encodeURIComponent(term)}`)), ['ada@example.com'], term);
  const either = 'search=email%3Abob,email%3Aada';
  assert.deepEqual(emailsOf(await list(either)), ['ada@example.com', 'bob@example.org']);
  assert.deepEqual(emailsOf(await list('search=state%3AINVALID')), []);
  assert.deepEqual(emailsOf(await list('user_id=Ada@example.com')), ['ada@example.com']);
  assert.deepEqual(emailsOf(await list('user_id=bob@example.org&search=state%3AACTIVE')), []);
  assert.equal((await list('search=&user_id=')).body.total_results, 4, 'an empty filter is no filter');
  assert.equal((await list('search=email:')).body.total_results, 4);
  for (const unknown of ['ada', 'shoe_size:44']) assert.equal((await list(`search=${unknown}`)).status, 400);
});

test('an e-mail address with a plus sign is found, escaped or not', async () => {
  await using registry = await TestRegistry.start();
  const list = await lister(registry);
  await invite(registry, 'ada+ci@example.com');
  for (const query of ['user_id=ada+ci@example.com', 'user_id=ada%2Bci@example.com', 'search=email:ada+ci'])
    assert.deepEqual(emailsOf(await list(query)), ['ada+ci@example.com'], query);
});

test('a search is read in pages whose links repeat it', async () => {
  await using registry = await TestRegistry.start();
  const list = await lister(registry);
  const names = ['a', 'b', 'c', 'd', 'e'];
  for (const name of names) await invite(registry, `${name}@example.com`);
  const seen: string[] = [];
  let query = 'search=state%3APENDING&limit=2&include_settings=true';
  for (let pages = 0; query !== ''; pages++) {
    assert.ok(pages < 5);
    const page = await list(query);
    assert.equal(page.body.total_results, names.length);
    assert.ok(page.body.resources.every((each: { settings?: object }) => each.settings));
    seen.push(...emailsOf(page));
    query = page.body.next_url === undefined ? '' : new URL(page.body.next_url).search.slice(1);
  }
  assert.deepEqual(
    seen.sort(),
    names.map((name) => `${name}@example.com`),
  );
});

test('include_settings shows the settings of each member, and only where it asks', async () => {
  await using registry = await TestRegistry.start();
  const list = await lister(registry);
  const { access_token: owner } = await registry.login();
  const path = `/v2/accounts/${registry.accountId}/users/${registry.ownerIamId}/settings`;
  const settings = await as(registry, owner, 'GET', path);
  assert.deepEqual((await list('include_settings=true')).body.resources[0].settings, settings.body);
  for (const query of ['', 'include_settings=false'])
    assert.equal((await list(query)).body.resources[0].settings, undefined);
});

test('P4: a search is refused like the list it searches', async () => {
  await using registry = await TestRegistry.start();
  const ada = await join(registry, 'ada@example.com');
  const users = `/v2/accounts/${registry.accountId}/users`;
  for (const query of ['', '?search=email:owner', '?search=email:none', '?include_settings=true']) {
    const { status } = await as(registry, ada.token, 'GET', users + query);
    assert.equal(status, 403, query);
  }
});

test('a value that is sent unchanged is no change, also where the change would be refused', async () => {
  await using registry = await TestRegistry.start();
  const { access_token: owner } = await registry.login();
  const ada = await join(registry, 'ada@example.com');
  const users = `/v2/accounts/${registry.accountId}/users`;
  const patch = async (token: string, iamId: string, body: object): Promise<number> =>
    (await as(registry, token, 'PATCH', `${users}/${iamId}`, body)).status;
  const { ownerIamId } = registry;
  assert.equal(await patch(owner, ownerIamId, { state: 'ACTIVE' }), 204);
  assert.equal(await patch(ada.token, ada.iamId, { state: 'ACTIVE' }), 204);
  const all = {
    firstname: 'Ada',
    lastname: 'Byron',
    state: 'ACTIVE',
    email: 'Ada@example.com',
    phonenumber: '',
    altphonenumber: '',
    photo: '',
  };
  assert.equal(await patch(owner, ada.iamId, all), 204, 'names of another');
  assert.equal(await patch(owner, ada.iamId, { ...all, firstname: 'Eve' }), 403);
  assert.equal(await patch(ada.token, ada.iamId, { state: 'DISABLED' }), 403);
  assert.equal(await patch(ada.token, ada.iamId, { phonenumber: ada.email }), 400);

  // Administrator over users alone: to switch a stronger member on is another matter
  await grantRole(registry, ada.iamId, 'Administrator', { serviceName: 'user-management' });
  const strong = await join(registry, 'strong@example.com');
  await grantRole(registry, strong.iamId, 'Manager', { serviceName: 'container-registry' });
  assert.equal(await patch(ada.token, strong.iamId, { state: 'ACTIVE' }), 204);
  assert.equal(await patch(ada.token, strong.iamId, { state: 'DISABLED' }), 204);
  assert.equal(await patch(ada.token, strong.iamId, { state: 'DISABLED' }), 204);
  assert.equal(await patch(ada.token, strong.iamId, { state: 'ACTIVE' }), 404);
  assert.equal(await patch(owner, strong.iamId, { state: 'ACTIVE' }), 204);
});

test('in an account of very many members a search looks at a part of them for each request, and its links lead through all', async () => {
  await using registry = await TestRegistry.start();
  const list = await lister(registry);
  const rows = openRows(registry.database);
  const ids = Array.from({ length: 6000 }, (_, index) => `IBMid-${String(index).padStart(10, '0')}`);
  for (let from = 0; from < ids.length; from += 500) {
    const some = ids.slice(from, from + 500);
    const made = { first_name: '', last_name: '', created_at: 0 };
    await rows
      .insertInto('users')
      .values(some.map((id) => ({ iam_id: id, user_name: id, email: `${id}@example.com`, ...made })))
      .execute();
    const member = { account_id: registry.accountId, state: 'ACTIVE' as const, added_at: 0 };
    await rows
      .insertInto('memberships')
      .values(some.map((id) => ({ iam_id: id, ...member })))
      .execute();
  }
  await rows.destroy();
  const seen: string[] = [];
  let [query, pages] = ['search=iam_id%3A00500', 0];
  for (; query !== ''; pages++) {
    assert.ok(pages < 4);
    const page = await list(query);
    seen.push(...page.body.resources.map(({ iam_id }: { iam_id: string }) => iam_id));
    query = page.body.next_url === undefined ? '' : new URL(page.body.next_url).search.slice(1);
  }
  assert.deepEqual(
    seen,
    ids.filter((id) => id.includes('00500')),
  );
  assert.ok(pages >= 2, 'the first page did not look at all');
});

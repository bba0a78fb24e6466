/** Two replicas do the same at once, again and again: whatever has a condition has exactly one outcome. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { before, suite, test } from 'node:test';
import { digestOf } from '../../src/oci/digest.ts';
import { type Answer, Caller } from '../access/caller.ts';
import { v2Policy } from '../access/policy-documents.ts';
import { accept, grant, invite, join, PASSCODE, PASSWORD } from '../identity/people.ts';
import { needs } from '../support/component.ts';
import { postgres } from '../support/postgres.ts';
import { basic, type TestRegistry } from '../support/registry.ts';
import { s3 } from '../support/s3.ts';
import { installations } from './replica-pair.ts';

const ROUNDS = 5;
const INDEX = 'application/vnd.oci.image.index.v1+json';

const manifestOf = (mark: string): string =>
  JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [], annotations: { mark } });

suite('races of two replicas', needs(postgres, s3), () => {
  const { pair, opened } = installations();
  let replicas: readonly [TestRegistry, TestRegistry];
  /** The owner at each replica. */
  let owners: readonly [Caller, Caller];
  let a: TestRegistry;
  let account_id: string;

  before(async () => {
    const started = await pair();
    a = opened.use(started.a);
    account_id = a.accountId;
    replicas = [a, opened.use(started.b)];
    owners = [await Caller.login(a), await Caller.login(started.b, a.apikey)];
    await a.namespaceAdd('birds');
  });

  /** Several at once at each replica; their statuses in order. */
  const race = async (one: (owner: Caller, index: number) => Promise<Answer>): Promise<number[]> => {
    const answers = await Promise.all([...owners, ...owners].map(one));
    return answers.map(({ status }) => status).sort();
  };

  const made = async (path: string, body: object, status = 201): Promise<Answer['body']> => {
    const answer = await owners[0].post(path, body);
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    return answer.body;
  };

  const v2 = (registry: TestRegistry, method: string, path: string, init: RequestInit = {}) =>
    registry.v2(method, path, {
      ...init,
      headers: { ...init.headers, Authorization: basic('iamapikey', a.apikey) },
    });

  const serviceId = (name = 'ci') => made('/v1/serviceids', { account_id, name });

  test('of changes to one version one holds, and the others are told', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { id, iam_id, entity_tag: tag } = await serviceId();
      const key = await made('/v1/apikeys', { name: 'k', iam_id, account_id });
      const profile = await made('/v1/profiles', { name: `profile ${round}`, account_id });
      const changes: [path: string, tag: string, stale: number][] = [
        [`/v1/serviceids/${id}`, tag, 412],
        [`/v1/apikeys/${key.id}`, key.entity_tag, 412],
        [`/v1/profiles/${profile.id}`, profile.entity_tag, 412],
      ];
      for (const [path, entityTag, stale] of changes)
        assert.deepEqual(
          await race((owner, index) => owner.put(path, { name: `name ${round} ${index}` }, entityTag)),
          [200, stale, stale, stale],
          path,
        );
    }
  });

  test('of policies, groups and roles changed from one version one holds, and the others are told', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { iam_id } = await serviceId();
      const policy = await owners[0].post('/v2/policies', v2Policy(iam_id, 'Reader', account_id));
      const tag = policy.headers.get('etag') ?? '';
      const roles = [['Reader', 'Writer'], 'Reader', 'Writer', 'Manager'];
      const replaced = await race((owner, index) =>
        owner.put(`/v2/policies/${policy.body.id}`, v2Policy(iam_id, roles[index] ?? '', account_id), tag),
      );
      assert.deepEqual(replaced, [200, 412, 412, 412]);
      const group = await owners[0].post(`/v2/groups?account_id=${account_id}`, { name: `group ${round}` });
      const groupTag = group.headers.get('etag') ?? '';
      const changed = await race((owner, index) =>
        owner.patch(`/v2/groups/${group.body.id}`, { name: `${round} ${index}` }, groupTag),
      );
      assert.deepEqual(changed, [200, 412, 412, 412]);
    }
  });

  test('a policy that is removed twice at once is removed once', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { iam_id } = await serviceId();
      const { id } = await made('/v2/policies', v2Policy(iam_id, 'Reader', account_id));
      assert.deepEqual(await race((owner) => owner.delete(`/v2/policies/${id}`)), [204, 404, 404, 404]);
    }
  });

  test('one name is given once: groups, roles, profiles, resource groups', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const name = `taken ${round}`;
      const custom = { account_id, service_name: 'container-registry', display_name: name };
      const actions = ['container-registry.image.pull'];
      const doors: [path: string, body: object][] = [
        [`/v2/groups?account_id=${account_id}`, { name }],
        ['/v2/roles', { ...custom, name: `Taken${round}`, actions }],
        ['/v1/profiles', { name, account_id }],
        ['/v2/resource_groups', { name, account_id }],
      ];
      for (const [path, body] of doors) {
        const statuses = await race((owner) => owner.post(path, body));
        assert.deepEqual(statuses, [201, 409, 409, 409], path);
      }
    }
  });

  test('a service ID is locked once, and deleted or locked but not both', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { id } = await serviceId();
      const path = `/v1/serviceids/${id}`;
      for (const each of replicas) each.clock.advance(1000);
      assert.deepEqual(await race((owner) => owner.post(`${path}/lock`, {})), [204, 204, 204, 204]);
      const { body } = await owners[1].get(`${path}?include_history=true`);
      const actions = body.history.map(({ action }: { action: string }) => action);
      assert.deepEqual(actions, ['iam-identity.serviceid.lock', 'iam-identity.serviceid.create']);

      const other = `/v1/serviceids/${(await serviceId()).id}`;
      const [locked, deleted] = await Promise.all([
        owners[round % 2 ? 0 : 1].post(`${other}/lock`, {}),
        owners[round % 2 ? 1 : 0].delete(other),
      ]);
      const outcome = `${locked.status} ${deleted.status}`;
      assert.match(outcome, /^(204 409|404 204)$/);
      assert.equal((await owners[0].get(other)).status, deleted.status === 204 ? 404 : 200);
    }
  });

  test('an identity has 20 keys, however many ask at once for the last', async () => {
    const { iam_id } = await serviceId();
    const key = { name: 'k', iam_id, account_id };
    for (let count = 0; count < 19; count++) await made('/v1/apikeys', key);
    const statuses = await race((owner) => owner.post('/v1/apikeys', key));
    assert.equal(statuses.filter((status) => status === 201).length, 1, statuses.join());
    assert.ok(statuses.every((status) => status < 500));
  });

  test('P1: a passcode used twice at once lets one in', async () => {
    const ada = await join(a, 'ada@example.com');
    for (let round = 0; round < ROUNDS; round++) {
      const { access_token } = (
        await grant(a, { grant_type: 'password', username: ada.email, password: PASSWORD }, 'bx')
      ).body;
      const { body } = await Caller.bearing(a, access_token).post('/identity/passcode', {});
      const fields = { grant_type: PASSCODE, passcode: body.passcode };
      const answers = await Promise.all([...replicas, ...replicas].map((each) => grant(each, fields, 'bx')));
      const statuses = answers.map(({ status }) => status).sort();
      assert.equal(statuses.filter((status) => status === 200).length, 1, statuses.join());
      assert.ok(statuses.every((status) => status < 500));
    }
  });

  test('an invitation accepted twice at once is accepted once, and one address invited twice is one user', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { code } = await invite(a, `bob${round}@example.com`);
      const names = { first_name: 'Bob', last_name: 'B' };
      const answers = await Promise.all(
        replicas.map((each, index) => accept(each, code, { ...names, password: `${PASSWORD} ${index}` })),
      );
      const statuses = answers.map(({ status }) => status);
      assert.equal(statuses.filter((status) => status === 200).length, 1, statuses.join());
      const winner = statuses.indexOf(200);
      const logins = await Promise.all(
        [0, 1].map((index) =>
          grant(a, {
            grant_type: 'password',
            username: `bob${round}@example.com`,
            password: `${PASSWORD} ${index}`,
          }),
        ),
      );
      assert.deepEqual(
        logins.map(({ status }) => status === 200),
        [winner === 0, winner === 1],
      );

      const path = `/v2/accounts/${account_id}/users`;
      const users = [{ email: `eve${round}@example.com`, account_role: 'Member' }];
      const invited = await Promise.all(owners.map((owner) => owner.post(path, { users })));
      assert.ok(invited.every(({ status }) => status < 500));
      const { body } = await owners[0].get(`${path}?_limit=100`);
      const known = body.resources.filter(({ email }: { email: string }) => email === users[0]?.email);
      assert.equal(known.length, 1);
    }
  });

  test('end-5: of two chunks for one place in an upload one is taken, and its bytes are the blob', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const begun = await v2(a, 'POST', 'birds/a/blobs/uploads/');
      const location = (begun.headers.get('location') ?? '').replace('/v2/', '');
      const chunks = [randomBytes(1000), randomBytes(1000)];
      const answers = await Promise.all(
        replicas.map((each, index) =>
          v2(each, 'PATCH', location, {
            headers: { 'Content-Range': '0-999' },
            body: chunks[index] ?? null,
          }),
        ),
      );
      const statuses = answers.map(({ status }) => status);
      assert.equal(statuses.filter((status) => status === 202).length, 1, statuses.join());
      assert.ok(statuses.every((status) => status < 500));
      const taken = chunks[statuses.indexOf(202)] ?? Buffer.of();
      const end = await v2(replicas[1], 'PUT', `${location}?digest=${digestOf(taken)}`);
      assert.equal(end.status, 201, await end.text());
    }
  });

  test('of conditional pushes and deletes of one tag one holds: If-None-Match, If-Match', async () => {
    const path = 'birds/a/manifests/conditional';
    const tryAll = async (method: string, condition: Record<string, string>): Promise<Response[]> =>
      Promise.all(
        [...replicas, ...replicas].map((each) =>
          method === 'PUT'
            ? v2(each, 'PUT', path, {
                headers: { 'Content-Type': INDEX, ...condition },
                body: manifestOf(randomBytes(8).toString('hex')),
              })
            : v2(each, method, path, { headers: condition }),
        ),
      );
    const statusesOf = (answers: readonly Response[]): number[] => answers.map(({ status }) => status).sort();
    const tagged = async (): Promise<string> =>
      (await v2(a, 'HEAD', path)).headers.get('docker-content-digest') ?? '';
    for (let round = 0; round < ROUNDS; round++) {
      const created = await tryAll('PUT', { 'If-None-Match': '*' });
      assert.deepEqual(statusesOf(created), [201, 412, 412, 412]);
      const first = created.find(({ status }) => status === 201)?.headers.get('docker-content-digest') ?? '';
      assert.equal(await tagged(), first);
      const moved = await tryAll('PUT', { 'If-Match': `"${first}"` });
      assert.deepEqual(statusesOf(moved), [201, 412, 412, 412]);
      const second = await tagged();
      assert.equal(moved.find(({ status }) => status === 201)?.headers.get('docker-content-digest'), second);
      const removed = statusesOf(await tryAll('DELETE', { 'If-Match': `"${second}"` }));
      assert.equal(removed.filter((status) => status === 202).length, 1, removed.join());
      assert.ok(removed.every((status) => status < 500));
      assert.equal((await v2(replicas[1], 'HEAD', path)).status, 404);
    }
  });

  test('a tag moved by two replicas at once is at one of the two for both; removed by both, it is removed once', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const manifests = [0, 1].map((index) => manifestOf(`${round}.${index}`));
      const path = 'birds/a/manifests/latest';
      const put = await Promise.all(
        replicas.map((each, index) =>
          v2(each, 'PUT', path, { headers: { 'Content-Type': INDEX }, body: manifests[index] ?? '' }),
        ),
      );
      assert.deepEqual(
        put.map(({ status }) => status),
        [201, 201],
      );
      const [one, other] = await Promise.all(
        replicas.map(async (each) => (await v2(each, 'GET', path)).text()),
      );
      assert.equal(one, other);
      assert.ok(manifests.includes(one ?? ''));
      const removed = await Promise.all(replicas.map((each) => v2(each, 'DELETE', path)));
      assert.deepEqual(removed.map(({ status }) => status).sort(), [202, 404]);
    }
  });
});

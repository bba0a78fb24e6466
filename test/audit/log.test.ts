import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { AuditEvent, AuditEventList } from '../../src/wire/audit.ts';
import { Caller } from '../access/caller.ts';
import { Identities } from '../access/identities.ts';
import { newBytes, newManifest } from '../spec/content.ts';
import { TestRepository } from '../spec/repository.ts';
import { MINUTE } from '../support/clock.ts';
import { basic, TestRegistry } from '../support/registry.ts';

let registry: TestRegistry;
let identities: Identities;
let owner: Caller;
let robin: TestRepository;

before(async () => {
  registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  identities = new Identities(registry);
  owner = await Caller.login(registry);
  robin = new TestRepository(registry, 'birds/robin');
});

after(() => registry[Symbol.asyncDispose]());

const page = async (query: Record<string, string>, by = owner): Promise<AuditEventList> => {
  const answer = await by.get(`/api/v1/audit/events?${new URLSearchParams(query)}`);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body;
};

const list = async (query: Record<string, string>, by = owner): Promise<AuditEvent[]> =>
  (await page(query, by)).events;

/** What an event tells in a word. */
const verbOf = ({ action, target }: AuditEvent): string =>
  `${action.split('.').at(-1)} ${target.reference ?? ''}`;

describe('events of images', () => {
  test('a push, a tag, an untag and a delete are one event each, newest first', async () => {
    registry.clock.advance(MINUTE);
    const repository = 'birds/wren';
    const wren = new TestRepository(registry, repository);
    const image = await wren.pushImage('1');
    const { digest } = image.descriptor;
    await wren.putManifest('latest', image.bytes);
    const other = await wren.pushImage('2');
    await wren.putManifest('latest', other.bytes);
    await wren.request('DELETE', 'manifests/1');
    await wren.request('DELETE', `manifests/${other.descriptor.digest}`);
    const events = await list({ repository, action: 'container-registry.image.*' });
    assert.deepEqual(events.map(verbOf), [
      `delete ${other.descriptor.digest}`,
      'untag 1',
      'tag latest',
      'push 2',
      'tag latest',
      'push 1',
    ]);
    const [deleted, untagged, moved] = events;
    assert.equal(untagged?.target.digest, digest);
    assert.deepEqual(moved?.requestData, { digest: { from: digest, to: other.descriptor.digest } });
    assert.deepEqual([...((deleted?.requestData?.tags?.from ?? []) as string[])].sort(), ['2', 'latest']);
    for (const event of events) {
      assert.equal(event.outcome, 'success');
      assert.equal(event.account, registry.accountId);
      assert.equal(event.initiator.id, registry.ownerIamId);
      assert.equal(event.initiator.credential?.type, 'apikey');
      assert.equal(event.initiator.host.address, '127.0.0.1');
      assert.match(event.correlationId ?? '', /^[0-9a-f]{32}$/);
      assert.match(event.eventTime, /^\d{4}-\d\d-\d\dT[\d:.]+\+0000$/);
      assert.equal(event.dataEvent, /push|delete/.test(event.action));
    }
  });

  test('further tags of a push are tag events', async () => {
    const repository = 'birds/finch';
    const finch = new TestRepository(registry, repository);
    const { bytes, descriptor } = await finch.pushImage();
    assert.equal((await finch.putManifest(`${descriptor.digest}?tag=b&tag=c`, bytes)).status, 201);
    const events = await list({ repository });
    assert.deepEqual(events.map(verbOf).toSorted(), [
      `push ${descriptor.digest}`,
      `push ${descriptor.digest}`,
      'tag b',
      'tag c',
    ]);
  });

  test('what a push was refused for is an event, and what it brings is not', async () => {
    const repository = 'birds/owl';
    const owl = new TestRepository(registry, repository);
    assert.equal((await owl.putManifest('1', newManifest())).status, 400);
    await owl.pushBlob(newBytes());
    await registry.restart();
    owner = await Caller.login(registry);
    const [event, ...more] = await list({ repository });
    assert.equal(more.length, 0);
    assert.deepEqual([event?.action, event?.outcome], ['container-registry.image.push', 'failure']);
    assert.equal(event?.reason.reasonCode, 400);
    assert.equal(event?.target.reference, '1');
  });

  test('a refused pull is an event of the account of who asked, and critical', async () => {
    const { apikey, iamId } = await identities.serviceId();
    const headers = { Authorization: basic('iamapikey', apikey) };
    assert.equal((await robin.request('GET', 'manifests/1', { headers })).status, 401);
    await registry.restart();
    owner = await Caller.login(registry);
    const [event] = await list({ principal: iamId, outcome: 'failure' });
    assert.equal(event?.action, 'container-registry.image.pull');
    assert.equal(event?.severity, 'critical');
    assert.equal(event?.target.id, 'birds/robin');
    assert.match(event?.reason.reasonForFailure ?? '', /no policy/);
  });
});

describe('reading the log', () => {
  test('pages go back in time without a gap, and the cursor of one order is refused in the other', async () => {
    const names = Array.from({ length: 7 }, (_, index) => `page-${index}`);
    for (const name of names) {
      registry.clock.advance(1000);
      await owner.post('/v1/serviceids', { account_id: registry.accountId, name });
    }
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const query = { action: 'iam-identity.serviceid.create', limit: '2', ...(cursor ? { cursor } : {}) };
      const { events, next } = await page(query);
      assert.ok(events.length <= 2);
      seen.push(...events.map(({ id }) => id));
      cursor = next;
    } while (cursor !== undefined);
    assert.equal(new Set(seen).size, seen.length);
    const all = await list({ action: 'iam-identity.serviceid.create', limit: '200' });
    assert.deepEqual(
      seen,
      all.map(({ id }) => id),
    );
    const { next = '' } = await page({ limit: '1' });
    const wrong = await owner.get(`/api/v1/audit/events?order=sequence&cursor=${next}`);
    assert.equal(wrong.status, 400);
  });

  test('since and until, credential, address, reference and target narrow the list', async () => {
    registry.clock.advance(MINUTE);
    const from = new Date(registry.clock.now()).toISOString();
    const { id, apikey } = await registry.createKey('narrow');
    const stork = new TestRepository(registry, 'birds/stork');
    const { descriptor } = await stork.pushImage('1');
    const headers = { Authorization: basic('iamapikey', apikey) };
    assert.equal((await stork.request('DELETE', 'manifests/1', { headers })).status, 202);
    registry.clock.advance(MINUTE);
    const to = new Date(registry.clock.now()).toISOString();
    assert.deepEqual((await list({ credential: id })).map(verbOf), ['untag 1']);
    assert.deepEqual(
      (await list({ target: id })).map(({ action }) => action),
      ['iam-identity.user-apikey.create'],
    );
    const within = await list({ since: from, until: to, action: 'container-registry.*' });
    assert.deepEqual(within.map(verbOf).toSorted(), ['push 1', 'untag 1']);
    assert.deepEqual(await list({ since: to, action: 'container-registry.*' }), []);
    assert.equal((await list({ reference: descriptor.digest })).length, 2);
    assert.deepEqual(await list({ address: '192.0.2.1' }), []);
    assert.equal((await owner.get('/api/v1/audit/events?since=yesterday')).status, 400);
  });

  test('the one order leaves nothing out: a follower sees each event once, in the order of their commits', async () => {
    const { follow } = await page({ limit: '1' });
    assert.ok(follow);
    let cursor = follow;
    const seen: AuditEvent[] = [];
    const read = async (): Promise<void> => {
      for (let more = true; more; ) {
        const answer = await page({
          order: 'sequence',
          cursor,
          limit: '3',
          action: 'iam-identity.serviceid.*',
        });
        seen.push(...answer.events);
        cursor = answer.next ?? cursor;
        more = answer.more;
      }
    };
    const made: string[] = [];
    for (let round = 0; round < 4; round++) {
      const answers = await Promise.all(
        Array.from({ length: 5 }, (_, index) =>
          owner.post('/v1/serviceids', { account_id: registry.accountId, name: `f-${round}-${index}` }),
        ),
      );
      made.push(...answers.map(({ body }) => body.id));
      await read();
    }
    // on PostgreSQL an event waits until older transactions have ended
    for (let turn = 0; turn < 50 && seen.length < made.length; turn++) await read();
    assert.deepEqual(seen.map(({ target }) => target.id).toSorted(), made.toSorted());
    const numbers = seen.map(({ sequence = 0 }) => sequence);
    assert.deepEqual(
      numbers,
      numbers.toSorted((one, other) => one - other),
    );
  });

  test('reading the log is an event, one for all of a minute', async () => {
    registry.clock.advance(MINUTE);
    for (let time = 0; time < 3; time++) await page({});
    await registry.restart();
    owner = await Caller.login(registry);
    const [event] = await list({ action: 'iam-access-management.audit.list' });
    assert.equal(event?.count, 3);
  });
});

describe('who may read it', () => {
  test('O28: an Administrator of one account sees nothing of another', async () => {
    const stranger = await identities.stranger();
    const other = await Caller.login(registry, stranger.apikey);
    const events = await list({ limit: '200' }, other);
    assert.ok(events.length > 0);
    assert.deepEqual([...new Set(events.map(({ account }) => account))], [stranger.accountId]);
    const { events: inOrder } = await page({ order: 'sequence', limit: '200' }, other);
    assert.ok(inOrder.every(({ account }) => account === stranger.accountId));
    for (const account of [registry.accountId, 'all'])
      assert.equal((await other.get(`/api/v1/audit/events?account=${account}`)).status, 403);
  });

  test('O28: an attempt on another account leaves an event that tells nothing of that account', async () => {
    const stranger = await identities.stranger();
    const other = await Caller.login(registry, stranger.apikey);
    const { body: there } = await owner.post('/v1/serviceids', {
      account_id: registry.accountId,
      name: 'there',
    });
    const absent = `ServiceId-${'0'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}`;
    for (const id of [there.id, absent])
      assert.equal((await other.delete(`/v1/serviceids/${id}`)).status, 404);
    await registry.restart();
    owner = await Caller.login(registry);
    const again = await Caller.login(registry, stranger.apikey);
    const tried = await list({ action: 'iam-identity.serviceid.delete', outcome: 'failure' }, again);
    const told = tried.map(({ reason, target: { typeURI } }) => ({ reason, typeURI }));
    assert.equal(told.length, 2);
    assert.deepEqual(told[0], told[1]);
  });

  test('the operator reads another account, and all of them; members without a right read none', async () => {
    const stranger = await identities.stranger();
    const events = await list({ account: stranger.accountId });
    assert.ok(events.some(({ action }) => action === 'tidegate.account.create'));
    const all = await list({ account: 'all', limit: '200' });
    assert.ok(new Set(all.map(({ account }) => account)).size > 1);
    const { apikey } = await identities.serviceId();
    const member = await Caller.login(registry, apikey);
    assert.equal((await member.get('/api/v1/audit/events')).status, 403);
  });
});

describe('what an account wants recorded', () => {
  test('each pull is an event, or none is', async () => {
    const { apikey } = await identities.stranger();
    const other = await Caller.login(registry, apikey);
    for (const pulls of ['each', 'none'])
      assert.equal((await other.put('/api/v1/audit/settings', { pulls })).status, 200);
    assert.deepEqual((await other.get('/api/v1/audit/settings')).body, { pulls: 'none' });

    const repository = 'birds/crow';
    const crow = new TestRepository(registry, repository);
    await crow.pushImage('1');
    await owner.put('/api/v1/audit/settings', { pulls: 'each' });
    for (let time = 0; time < 3; time++) await crow.request('GET', 'manifests/1');
    await owner.put('/api/v1/audit/settings', { pulls: 'none' });
    await crow.request('GET', 'manifests/1');
    await owner.put('/api/v1/audit/settings', { pulls: 'minute' });
    await registry.restart();
    owner = await Caller.login(registry);
    const pulls = await list({ repository, action: 'container-registry.image.pull' });
    assert.deepEqual(
      pulls.map(({ count }) => count),
      [1, 1, 1],
    );
    const [event] = await list({ action: 'iam-access-management.audit.set' });
    assert.deepEqual(event?.requestData, { pulls: { from: 'none', to: 'minute' } });
  });
});

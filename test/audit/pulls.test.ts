import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditSettings } from '../../src/audit/events/room.ts';
import type { Database } from '../../src/database/database.ts';
import type { Tag } from '../../src/oci/reference.ts';
import { Activity } from '../../src/registry/activity/activity.ts';
import { type Puller, Pulls } from '../../src/registry/pulls/pulls.ts';
import type { RepositoryTarget } from '../../src/registry/target.ts';
import { TestRepository } from '../spec/repository.ts';
import { DAY, MINUTE, MovableClock } from '../support/clock.ts';
import { TestRegistry } from '../support/registry.ts';
import { openRows } from '../support/rows.ts';

const PULL = 'container-registry.image.pull';

const start = async () => {
  const registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  return { registry, robin: new TestRepository(registry, 'birds/robin') };
};

/** What is recorded of pulls, after a restart, which writes what is in memory. */
const recorded = async (registry: TestRegistry) => {
  await registry.restart();
  const db = openRows(registry.database);
  const events = await db
    .selectFrom('audit_events')
    .select(['reference', 'digest', 'times', 'credential_id', 'target', 'address', 'account_id'])
    .where('action', '=', PULL)
    .orderBy('at')
    .orderBy('id')
    .execute();
  const counts = await db
    .selectFrom('pulls')
    .select(['kind', 'reference', 'day', 'count'])
    .orderBy('kind')
    .orderBy('reference')
    .orderBy('day')
    .execute();
  await db.destroy();
  return { events: events.map((row) => ({ ...row })), counts: counts.map((row) => ({ ...row })) };
};

test('O22: a thousand pulls within a minute are one event with their number', async () => {
  const { registry, robin } = await start();
  await using _registry = registry;
  const image = await robin.pushImage('latest');
  const lane = async (): Promise<void> => {
    for (let count = 0; count < 100; count++)
      assert.equal((await robin.request('GET', 'manifests/latest')).status, 200);
  };
  await Promise.all(Array.from({ length: 10 }, lane));
  const { events, counts } = await recorded(registry);
  assert.equal(events.length, 1);
  const [event] = events;
  assert.equal(event?.times, 1000);
  assert.equal(event?.reference, 'latest');
  assert.equal(event?.digest, image.descriptor.digest);
  assert.equal(event?.target, 'birds/robin');
  assert.equal(event?.account_id, registry.accountId);
  assert.match(event?.credential_id ?? '', /^ApiKey-/);
  assert.deepEqual(
    counts.map(({ kind, count }) => [kind, count]),
    [
      ['digest', 1000],
      ['tag', 1000],
    ],
  );
});

test('a digest that is pulled after a HEAD of its tag counts as a pull of the tag, as docker and containerd pull', async () => {
  const { registry, robin } = await start();
  await using _registry = registry;
  const { descriptor } = await robin.pushImage('latest');
  await robin.request('HEAD', 'manifests/latest');
  await robin.request('GET', `manifests/${descriptor.digest}`);
  registry.clock.advance(10 * MINUTE);
  await robin.request('GET', `manifests/${descriptor.digest}`);
  const { events, counts } = await recorded(registry);
  assert.deepEqual(
    events.map(({ reference }) => reference),
    ['latest', descriptor.digest],
  );
  assert.deepEqual(
    counts.map(({ kind, count }) => [kind, count]),
    [
      ['digest', 2],
      ['tag', 1],
    ],
  );
});

test('a HEAD of a tag is a use of the tag, and no pull', async () => {
  const { registry, robin } = await start();
  await using _registry = registry;
  await robin.pushImage('latest');
  await robin.request('HEAD', 'manifests/latest');
  const { events, counts } = await recorded(registry);
  assert.deepEqual(events, []);
  assert.deepEqual(
    counts.map(({ kind, reference, count }) => [kind, reference, count]),
    [['tag', 'latest', 0]],
  );
});

test('pulls of different minutes, tags and credentials are different events', async () => {
  const { registry, robin } = await start();
  await using _registry = registry;
  await robin.pushImage('a');
  await robin.pushImage('b');
  const { apikey } = await registry.createKey();
  const Authorization = `Basic ${Buffer.from(`iamapikey:${apikey}`).toString('base64')}`;
  for (const tag of ['a', 'a', 'b']) await robin.request('GET', `manifests/${tag}`);
  await robin.request('GET', 'manifests/a', { headers: { Authorization } });
  registry.clock.advance(MINUTE);
  await robin.request('GET', 'manifests/a');
  const { events } = await recorded(registry);
  assert.deepEqual(events.map(({ reference, times }) => `${reference} ${times ?? 1}`).sort(), [
    'a 1',
    'a 1',
    'a 2',
    'b 1',
  ]);
  assert.equal(new Set(events.map(({ credential_id }) => credential_id)).size, 2);
});

test('counts are kept day by day', async () => {
  const { registry, robin } = await start();
  await using _registry = registry;
  await robin.pushImage('latest');
  await robin.request('GET', 'manifests/latest');
  registry.clock.advance(DAY);
  await robin.request('GET', 'manifests/latest');
  await robin.request('GET', 'manifests/latest');
  const { counts } = await recorded(registry);
  const ofTag = counts.filter(({ kind }) => kind === 'tag');
  assert.deepEqual(
    ofTag.map(({ count }) => count),
    [1, 2],
  );
  assert.equal((ofTag[1]?.day ?? 0) - (ofTag[0]?.day ?? 0), 1);
});

/** A database that is pulled from while it writes. */
class BusyDatabase {
  written = 0;
  pull: () => unknown = () => undefined;

  async write(): Promise<void> {
    this.written++;
    assert.ok(this.written < 100, 'it does not end');
    await this.pull();
  }
}

const target = {
  regionId: 'global',
  namespace: { id: 'n', accountId: 'a' },
  name: 'birds/robin',
} as unknown as RepositoryTarget;

test('what is pulled while pulls are written waits for the next time, so that writing them ends', async () => {
  const database = new BusyDatabase();
  const activity = new Activity(database as unknown as Database);
  const settings = { pulls: async () => 'minute' } as unknown as AuditSettings;
  const pulls = new Pulls(database as unknown as Database, new MovableClock(), settings, activity);
  const puller = { caller: { principal: 'user:1' }, actor: {} } as unknown as Puller;
  const digest = `sha256:${'0'.repeat(64)}`;
  const reference = { kind: 'tag', tag: 'latest' as Tag } as const;
  database.pull = () => pulls.note(puller, { target, reference, digest, isHead: false });
  await database.pull();
  for (const flushed of [pulls, activity]) {
    database.written = 0;
    await flushed.flush();
    assert.equal(database.written, 1);
    await flushed.flush();
    assert.equal(database.written, 2);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answered } from '../spec/answers.ts';
import { descriptorOf, EMPTY, jsonOf, LAYER, newBytes, newManifest } from '../spec/content.ts';
import { TestRepository } from '../spec/repository.ts';
import { HOUR, MINUTE } from '../support/clock.ts';
import { TestRegistry } from '../support/registry.ts';
import { collected, holders } from './collect.ts';

/** Longer than the default grace. */
const OVER = 25 * HOUR;

const start = async (): Promise<{ registry: TestRegistry; robin: TestRepository; wren: TestRepository }> => {
  const registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  return {
    registry,
    robin: new TestRepository(registry, 'birds/robin'),
    wren: new TestRepository(registry, 'birds/wren'),
  };
};

const NOTHING = { links: 0, blobs: 0, bytes: 0, unnamed: 0, stagings: 0 };

test('deleting a manifest frees its blobs once it is in the trash no more and their grace is over; what another manifest refers to stays', async () => {
  const { registry, robin } = await start();
  await using _registry = registry;
  const [shared, own] = [newBytes(), newBytes(5000)];
  for (const bytes of [shared, own]) await robin.pushBlob(bytes);
  await robin.pushBlob(Buffer.from('{}'));
  const layers = [shared, own].map((bytes) => descriptorOf(LAYER, bytes));
  const gone = newManifest({ layers });
  const stays = newManifest({ layers: layers.slice(0, 1) });
  await answered(await robin.putManifest('gone', gone), 201);
  await answered(await robin.putManifest('stays', stays), 201);
  registry.clock.advance(OVER);
  assert.deepEqual((await collected(registry)).removed, NOTHING);
  const { digest } = descriptorOf('', gone);
  await answered(await robin.request('DELETE', `manifests/${digest}`), 202);
  const during = await collected(registry);
  assert.equal(during.removed.blobs, 0, 'the trash holds the blob');
  assert.deepEqual(
    during.waiting,
    { links: 1, blobs: 0, bytes: 0, unnamed: 0 },
    'the deletion begins the grace of the link',
  );
  await robin.assertHolds(own);
  registry.clock.advance(OVER);
  assert.deepEqual((await collected(registry)).removed, { ...NOTHING, links: 1 });
  assert.equal(await robin.statusOf(`blobs/${descriptorOf('', own).digest}`), 404);
  registry.clock.advance(30 * 24 * HOUR);
  const { removed } = await collected(registry);
  assert.deepEqual(removed, { ...NOTHING, blobs: 1, bytes: 5000 });
  await robin.assertHolds(shared);
  await robin.assertServes('stays', stays);
  // and the digest can come again
  await robin.pushBlob(own);
  await robin.assertHolds(own);
});

test('an upload whose manifest never comes is collected after the grace; a HEAD, a push or a mount renews it', async () => {
  const { registry, robin, wren } = await start();
  await using _registry = registry;
  const [forgotten, asked, pushed, mounted] = [newBytes(), newBytes(), newBytes(), newBytes()];
  const path = (bytes: Buffer): string => `blobs/${descriptorOf('', bytes).digest}`;
  for (const bytes of [forgotten, asked, pushed, mounted]) await robin.pushBlob(bytes);
  registry.clock.advance(13 * HOUR);
  assert.equal(await robin.statusOf(path(asked)), 200);
  await robin.pushBlob(pushed);
  const mount = `blobs/uploads/?mount=${descriptorOf('', mounted).digest}&from=birds/robin`;
  await answered(await wren.request('POST', mount), 201);
  registry.clock.advance(12 * HOUR);
  const { removed } = await collected(registry);
  assert.equal(removed.links, 2, 'forgotten, and mounted in the repository it was mounted from');
  assert.equal(removed.blobs, 1);
  assert.equal(await robin.statusOf(path(forgotten)), 404);
  assert.equal(await robin.statusOf(path(mounted)), 404);
  await robin.assertHolds(asked);
  await robin.assertHolds(pushed);
  await wren.assertHolds(mounted);
});

test('a HEAD that found a blob of a manifest which goes meanwhile: the manifest pushed next finds it', async () => {
  const { registry, robin } = await start();
  await using _registry = registry;
  const layer = newBytes();
  await robin.pushBlob(Buffer.from('{}'));
  await robin.pushBlob(layer);
  const layers = [descriptorOf(LAYER, layer)];
  const first = newManifest({ layers });
  await answered(await robin.putManifest('first', first), 201);
  registry.clock.advance(OVER);
  assert.equal(await robin.statusOf(`blobs/${descriptorOf('', layer).digest}`), 200);
  await answered(await robin.request('DELETE', `manifests/${descriptorOf('', first).digest}`), 202);
  registry.clock.advance(HOUR);
  await collected(registry);
  await answered(await robin.putManifest('second', newManifest({ layers })), 201);
});

test('untagged manifests are not deleted, nor what they refer to', async () => {
  const { registry, robin } = await start();
  await using _registry = registry;
  const image = await robin.pushImage('latest');
  await answered(await robin.request('DELETE', 'manifests/latest'), 202);
  registry.clock.advance(30 * OVER);
  assert.equal((await collected(registry)).removed.blobs, 0);
  await robin.assertServes(image.descriptor.digest, image.bytes);
  for (const { digest } of image.layers) assert.equal(await robin.statusOf(`blobs/${digest}`), 200);
});

test('namespace-rm gives its bytes back, those of unfinished uploads too; another namespace keeps what it shares', async () => {
  const { registry, robin } = await start();
  await using _registry = registry;
  await registry.namespaceAdd('trees');
  const oak = new TestRepository(registry, 'trees/oak');
  const image = await robin.pushImage('latest');
  const layer = image.layers[0]?.digest ?? '';
  await answered(await oak.request('POST', `blobs/uploads/?mount=${layer}&from=birds/robin`), 201);
  await answered(
    await oak
      .pushBlob(Buffer.from('{}'))
      .then(() => oak.putManifest('held', newManifest({ layers: image.layers }))),
    201,
  );
  const location = await robin.begin();
  await answered(await robin.patch(location, newBytes(20_000)), 202);
  await answered(await registry.api('DELETE', '/api/v1/namespaces/birds'), 204);
  registry.clock.advance(OVER);
  const first = await collected(registry);
  assert.equal(first.removed.blobs, 1, 'the config');
  assert.equal(first.waiting.unnamed, 1, 'the staged bytes were seen once');
  registry.clock.advance(OVER);
  const second = await collected(registry);
  assert.equal(second.removed.stagings, 1);
  assert.equal((await collected(registry)).waiting.unnamed, 0);
  assert.equal(await oak.statusOf(`blobs/${layer}`), 200);
  assert.equal(await holders(registry, image.config.digest), undefined);
});

test('a dry run counts what a run would remove, and removes nothing', async () => {
  const { registry, robin } = await start();
  await using _registry = registry;
  const bytes = newBytes(700);
  await robin.pushBlob(bytes);
  registry.clock.advance(OVER);
  const dry = await collected(registry, true);
  assert.equal(dry.dry_run, true);
  await robin.request('GET', `blobs/${descriptorOf('', bytes).digest}`);
  await robin.assertHolds(bytes);
  assert.deepEqual((await collected(registry)).removed, dry.removed);
  assert.deepEqual(dry.removed, { links: 1, blobs: 1, bytes: 700, unnamed: 0, stagings: 0 });
});

test('explain says who holds a digest, and from when on it may go', async () => {
  const { registry, robin, wren } = await start();
  await using _registry = registry;
  const image = await robin.pushImage('latest');
  const index = await robin.pushIndex([image.descriptor], 'all');
  const layer = image.layers[0]?.digest ?? '';
  await answered(await wren.request('POST', `blobs/uploads/?mount=${layer}&from=birds/robin`), 201);
  const blob = await holders(registry, layer);
  assert.equal(blob?.blobs.length, 1);
  assert.equal(blob.blobs[0]?.removable_at, undefined);
  const manifests = [{ digest: image.descriptor.digest, tags: ['latest'] }];
  const at = new Date(registry.clock.now()).toISOString();
  assert.deepEqual(
    blob.links.toSorted((a, b) => (a.repository < b.repository ? -1 : 1)),
    [
      { region: 'local', repository: 'birds/robin', wanted_at: at, manifests },
      { region: 'local', repository: 'birds/wren', wanted_at: at, manifests: [] },
    ],
  );
  const manifest = await holders(registry, image.descriptor.digest);
  assert.deepEqual(manifest?.manifests, [
    {
      region: 'local',
      repository: 'birds/robin',
      media_type: image.descriptor.mediaType,
      tags: ['latest'],
      indexes: [{ digest: index.digest, tags: ['all'] }],
    },
  ]);
  const lone = newBytes();
  await robin.pushBlob(lone);
  const explained = await holders(registry, descriptorOf('', lone).digest);
  const until = new Date(registry.clock.now() + 24 * HOUR).toISOString();
  assert.equal(explained?.blobs[0]?.removable_at, until);
  assert.equal(await holders(registry, `sha256:${'0'.repeat(64)}`), undefined);
  assert.equal((await registry.api('GET', '/api/v1/gc/holders/latest')).status, 400);
});

test('only the operator collects, and one run at a time', async () => {
  const { registry } = await start();
  await using _registry = registry;
  const made = await registry.api('POST', '/api/v1/accounts', { name: 'others' });
  const { account_id, apikey } = (await made.json()) as { account_id: string; apikey: string };
  const { access_token } = await registry.login(apikey);
  const headers = { Authorization: `Bearer ${access_token}`, Account: account_id };
  for (const [method, path] of [
    ['GET', '/api/v1/gc'],
    ['POST', '/api/v1/gc/runs'],
    ['GET', '/api/v1/gc/runs/x'],
    ['GET', `/api/v1/gc/holders/sha256:${'0'.repeat(64)}`],
  ] as const) {
    const json = { 'Content-Type': 'application/json' };
    const init = { method, headers: json, ...(method === 'POST' ? { body: '{}' } : {}) };
    assert.equal((await registry.fetch(path, init)).status, 401, path);
    const asOther = { ...init, headers: { ...json, ...headers } };
    assert.equal((await registry.fetch(path, asOther)).status, 403, path);
  }
  const begun = await Promise.all([1, 2, 3].map(() => registry.api('POST', '/api/v1/gc/runs', {})));
  const statuses = begun.map(({ status }) => status);
  assert.ok(statuses.includes(202) && statuses.every((status) => status === 202 || status === 409));
  await collected(registry);
  const status = (await (await registry.api('GET', '/api/v1/gc')).json()) as {
    grace_seconds: number;
    runs: { outcome: string; started_by: string }[];
  };
  assert.equal(status.grace_seconds, 86_400);
  assert.equal(status.runs[0]?.outcome, 'done');
  assert.match(status.runs[0]?.started_by ?? '', /^user:/);
  assert.equal((await registry.api('GET', '/api/v1/gc/runs/x')).status, 404);
});

test('pushes, mounts and deletes go on while collection runs: every image that was acknowledged is whole', async () => {
  const registry = await TestRegistry.start({ env: { TIDEGATE_GC_GRACE: '1h' } });
  await using _registry = registry;
  await registry.namespaceAdd('birds');
  const robin = new TestRepository(registry, 'birds/robin');
  let over = false;
  /** When the image began that each worker pushes: what is pushed for it must not outlive its grace meanwhile. */
  const begun = new Map<number, number>();
  const collecting = (async () => {
    while (!over) {
      await collected(registry);
      if (registry.clock.now() - Math.min(...begun.values()) < HOUR / 2) registry.clock.advance(9 * MINUTE);
    }
  })();
  const kept: { bytes: Buffer; layer: Buffer }[] = [];
  const shared = newBytes();
  const push = async (worker: number): Promise<void> => {
    for (let round = 0; round < 12; round++) {
      begun.set(worker, registry.clock.now());
      const [config, layer] = [jsonOf({ worker, round, nonce: newBytes(4).toString('hex') }), newBytes()];
      for (const bytes of [config, layer, shared]) await robin.pushBlob(bytes);
      const bytes = newManifest({
        config: descriptorOf(EMPTY, config),
        layers: [layer, shared].map((each) => descriptorOf(LAYER, each)),
      });
      await answered(await robin.putManifest(`t${worker}-${round}`, bytes), 201);
      if (round % 2 === 0) kept.push({ bytes, layer });
      else await answered(await robin.request('DELETE', `manifests/${descriptorOf('', bytes).digest}`), 202);
    }
    begun.delete(worker);
  };
  try {
    await Promise.all([1, 2, 3].map(push));
  } finally {
    over = true;
    await collecting;
  }
  registry.clock.advance(2 * HOUR);
  await collected(registry);
  for (const { bytes, layer } of kept) {
    await robin.assertServes(descriptorOf('', bytes).digest, bytes);
    await robin.assertHolds(layer);
    await robin.assertHolds(shared);
  }
});

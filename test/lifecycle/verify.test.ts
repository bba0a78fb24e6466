import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { isRowKey } from '../../src/blobs/layout.ts';
import type { VerifyEvent } from '../../src/wire/collection.ts';
import { answered } from '../spec/answers.ts';
import { newBytes } from '../spec/content.ts';
import { TestRepository } from '../spec/repository.ts';
import { HOUR } from '../support/clock.ts';
import { TestRegistry } from '../support/registry.ts';
import { openRows } from '../support/rows.ts';
import { keyOf, storedBytes } from '../support/stored-bytes.ts';
import { collected } from './collect.ts';

const verify = async (registry: TestRegistry, repair = false): Promise<VerifyEvent[]> => {
  const response = await registry.api('POST', '/api/v1/gc/verify', { repair });
  assert.equal(response.status, 200);
  const lines = (await response.text()).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as VerifyEvent);
};

const faults = (events: readonly VerifyEvent[]): string[] =>
  events.flatMap((event) =>
    event.kind === 'finding' ? [`${event.fault}${event.repaired ? ', repaired' : ''}`] : [],
  );

const start = async (): Promise<{ registry: TestRegistry; robin: TestRepository }> => {
  const registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  return { registry, robin: new TestRepository(registry, 'birds/robin') };
};

test('a sound registry has no faults, whatever was deleted, untagged or collected', async () => {
  const { registry, robin } = await start();
  await using _registry = registry;
  await robin.pushBlob(newBytes());
  await robin.pushBlob(newBytes(3000), 'sha512');
  const image = await robin.pushImage('latest');
  await robin.pushIndex([image.descriptor], 'all');
  const gone = await robin.pushImage('gone');
  await answered(await robin.request('DELETE', `manifests/${gone.descriptor.digest}`), 202);
  assert.deepEqual(await verify(registry), [
    { kind: 'end', blobs: 6, bytes: 3100 + blobBytes(image) + blobBytes(gone), manifests: 3, findings: 0 },
  ]);
  registry.clock.advance(25 * HOUR);
  await collected(registry);
  assert.deepEqual(faults(await verify(registry)), []);
});

const blobBytes = ({ config, layers }: Awaited<ReturnType<TestRepository['pushImage']>>): number =>
  [config, ...layers].reduce((sum, { size }) => sum + size, 0);

test('manifests in the trash are read as well: a damaged one is found, and one whose blob is gone', async () => {
  const { registry, robin } = await start();
  await using _registry = registry;
  const [damaged, torn, expired] = [
    await robin.pushImage('damaged'),
    await robin.pushImage('torn'),
    await robin.pushImage('expired'),
  ];
  await answered(await robin.request('DELETE', `manifests/${expired.descriptor.digest}`), 202);
  registry.clock.advance(31 * 24 * HOUR);
  for (const { descriptor } of [damaged, torn])
    await answered(await robin.request('DELETE', `manifests/${descriptor.digest}`), 202);
  assert.deepEqual(faults(await verify(registry)), []);
  const db = openRows(registry.database);
  const content = (digest: string) => db.updateTable('trashed_manifests').where('digest', '=', digest);
  const other = Buffer.from('{}');
  await content(damaged.descriptor.digest).set({ content: other }).execute();
  await content(expired.descriptor.digest).set({ content: other }).execute();
  await db.deleteFrom('blobs').where('digest', '=', torn.config.digest).execute();
  await db.destroy();
  const found = (await verify(registry, true)).filter((event) => event.kind === 'finding');
  assert.deepEqual(
    found.map(({ fault, digest, repository, repaired }) => [fault, digest, repository, repaired]).sort(),
    [
      ['blob-missing', torn.descriptor.digest, 'birds/robin', false],
      ['manifest-damaged', damaged.descriptor.digest, 'birds/robin', false],
    ],
  );
  for (const { detail } of found) assert.match(detail, /in the trash/);
});

for (const [where, size] of [
  ['of files', 100_000],
  ['in rows', 100],
] as const) {
  test(`O57: missing and damaged bytes ${where} are found; repair takes out the rows that name them, and pushing the same again heals`, async () => {
    const { registry, robin } = await start();
    await using _registry = registry;
    const image = await robin.pushImage('latest');
    const [missing, damaged] = [newBytes(size), newBytes(size)];
    assert.equal(isRowKey(await keyOf(registry, await robin.pushBlob(missing))), where === 'in rows');
    const digests = [await robin.pushBlob(missing), await robin.pushBlob(damaged)];
    const stored = storedBytes(registry);
    const [gone = '', rotten = ''] = await Promise.all(digests.map((digest) => keyOf(registry, digest)));
    await stored.remove(gone);
    await stored.overwrite(rotten, newBytes(size));
    assert.deepEqual(faults(await verify(registry)).sort(), ['bytes-damaged', 'bytes-missing']);
    assert.equal(await robin.statusOf(`blobs/${digests[1]}`), 200, 'looking changes nothing');
    assert.deepEqual(faults(await verify(registry, true)).sort(), [
      'bytes-damaged, repaired',
      'bytes-missing, repaired',
    ]);
    for (const digest of digests) assert.equal(await robin.statusOf(`blobs/${digest}`), 404);
    assert.deepEqual(faults(await verify(registry)), []);
    for (const bytes of [missing, damaged]) {
      await robin.pushBlob(bytes);
      await robin.assertHolds(bytes);
    }
    await robin.assertServes('latest', image.bytes);
    // quarantined bytes stay for a person to look at
    registry.clock.advance(25 * HOUR);
    await collected(registry);
    registry.clock.advance(25 * HOUR);
    await collected(registry);
    assert.ok((await stored.keys()).includes(rotten));
  });
}

test('a manifest that is damaged, or needs a blob its repository does not hold, is found and left alone', async () => {
  const { registry, robin } = await start();
  await using _registry = registry;
  const [image, other] = [await robin.pushImage('latest'), await robin.pushImage('other')];
  {
    // as a version left it that deleted blobs which manifests needed
    await using db = openRows(registry.database);
    const layer = image.layers[0]?.digest ?? '';
    await db.deleteFrom('repository_blobs').where('digest', '=', layer).execute();
  }
  assert.deepEqual(faults(await verify(registry, true)), ['blob-missing']);
  {
    await using db = openRows(registry.database);
    const damaged = { content: Buffer.from('{}') };
    await db.updateTable('manifests').set(damaged).where('digest', '=', other.descriptor.digest).execute();
    const wrong = { size: sql<number>`size + 1` };
    await db.updateTable('blobs').set(wrong).where('digest', '=', other.config.digest).execute();
  }
  assert.deepEqual(faults(await verify(registry, true)).sort(), [
    'blob-missing',
    'manifest-damaged',
    'size-wrong',
  ]);
  assert.equal(await robin.statusOf('manifests/latest'), 200);
});

test('only the operator verifies', async () => {
  const { registry } = await start();
  await using _registry = registry;
  const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' };
  assert.equal((await registry.fetch('/api/v1/gc/verify', init)).status, 401);
});

import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { digestOf } from '../../src/oci/digest.ts';
import { DigestSet } from '../../src/registry/storage/digest-set.ts';
import { findStorageCount } from '../../src/registry/storage/rows.ts';
import { Storage } from '../../src/registry/storage/storage.ts';
import { removeNamespace } from '../../src/tenancy/namespaces/writes.ts';
import { AT, actor, manifestRow, newNamespace, repositoryRow } from '../database/database-rows.ts';
import { insert } from '../database/database-writes.ts';
import { onBothEngines, type Replicas } from '../lifecycle/engines.ts';
import { MINUTE, MovableClock } from '../support/clock.ts';

/** As random as real ones are, in every part. */
const digest = (): string => digestOf(randomBytes(8));

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** An account of more repositories than are summed at once, one of them with many blobs and manifests. */
const largeAccount = async ({ a: database }: Replicas) => {
  const { account, region, namespace } = await newNamespace(database);
  const repositories = times(230, (index) => repositoryRow(namespace, `r${String(index).padStart(3, '0')}`));
  const blobs = times(450, (index) => ({
    region_id: region.id,
    digest: digest(),
    storage_key: randomUUID(),
    size: index,
    created_at: AT,
    touched_at: AT,
  }));
  const link = (repository_id: string, each: string) => ({
    repository_id,
    digest: each,
    created_at: AT,
    touched_at: AT,
  });
  const [many, ...others] = repositories;
  const [first] = blobs;
  assert.ok(many && first);
  await database.write(insert, { repositories, blobs });
  await database.write(insert, {
    repository_blobs: [
      ...blobs.map((blob) => link(many.id, blob.digest)),
      ...others.flatMap(({ id }) => blobs.slice(0, 3).map((blob) => link(id, blob.digest))),
    ],
    manifests: times(210, () => manifestRow(many.id, { digest: digest(), content: new Uint8Array(1000) })),
  });
  const bytes = (450 * 449) / 2 + 210 * 1000;
  return { place: { accountId: account.id, regionId: region.id }, bytes, many, link, namespace };
};

onBothEngines('what an account stores', (open) => {
  test('a large account is counted in slices: each blob and each manifest once', async () => {
    await using replicas = await open();
    const { place, bytes } = await largeAccount(replicas);
    const storage = new Storage(replicas.a, new MovableClock());
    let [turns, over] = [0, false];
    const others = (async () => {
      while (!over) {
        await turnOfLoop();
        turns++;
      }
    })();
    assert.equal(await storage.used(place), bytes);
    over = true;
    await others;
    assert.ok(turns >= 20, `others had ${turns} turns`);
    assert.equal((await findStorageCount(replicas.b.db, place))?.bytes, bytes);
  });

  test('its count is kept: it is not read again within a minute, then a new one begins', async () => {
    await using replicas = await open();
    const { place, bytes, many, link } = await largeAccount(replicas);
    const clock = new MovableClock();
    const storage = new Storage(replicas.a, clock);
    assert.equal(await storage.used(place), bytes);
    const blob = {
      region_id: place.regionId,
      digest: digest(),
      storage_key: randomUUID(),
      size: 5,
      created_at: AT,
      touched_at: AT,
    };
    await replicas.a.write(insert, { blobs: [blob], repository_blobs: [link(many.id, blob.digest)] });
    clock.advance(MINUTE / 2);
    assert.equal(await storage.used(place), bytes);
    clock.advance(11 * MINUTE);
    assert.equal(await storage.used(place), bytes + 5, 'a count of ten minutes is not taken any more');
  });

  test('an account that has become small is summed when it is asked for', async () => {
    await using replicas = await open();
    const { place, bytes, namespace } = await largeAccount(replicas);
    const clock = new MovableClock();
    const storage = new Storage(replicas.a, clock);
    assert.equal(await storage.counted(place), bytes);
    await replicas.a.write(removeNamespace, {
      ...place,
      name: namespace.name,
      at: AT,
      actor,
    });
    clock.advance(11 * MINUTE);
    assert.equal(await storage.used(place), 0);
    assert.equal(await findStorageCount(replicas.a.db, place), undefined);
    assert.equal(await storage.counted(place), undefined);
  });
});

test('a set of digests tells a new one from one that was there', () => {
  const set = new DigestSet();
  const digests = times(5000, digest);
  for (const each of digests) assert.equal(set.add(each), true);
  for (const each of digests) assert.equal(set.add(each), false);
});

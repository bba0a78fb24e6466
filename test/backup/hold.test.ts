import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../src/oci/digest.ts';
import { collected } from '../lifecycle/collect.ts';
import { newBytes } from '../spec/content.ts';
import { TestRepository } from '../spec/repository.ts';
import { HOUR } from '../support/clock.ts';
import { TestRegistry } from '../support/registry.ts';
import { openRows } from '../support/rows.ts';
import { storedBytes } from '../support/stored-bytes.ts';

const OVER = 25 * HOUR;

/** As a backup holds bytes that another replica makes. */
const hold = async (registry: TestRegistry, until: number): Promise<void> => {
  await using db = openRows(registry.database);
  await db.insertInto('byte_holds').values({ id: 'a backup elsewhere', held_until: until }).execute();
};

test('while a backup holds bytes collection takes rows alone, and says of no byte that it went; the storage sweep finds the bytes later', async () => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  const robin = new TestRepository(registry, 'birds/robin');
  const [one, other] = [newBytes(4000), newBytes(4000)];
  await robin.pushBlob(one);
  const bytes = storedBytes(registry);
  assert.equal((await bytes.keys()).length, 1);
  registry.clock.advance(OVER);
  await hold(registry, registry.clock.now() + OVER + HOUR);

  const held = await collected(registry);
  assert.equal(held.removed.blobs, 1);
  assert.equal(held.removed.bytes, 0);
  assert.equal((await bytes.keys()).length, 1);
  registry.clock.advance(OVER);
  const again = await collected(registry);
  assert.equal(again.removed.unnamed, 0, 'found without a row twice, a grace apart');
  assert.equal(again.waiting.unnamed, 1);
  assert.equal((await bytes.keys()).length, 1);

  // it died: nothing renews the hold
  registry.clock.advance(HOUR);
  const after = await collected(registry);
  assert.equal(after.removed.unnamed, 1);
  assert.equal(after.removed.bytes, 4000);
  assert.deepEqual(await bytes.keys(), []);
  await robin.pushBlob(other);
  await robin.assertHolds(other);
});

test('while a backup holds bytes a blob that was pushed twice keeps both copies, and the spare one goes later', async () => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  const robin = new TestRepository(registry, 'birds/robin');
  const wren = new TestRepository(registry, 'birds/wren');
  const bytes = newBytes(20_000);
  await hold(registry, registry.clock.now() + HOUR);
  await robin.pushBlob(bytes);
  await wren.pushBlob(bytes);
  const stored = storedBytes(registry);
  assert.equal((await stored.keys()).length, 2);
  registry.clock.advance(2 * HOUR);
  await collected(registry);
  registry.clock.advance(20 * HOUR);
  // asked for, so that their grace begins anew
  for (const repository of [robin, wren]) await repository.request('HEAD', `blobs/${digestOf(bytes)}`);
  registry.clock.advance(4 * HOUR);
  await collected(registry);
  assert.equal((await stored.keys()).length, 1);
  await robin.assertHolds(bytes);
  await wren.assertHolds(bytes);
});

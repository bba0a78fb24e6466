import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { DATABASE } from '../../src/config/data-folder.ts';
import { Caller } from '../access/caller.ts';
import { type Holder, Identities } from '../access/identities.ts';
import { collected } from '../lifecycle/collect.ts';
import { answered } from '../spec/answers.ts';
import {
  absentDigest,
  descriptorOf,
  jsonOf,
  LAYER,
  newManifest,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../spec/content.ts';
import { TestRepository } from '../spec/repository.ts';
import { HOUR } from '../support/clock.ts';
import { TestRegistry } from '../support/registry.ts';
import { AllRows } from '../support/rows.ts';
import { counted, summed } from './counted-usage.ts';

const BLOBS = [1, 2, 3, 4].map((each) => Buffer.alloc(1000 * each, `blob ${each}`));
const EMPTY = Buffer.from('{}');
const REPOSITORIES = ['birds/robin', 'birds/wren', 'trees/oak'];

/** An image of some of the blobs; `of`: it refers to another image as its subject. */
const imageOf = (layers: readonly number[], of?: Buffer): Buffer =>
  newManifest({
    layers: layers.map((each) => descriptorOf(LAYER, BLOBS[each] ?? EMPTY)),
    ...(of ? { subject: descriptorOf(OCI_MANIFEST, of) } : {}),
  });

const IMAGES = [imageOf([0]), imageOf([0, 1]), imageOf([2, 3])];
const SIGNATURES = IMAGES.map((image) => imageOf([3], image));
const INDEX = jsonOf({
  schemaVersion: 2,
  mediaType: OCI_INDEX,
  manifests: IMAGES.slice(0, 2).map((image) => descriptorOf(OCI_MANIFEST, image)),
});
/** It names a layer that need not be here. */
const NAMING = newManifest({
  layers: [{ ...descriptorOf(LAYER, BLOBS[0] ?? EMPTY), urls: ['https://example.com/layer'] }],
});
/** A cache of BuildKit, which lists blobs. */
const CACHE = jsonOf({
  schemaVersion: 2,
  mediaType: OCI_INDEX,
  manifests: [descriptorOf(LAYER, BLOBS[3] ?? EMPTY)],
});
const CONTENT = [...IMAGES, ...SIGNATURES, INDEX, NAMING, CACHE];
const TAGS = ['a', 'b'];

const at = <T>(list: readonly T[]) => fc.nat({ max: list.length - 1 });
const step = fc.oneof(
  fc.record({ do: fc.constant('push' as const), where: at(REPOSITORIES), blob: at(BLOBS) }),
  fc.record({
    do: fc.constant('put' as const),
    where: at(REPOSITORIES),
    what: at(CONTENT),
    tag: fc.option(fc.constantFrom(...TAGS)),
  }),
  fc.record({ do: fc.constant('untag' as const), where: at(REPOSITORIES), tag: fc.constantFrom(...TAGS) }),
  fc.record({ do: fc.constant('delete' as const), where: at(REPOSITORIES), what: at(CONTENT) }),
  fc.record({ do: fc.constant('restore' as const), where: at(REPOSITORIES), what: at(CONTENT) }),
  fc.record({ do: fc.constant('empty' as const), namespace: fc.constantFrom('birds', 'trees') }),
  fc.record({ do: fc.constant('unlink' as const), where: at(REPOSITORIES), blob: at(BLOBS) }),
  fc.record({ do: fc.constant('collect' as const), hours: fc.constantFrom(1, 30, 24 * 31) }),
  fc.record({ do: fc.constant('remove' as const), namespace: fc.constantFrom('birds', 'trees') }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const digestOf = (bytes: Buffer): string => descriptorOf('', bytes).digest;

const apply = async (registry: TestRegistry, each: Step): Promise<void> => {
  if (each.do === 'collect') {
    registry.clock.advance(each.hours * HOUR);
    await collected(registry);
    return;
  }
  if (each.do === 'remove') {
    await registry.api('DELETE', `/api/v1/namespaces/${each.namespace}`);
    await registry.namespaceAdd(each.namespace);
    // what is left of the removed one goes with the collection
    await collected(registry);
    return;
  }
  if (each.do === 'empty') {
    await registry.api('DELETE', `/api/v1/trash?namespace=${each.namespace}`);
    return;
  }
  const repository = new TestRepository(registry, REPOSITORIES[each.where] ?? '');
  const blob = 'blob' in each ? (BLOBS[each.blob] ?? EMPTY) : EMPTY;
  const content = 'what' in each ? (CONTENT[each.what] ?? EMPTY) : EMPTY;
  if (each.do === 'push') await repository.pushBlob(blob);
  else if (each.do === 'unlink') await repository.request('DELETE', `blobs/${digestOf(blob)}`);
  else if (each.do === 'restore')
    await registry.api(
      'POST',
      `/api/v1/trash/${encodeURIComponent(`${repository.name}@${digestOf(content)}`)}/restore`,
    );
  else if (each.do === 'untag') await repository.request('DELETE', `manifests/${each.tag}`);
  else if (each.do === 'delete') await repository.request('DELETE', `manifests/${digestOf(content)}`);
  else await repository.putManifest(each.tag ?? digestOf(content), content, null);
};

const rowsOf = (registry: TestRegistry): Promise<AllRows> => AllRows.open(join(registry.data, DATABASE));

test('whatever is pushed, tagged, deleted, collected and removed: the counters are the sums of what is stored', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 20 }), async (steps) => {
      await using registry = await TestRegistry.start();
      await using rows = await rowsOf(registry);
      for (const namespace of ['birds', 'trees']) await registry.namespaceAdd(namespace);
      for (const name of REPOSITORIES)
        for (const blob of [EMPTY, ...BLOBS]) await new TestRepository(registry, name).pushBlob(blob);
      for (const each of steps) {
        await apply(registry, each);
        assert.deepEqual(
          Object.fromEntries([...(await counted(rows))].sort()),
          Object.fromEntries([...(await summed(rows))].sort()),
          JSON.stringify(each),
        );
      }
    }),
    { numRuns: 8 },
  );
});

describe('what a manifest names and its repository does not hold', () => {
  /** Bytes that an account is told to store, what deleted images hold included. */
  const usedBy = async (registry: TestRegistry, { accountId, apikey }: Holder): Promise<number> => {
    const { body } = await (await Caller.login(registry, apikey)).send('GET', '/api/v1/usage', undefined, {
      Account: accountId,
    });
    const { tagged, untagged, trash, waiting } = body.account;
    return tagged + untagged + trash + waiting;
  };
  const naming = (layer: { digest: string; size: number }): Buffer =>
    newManifest({ layers: [{ mediaType: LAYER, ...layer, urls: ['https://example.com/layer'] }] });

  test('counts for nothing, so that usage does not tell whether another account stores it', async () => {
    await using registry = await TestRegistry.start();
    await registry.namespaceAdd('birds');
    const bytes = Buffer.alloc(50_000, 'theirs');
    await new TestRepository(registry, 'birds/robin').pushBlob(bytes);
    const stranger = await new Identities(registry).stranger();
    const caller = await Caller.login(registry, stranger.apikey);
    await caller.send('PUT', '/api/v1/namespaces/trees', undefined, { Account: stranger.accountId });
    const strange = new TestRepository({ url: registry.url, apikey: stranger.apikey }, 'trees/oak');
    await strange.pushBlob(EMPTY);
    for (const digest of [digestOf(bytes), absentDigest()]) {
      const image = naming({ digest, size: 1 });
      const before = await usedBy(registry, stranger);
      await answered(await strange.putManifest('1', image), 201);
      assert.equal(await usedBy(registry, stranger), before + image.length);
      await answered(await strange.request('DELETE', `manifests/${digestOf(image)}`), 202);
      assert.equal(await usedBy(registry, stranger), before + image.length, 'in the trash the same');
    }
  });

  test('counts from when a repository of the account stores it, whichever named it before, until none does', async () => {
    await using registry = await TestRegistry.start();
    await registry.namespaceAdd('birds');
    const owner = { iamId: '', accountId: registry.accountId, apikey: registry.apikey };
    const [robin, wren] = ['birds/robin', 'birds/wren'].map((name) => new TestRepository(registry, name));
    assert.ok(robin && wren);
    await robin.pushBlob(EMPTY);
    const bytes = Buffer.alloc(50_000, 'ours');
    const image = naming({ digest: digestOf(bytes), size: bytes.length });
    await answered(await robin.putManifest('1', image), 201);
    const before = await usedBy(registry, owner);
    await wren.pushBlob(bytes);
    assert.equal(await usedBy(registry, owner), before + bytes.length);
    await answered(await wren.request('DELETE', `blobs/${digestOf(bytes)}`), 202);
    assert.equal(await usedBy(registry, owner), before);
    await robin.pushBlob(bytes);
    assert.equal(await usedBy(registry, owner), before + bytes.length);
  });
});

test('six pushes to one tag: what the five before store is told as untagged, and deleting it makes it trash', async () => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  const repository = new TestRepository(registry, 'birds/robin');
  await repository.pushBlob(EMPTY);
  for (const blob of BLOBS) await repository.pushBlob(blob);
  const images = [0, 1, 2].map((each) => imageOf([each]));
  for (const image of images) await answered(await repository.putManifest('1', image), 201);
  await using rows = await rowsOf(registry);
  const all = async () => [...(await counted(rows))].find(([key]) => key.startsWith('account/'))?.[1];
  const before = await all();
  assert.deepEqual([before?.images, before?.untagged_images], [1, 2]);
  assert.equal(before?.waiting, 4000);
  await answered(await repository.request('DELETE', `manifests/${digestOf(images[0] ?? EMPTY)}`), 202);
  const after = await all();
  assert.deepEqual([after?.images, after?.untagged_images, after?.trashed_images], [1, 1, 1]);
  assert.equal((after?.trash ?? 0) > 1000, true);
});

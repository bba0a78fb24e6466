import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FilesystemBlobStore } from '../../src/blobs/filesystem.ts';
import type { Database } from '../../src/database/database.ts';
import type { NamespaceRow } from '../../src/database/schema.ts';
import { RegistryError } from '../../src/errors.ts';
import { Collection } from '../../src/lifecycle/collection/collection.ts';
import type { LinkKey } from '../../src/lifecycle/collection/rows.ts';
import { sweepLinks } from '../../src/lifecycle/collection/sweep-rows.ts';
import { removeBlobs, removeLinks } from '../../src/lifecycle/collection/writes.ts';
import { Leases } from '../../src/lifecycle/leases/leases.ts';
import { emptyTally } from '../../src/lifecycle/runs/collection-run.ts';
import { latestCollectionRuns } from '../../src/lifecycle/runs/rows.ts';
import { noteUnnamed } from '../../src/lifecycle/unnamed-bytes/writes.ts';
import { silentLog } from '../../src/observe/log.ts';
import { Metrics } from '../../src/observe/metrics.ts';
import { type Digest, digestOf } from '../../src/oci/digest.ts';
import { systemActor } from '../../src/principal.ts';
import { findBlob, findRepositoryBlob } from '../../src/registry/blobs/rows.ts';
import { finishBlob, mountBlob } from '../../src/registry/blobs/writes.ts';
import { heldManifests } from '../../src/registry/manifests/rows.ts';
import { putManifest } from '../../src/registry/manifests/writes.ts';
import { findRepository } from '../../src/registry/repositories/rows.ts';
import { beginUpload } from '../../src/registry/uploads/writes.ts';
import { keysOf } from '../blobs/blob-fixtures.ts';
import { digest, manifestRow, newNamespace, newUpload } from '../database/database-rows.ts';
import { LAYER, newBytes } from '../spec/content.ts';
import { HOUR, MovableClock } from '../support/clock.ts';
import { onBothEngines, type Replicas } from './engines.ts';

const GRACE = 24 * HOUR;
const ROUNDS = 40;
const never = new AbortController().signal;

/** An installation without doors: rows on the engine under test, bytes in files. */
class Installation implements AsyncDisposable {
  readonly replicas: Replicas;
  readonly clock = new MovableClock();
  readonly store: FilesystemBlobStore;
  readonly collection: Collection;
  readonly namespace: NamespaceRow;
  readonly #folder: string;

  private constructor(
    replicas: Replicas,
    folder: string,
    store: FilesystemBlobStore,
    namespace: NamespaceRow,
  ) {
    this.replicas = replicas;
    this.#folder = folder;
    this.store = store;
    this.namespace = namespace;
    const { clock } = this;
    const leases = new Leases(replicas.a, clock);
    const log = silentLog();
    const trashBound = { run: async () => {} };
    const metrics = new Metrics();
    const parts = { database: replicas.a, store, clock, leases, trashBound, log, metrics, grace: GRACE };
    this.collection = new Collection(parts);
  }

  static async open(open: () => Promise<Replicas>): Promise<Installation> {
    const folder = await mkdtemp(join(tmpdir(), 'tidegate-sweeps-'));
    const store = await FilesystemBlobStore.open({ root: folder });
    const replicas = await open();
    const { namespace } = await newNamespace(replicas.a);
    return new Installation(replicas, folder, store, namespace);
  }

  get regionId(): string {
    return this.namespace.region_id;
  }

  place(repository = 'robin') {
    const { id, region_id, name } = this.namespace;
    return {
      regionId: region_id,
      namespaceId: id,
      repository: `${name}/${repository}`,
      newId: randomUUID(),
      at: this.clock.now(),
    };
  }

  async seal(bytes: Uint8Array): Promise<{ digest: string; key: string; size: number }> {
    const digest = digestOf(bytes);
    const id = await this.store.begin(this.regionId);
    await this.store.append(id, 0, chunk(bytes));
    return { digest, ...(await this.store.seal(id, digest)) };
  }

  /** Pushes as a replica does; answers the storage name that holds. */
  async push(bytes: Uint8Array, replica: 'a' | 'b' = 'a', repository?: string): Promise<string> {
    return this.finish(await this.seal(bytes), replica, repository);
  }

  async finish(
    { digest, key, size }: { digest: string; key: string; size: number },
    replica: 'a' | 'b',
    repository?: string,
  ): Promise<string> {
    const finished = { place: this.place(repository), uploadId: undefined, digest, size, storageKey: key };
    const { storageKey } = await this.replicas[replica].write(finishBlob, finished);
    if (storageKey !== key) await this.store.remove(key);
    return storageKey;
  }

  async collect() {
    await this.collection.run(never);
    const [run] = await latestCollectionRuns(this.replicas.a.db, 1);
    assert.equal(run?.outcome, 'done');
    this.clock.advance(1);
    return run;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.collection[Symbol.asyncDispose]();
    await this.replicas[Symbol.asyncDispose]();
    await this.store[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function* chunk(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

const refusal = (error: unknown): string => {
  if (error instanceof RegistryError) return error.code;
  throw error;
};

onBothEngines('sweeps', (open) => {
  test('bytes that no row names go when they were seen so twice, a grace apart; those with a name stay', async () => {
    await using here = await Installation.open(open);
    const named = await here.push(newBytes());
    const { key } = await here.seal(newBytes(321));
    assert.deepEqual((await here.collect()).waiting_unnamed, 1);
    here.clock.advance(GRACE - 2);
    assert.equal((await here.collect()).unnamed, 0, 'not yet');
    here.clock.advance(GRACE);
    const run = await here.collect();
    assert.equal(run.unnamed, 1);
    assert.deepEqual(await keysOf(here.store, here.regionId), []);
    assert.equal(run.bytes, 321 + 100);
    assert.equal(run.blobs, 1, `${named} had no manifest`);
    assert.equal(await here.store.stat(key), undefined);
  });

  test('bytes that are named between two sightings stay, and are forgotten', async () => {
    await using here = await Installation.open(open);
    const bytes = newBytes();
    const { digest, key, size } = await here.seal(bytes);
    await here.collect();
    const place = here.place();
    await here.replicas.a.write(finishBlob, { place, uploadId: undefined, digest, size, storageKey: key });
    here.clock.advance(GRACE / 2);
    assert.equal((await here.collect()).waiting_unnamed, 0);
    assert.equal(await here.store.stat(key), size);
  });

  test('staged bytes without an upload go; those of an upload, and those that grow, stay', async () => {
    await using here = await Installation.open(open);
    const [lost, grows, kept] = await Promise.all([1, 2, 3].map(() => here.store.begin(here.regionId)));
    assert.ok(lost && grows && kept);
    const row = { ...newUpload(here.namespace, here.clock.now() + 9 * GRACE), stagingId: kept };
    await here.replicas.a.write(beginUpload, row);
    await here.store.append(grows, 0, chunk(newBytes()));
    assert.equal((await here.collect()).waiting_unnamed, 2);
    here.clock.advance(GRACE);
    await here.store.append(grows, 100, chunk(newBytes()));
    assert.equal((await here.collect()).stagings, 1);
    assert.deepEqual(await Promise.all([lost, grows, kept].map((id) => here.store.staged(id))), [
      undefined,
      200,
      0,
    ]);
    here.clock.advance(GRACE);
    assert.equal((await here.collect()).stagings, 1);
  });

  test('a run that is stopped says so, and the next one finds what it left', async () => {
    await using here = await Installation.open(open);
    await here.push(newBytes());
    here.clock.advance(2 * GRACE);
    await here.collection.run(AbortSignal.abort(new Error('enough')));
    const [run] = await latestCollectionRuns(here.replicas.a.db, 1);
    assert.equal(run?.outcome, 'stopped');
    here.clock.advance(1);
    await here.collect();
    assert.deepEqual(await keysOf(here.store, here.regionId), []);
  });

  test('links of many repositories go in writes of at most ten repositories each', async () => {
    await using here = await Installation.open(open);
    const { a } = here.replicas;
    const bytes = newBytes();
    for (let repository = 0; repository < 45; repository++) await here.push(bytes, 'a', `r${repository}`);
    await here.push(newBytes(), 'a', 'r7');
    here.clock.advance(GRACE + 1);
    const sizes: number[] = [];
    const database: Database = Object.create(a, {
      db: { value: a.db },
      write: {
        value: (write: typeof removeLinks, input: { links: readonly LinkKey[]; cutoff: number }) => {
          sizes.push(new Set(input.links.map((link) => link.repository_id)).size);
          return a.write(write, input);
        },
      },
    });
    const tally = emptyTally();
    const at = here.clock.now();
    const { store } = here;
    await sweepLinks({ database, store, at, cutoff: at - GRACE, dryRun: false, tally, signal: never });
    assert.deepEqual(sizes, [10, 10, 10, 10, 5]);
    assert.equal(tally.removed.links, 46);
  });

  test('the race of a sweep with a push of the same digest: whichever is first, the blob that was acknowledged has its bytes', async (t) => {
    await using here = await Installation.open(open);
    const { a } = here.replicas;
    const orders = { before: 0, after: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = newBytes();
      const digests = [digestOf(bytes)];
      const old = await here.push(bytes);
      here.clock.advance(GRACE + 1);
      const place = here.place();
      const repository = await findRepository(a.db, here.regionId, place.repository);
      assert.ok(repository);
      const cutoff = here.clock.now() - GRACE;
      const links = digests.map((each) => ({ repository_id: repository.id, digest: each }));
      await a.write(removeLinks, { links, cutoff });
      const sweep = async (): Promise<void> => {
        const removed = await a.write(removeBlobs, { regionId: here.regionId, digests, cutoff });
        for (const { storage_key } of removed) await here.store.remove(storage_key);
      };
      const sealed = await here.seal(bytes);
      const swept = round % 2 === 0 ? sweep() : undefined;
      const [key] = await Promise.all([here.finish(sealed, 'b'), swept ?? sweep()]);
      orders[key === old ? 'before' : 'after']++;
      const row = await findBlob(a.db, here.regionId, digests[0] ?? '');
      assert.equal(row?.storageKey, key);
      assert.equal(await here.store.stat(key), 100, `round ${round}: the bytes are there`);
      assert.ok(await findRepositoryBlob(a.db, repository, digests[0] ?? ''));
    }
    t.diagnostic(`the push was first ${orders.before} times, the sweep ${orders.after}`);
  });

  test('the race of a sweep with a mount: it either finds the blob, whole and linked, or is told to push', async () => {
    await using here = await Installation.open(open);
    const { a, b } = here.replicas;
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = newBytes();
      const [digest] = [digestOf(bytes)];
      const key = await here.push(bytes);
      here.clock.advance(GRACE + 1);
      const source = await findRepository(a.db, here.regionId, here.place().repository);
      assert.ok(source);
      const cutoff = here.clock.now() - GRACE;
      const sweep = async (): Promise<void> => {
        await a.write(removeLinks, { links: [{ repository_id: source.id, digest }], cutoff });
        const input = { regionId: here.regionId, digests: [digest], cutoff };
        for (const { storage_key } of await a.write(removeBlobs, input)) await here.store.remove(storage_key);
      };
      const place = here.place(`mounted-${round}`);
      const [mounted] = await Promise.all([b.write(mountBlob, { place, digest, from: source.id }), sweep()]);
      const target = await findRepository(a.db, here.regionId, place.repository);
      const held = target && (await findRepositoryBlob(a.db, target, digest));
      assert.equal(held !== undefined, mounted);
      assert.equal(await here.store.stat(key), mounted ? 100 : undefined);
    }
  });

  test('the race of a sweep with a manifest: what is accepted refers to links that are there', async () => {
    await using here = await Installation.open(open);
    const { a, b } = here.replicas;
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = newBytes();
      const layer = digestOf(bytes);
      await here.push(bytes);
      here.clock.advance(GRACE + 1);
      const place = here.place();
      const repository = await findRepository(a.db, here.regionId, place.repository);
      assert.ok(repository);
      const { repository_id: _, ...row } = manifestRow(repository.id);
      const reference = { kind: 'digest' as const, digest: row.digest as Digest };
      const by = { actor: systemActor('test'), accountId: '', repository: place.repository, at: place.at };
      const content = { where: 'layers[0]', kind: 'blob' as const, mediaType: LAYER, required: true };
      const contents = [{ ...content, digest: layer, size: bytes.length }];
      const manifest = { place, row, reference, by, tags: [], contents, guard: undefined };
      const links = [{ repository_id: repository.id, digest: layer }];
      const cutoff = here.clock.now() - GRACE;
      const [put, removed] = await Promise.all([
        b.write(putManifest, manifest).then(() => 'accepted', refusal),
        a.write(removeLinks, { links, cutoff }),
      ]);
      assert.deepEqual([put, removed], put === 'accepted' ? ['accepted', 0] : ['MANIFEST_BLOB_UNKNOWN', 1]);
      const held = await heldManifests(a.db, repository.id, [row.digest]);
      assert.equal(held.size, put === 'accepted' ? 1 : 0);
      assert.equal((await findRepositoryBlob(a.db, repository, layer)) !== undefined, put === 'accepted');
    }
  });

  test('condemned bytes are never named: a push that slept past its condemnation is refused, one that was faster is spared', async () => {
    await using here = await Installation.open(open);
    const { a, b } = here.replicas;
    for (let round = 0; round < ROUNDS; round++) {
      const name = `${here.regionId}/${randomUUID()}`;
      const row = { place: here.place(), uploadId: undefined, digest: digest(), size: 1, storageKey: name };
      const seen = { what: 'sealed' as const, seen: [{ name, progress: 0 }], at: 1, cutoff: 1 };
      assert.deepEqual(await a.write(noteUnnamed, { ...seen, cutoff: 0 }), []);
      const [pushed, condemned] = await Promise.all([
        b.write(finishBlob, row).then(() => 'pushed', refusal),
        a.write(noteUnnamed, seen),
      ]);
      assert.deepEqual(condemned, pushed === 'pushed' ? [] : [name]);
      assert.ok(['pushed', 'BLOB_UPLOAD_UNKNOWN'].includes(pushed));
    }
    const late = `${here.regionId}/${randomUUID()}`;
    const seen = { what: 'sealed' as const, seen: [{ name: late, progress: 0 }], at: 1, cutoff: 1 };
    await a.write(noteUnnamed, seen);
    assert.deepEqual(await a.write(noteUnnamed, seen), [late]);
    const row = { place: here.place(), uploadId: undefined, digest: digest(), size: 1, storageKey: late };
    await assert.rejects(b.write(finishBlob, row), { code: 'BLOB_UPLOAD_UNKNOWN' });
  });
});

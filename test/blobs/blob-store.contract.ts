import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { BlobStore } from '../../src/blobs/blob-store.ts';
import { digestOf } from '../../src/oci/digest.ts';
import {
  Collector,
  chunks,
  cutOff,
  keysOf,
  MIB,
  newRegion,
  noise,
  type OpenStore,
  pushBlob,
  readBlob,
  refusedWith,
  stalling,
} from './blob-fixtures.ts';
import { modelTest } from './blob-store.model.ts';
import { closingContract } from './closing.contract.ts';

interface ContractOptions {
  /** How many random histories the model test plays. */
  readonly histories?: number;
  /** Why the store cannot be tested here. */
  readonly skip?: string | false;
}

/** Every sentence of the interface. `open` opens the same storage again each time, as a restarted process would. */
export const blobStoreContract = (
  name: string,
  open: OpenStore,
  { histories = 60, skip = false }: ContractOptions = {},
): void => {
  suite(`the blob store contract on ${name}`, { skip }, () => {
    let store: BlobStore & AsyncDisposable;
    const region = newRegion();
    before(async () => {
      store = await open();
    });
    after(() => store[Symbol.asyncDispose]());

    const reopened = async <T>(work: (store: BlobStore) => Promise<T>): Promise<T> => {
      await using other = await open();
      return await work(other);
    };
    /** Ids and keys that reach for something outside the store or were never given out. */
    const foreignIds = (): string[] => [
      '',
      '.',
      '..',
      `${region}.${randomUUID()}`,
      `../${region}/staging/${region}.${randomUUID()}`,
      `..%2f${region}.${randomUUID()}`,
      `/etc/passwd`,
      `${region}\0.${randomUUID()}`,
      'constructor',
    ];

    test('begin: ids are unguessable and never reused', async () => {
      const ids = await Promise.all(Array.from({ length: 20 }, () => store.begin(region)));
      assert.equal(new Set(ids).size, ids.length);
      for (const id of ids)
        assert.match(id, /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/);
      await Promise.all(ids.map((id) => store.abort(id)));
    });

    test('begin: a new staging place holds 0 bytes, here and after a restart', async () => {
      const id = await store.begin(region);
      assert.equal(await store.staged(id), 0);
      assert.equal(await reopened((other) => other.staged(id)), 0);
    });

    test('append: bytes come behind what is staged and the new size is returned', async () => {
      const id = await store.begin(region);
      assert.equal(await store.append(id, 0, chunks(noise(100_000))), 100_000);
      assert.equal(await store.append(id, 100_000, chunks(noise(5, 100_000))), 100_005);
      assert.equal(await store.append(id, 100_005, chunks(noise(0))), 100_005);
      assert.equal(await store.staged(id), 100_005);
      const { key, size } = await store.seal(id, digestOf(noise(100_005)));
      assert.equal(size, 100_005);
      assert.deepEqual(await readBlob(store, key), noise(100_005));
    });

    test('append: an offset that leaves a gap or goes back is RANGE_INVALID and changes nothing', async () => {
      const id = await store.begin(region);
      await store.append(id, 0, chunks(noise(10)));
      for (const offset of [0, 9, 11, 1e9, -1, Number.NaN]) {
        await assert.rejects(store.append(id, offset, chunks(noise(3))), refusedWith('RANGE_INVALID'));
      }
      assert.equal(await store.staged(id), 10);
      await store.seal(id, digestOf(noise(10)));
    });

    test('append, seal: an unknown id is BLOB_UPLOAD_UNKNOWN; staged answers undefined', async () => {
      for (const id of foreignIds()) {
        await assert.rejects(store.append(id, 0, chunks(noise(1))), refusedWith('BLOB_UPLOAD_UNKNOWN'), id);
        await assert.rejects(store.seal(id, digestOf(noise(0))), refusedWith('BLOB_UPLOAD_UNKNOWN'), id);
        assert.equal(await store.staged(id), undefined, id);
      }
    });

    test('append: while one runs another is RANGE_INVALID, takes nothing from its source and harms nothing', async () => {
      const id = await store.begin(region);
      const first = stalling(noise(1000));
      const running = store.append(id, 0, first.source);
      await first.stalled;
      let taken = false;
      const second = (async function* () {
        taken = true;
        yield noise(7);
      })();
      await assert.rejects(store.append(id, 0, second), refusedWith('RANGE_INVALID'));
      await assert.rejects(store.append(id, 1000, second), refusedWith('RANGE_INVALID'));
      assert.equal(taken, false);
      first.goOn();
      assert.equal(await running, 1000);
      await store.seal(id, digestOf(noise(1000)));
    });

    test('append: when the source fails its error is rethrown and the bytes before it stay', async () => {
      const id = await store.begin(region);
      const failure = new Error('the client is gone');
      await assert.rejects(
        store.append(id, 0, cutOff(noise(300_000), failure)),
        (error) => error === failure,
      );
      assert.equal(await store.staged(id), 300_000);
      assert.equal(await store.append(id, 300_000, chunks(noise(10, 300_000))), 300_010);
      await store.seal(id, digestOf(noise(300_010)));
    });

    test('append: when the signal fires while the source hangs, its reason is thrown and the bytes stay', async () => {
      const id = await store.begin(region);
      const hanging = stalling(noise(200_000));
      const controller = new AbortController();
      const running = store.append(id, 0, hanging.source, controller.signal);
      await hanging.stalled;
      const reason = new Error('shutting down');
      controller.abort(reason);
      await assert.rejects(running, (error) => error === reason);
      hanging.goOn();
      assert.equal(await store.staged(id), 200_000);
      assert.equal(await reopened((other) => other.staged(id)), 200_000);
      await store.seal(id, digestOf(noise(200_000)));
    });

    test('append: a signal that has fired takes nothing', async () => {
      const id = await store.begin(region);
      await assert.rejects(
        store.append(id, 0, chunks(noise(9)), AbortSignal.abort(new Error('late'))),
        /late/,
      );
      assert.equal(await store.staged(id), 0);
    });

    test('append: with a length, more or fewer bytes are SIZE_INVALID and the staging is as before', async () => {
      const said = 6 * MIB;
      for (const before of [0, 1000, 7 * MIB]) {
        const id = await store.begin(region);
        await store.append(id, 0, chunks(noise(before)), undefined, before);
        for (const came of [said - 1, said + 1, said + 6 * MIB, 0]) {
          await assert.rejects(
            store.append(id, before, chunks(noise(came)), undefined, said),
            refusedWith('SIZE_INVALID'),
          );
          assert.equal(await store.staged(id), before);
          assert.equal(await reopened((other) => other.staged(id)), before);
        }
        const rest = noise(said, before);
        assert.equal(await store.append(id, before, chunks(rest), undefined, said), before + said);
        const { key } = await store.seal(id, digestOf(noise(before + said)));
        assert.ok((await readBlob(store, key)).equals(noise(before + said)));
      }
    });

    test('append: a source that fails before its length keeps what came, to be gone on with', async () => {
      const id = await store.begin(region);
      await assert.rejects(
        store.append(id, 0, cutOff(noise(5000), new Error('cut off')), undefined, 9000),
        /cut off/,
      );
      assert.equal(await store.staged(id), 5000);
      assert.equal(await store.append(id, 5000, chunks(noise(4000, 5000)), undefined, 4000), 9000);
      await store.seal(id, digestOf(noise(9000)));
    });

    test('seal: nothing is visible before it, everything after it, and the staging id is unknown then', async () => {
      const place = newRegion();
      const id = await store.begin(place);
      await store.append(id, 0, chunks(noise(70_000)));
      assert.deepEqual(await keysOf(store, place), []);
      const digest = digestOf(noise(70_000));
      const { key, size } = await store.seal(id, digest);
      assert.equal(size, 70_000);
      assert.deepEqual(await keysOf(store, place), [key]);
      assert.equal(await store.stat(key), 70_000);
      assert.equal(await store.staged(id), undefined);
      await assert.rejects(store.append(id, 70_000, chunks(noise(1))), refusedWith('BLOB_UPLOAD_UNKNOWN'));
      await assert.rejects(store.seal(id, digest), refusedWith('BLOB_UPLOAD_UNKNOWN'));
      await store.abort(id);
      assert.deepEqual(await reopened((other) => readBlob(other, key)), noise(70_000));
    });

    test('seal: a wrong digest is DIGEST_INVALID, publishes nothing, and the staging goes on', async () => {
      const place = newRegion();
      const id = await store.begin(place);
      await store.append(id, 0, chunks(noise(1000)));
      for (const wrong of [digestOf(noise(999)), digestOf(noise(1001)), digestOf(noise(999), 'sha512')]) {
        await assert.rejects(store.seal(id, wrong), refusedWith('DIGEST_INVALID'));
      }
      assert.equal(await store.staged(id), 1000);
      assert.deepEqual(await keysOf(store, place), []);
      assert.equal(await store.append(id, 1000, chunks(noise(500, 1000))), 1500);
      await assert.rejects(store.seal(id, digestOf(noise(1000))), refusedWith('DIGEST_INVALID'));
      const { key } = await store.seal(id, digestOf(noise(1500)));
      assert.deepEqual(await readBlob(store, key), noise(1500));
    });

    test('seal: sha512 may be chosen at the end', async () => {
      const id = await store.begin(region);
      await store.append(id, 0, chunks(noise(2 * MIB + 1)));
      const { key } = await store.seal(id, digestOf(noise(2 * MIB + 1), 'sha512'));
      assert.deepEqual(await readBlob(store, key), noise(2 * MIB + 1));
    });

    test('seal: bytes written by a process that is gone are verified too, and stay when they are wrong', async () => {
      const bytes = noise(6 * MIB + 3);
      const id = await reopened(async (other) => {
        const begun = await other.begin(region);
        await other.append(begun, 0, chunks(bytes.subarray(0, 6 * MIB)));
        return begun;
      });
      assert.equal(await store.staged(id), 6 * MIB);
      await store.append(id, 6 * MIB, chunks(bytes.subarray(6 * MIB)));
      const place = await keysOf(store, region);
      for (const wrong of [digestOf(noise(5)), digestOf(noise(5), 'sha512')]) {
        await assert.rejects(
          reopened((other) => other.seal(id, wrong)),
          refusedWith('DIGEST_INVALID'),
        );
        assert.equal(await store.staged(id), bytes.byteLength);
        assert.deepEqual(await keysOf(store, region), place);
      }
      const { key, size } = await reopened((other) => other.seal(id, digestOf(bytes)));
      assert.equal(size, bytes.byteLength);
      assert.ok((await readBlob(store, key)).equals(bytes));
    });

    test('seal: the empty blob is a blob', async () => {
      for (const algorithm of ['sha256', 'sha512'] as const) {
        const id = await store.begin(region);
        const { key, size } = await store.seal(id, digestOf(noise(0), algorithm));
        assert.equal(size, 0);
        assert.equal(await store.stat(key), 0);
        assert.deepEqual(await readBlob(store, key), noise(0));
      }
    });

    test('seal: the same bytes sealed twice at once get two names, and removing one leaves the other', async () => {
      const bytes = noise(1234);
      const [one, two] = await Promise.all([pushBlob(store, region, bytes), pushBlob(store, region, bytes)]);
      assert.notEqual(one, two);
      await store.remove(one);
      assert.equal(await store.stat(one), undefined);
      assert.deepEqual(await readBlob(store, two), bytes);
    });

    test('abort: forgets the staging for good, also while another request writes to it', async () => {
      const id = await store.begin(region);
      const writing = stalling(noise(1000));
      const running = store.append(id, 0, writing.source);
      await writing.stalled;
      await store.abort(id);
      writing.goOn();
      await assert.rejects(running, refusedWith('BLOB_UPLOAD_UNKNOWN'));
      assert.equal(await store.staged(id), undefined);
      assert.equal(await reopened((other) => other.staged(id)), undefined);
      await assert.rejects(store.append(id, 0, chunks(noise(1))), refusedWith('BLOB_UPLOAD_UNKNOWN'));
    });

    test('abort, remove: what is unknown or outside the store is no error and nothing is removed', async () => {
      const key = await pushBlob(store, region, noise(50));
      for (const id of [...foreignIds(), key, `../${key}`, `${region}/../${key}`]) await store.abort(id);
      for (const id of [...foreignIds(), `../${key}`, `${region}/../${key}`, `/${key}`])
        await store.remove(id);
      assert.equal(await store.stat(key), 50);
    });

    test('send: BLOB_UNKNOWN before the first byte for what is absent, removed or outside the store', async () => {
      const key = await pushBlob(store, region, noise(50));
      await readBlob(store, key);
      await store.remove(key);
      await store.remove(key);
      for (const absent of [...foreignIds(), key, `../${key}`, `${region}/../${key}`]) {
        const sink = new Collector();
        await assert.rejects(store.send(absent, sink), refusedWith('BLOB_UNKNOWN'), absent);
        assert.equal(sink.received.length, 0);
        assert.equal(await store.stat(absent), undefined, absent);
      }
    });

    test('send: a range holds both its ends', async () => {
      const bytes = noise(1_000_003);
      const key = await pushBlob(store, region, bytes);
      for (const [first, last] of [
        [0, 0],
        [0, 1],
        [1_000_002, 1_000_002],
        [65_535, 65_536],
        [1, 900_000],
        [262_143, 786_432],
        [0, 1_000_002],
      ] as const) {
        assert.deepEqual(
          await readBlob(store, key, first, last),
          bytes.subarray(first, last + 1),
          `${first}-${last}`,
        );
      }
    });

    test('send: a slow receiver never has more than a bounded amount waiting and gets the right bytes', async () => {
      const bytes = noise(8 * MIB + 77);
      const key = await pushBlob(store, region, bytes);
      const sinks = Array.from({ length: 4 }, () => new Collector(() => turn()));
      await Promise.all(sinks.map((sink) => store.send(key, sink)));
      for (const sink of sinks) {
        assert.ok(sink.bytes.equals(bytes));
        assert.ok(sink.mostWaiting <= MIB, `${sink.mostWaiting} bytes waited in the stream`);
      }
    });

    test('send: ends with the reason when the signal fires, and with an error when the receiver closes', async () => {
      const key = await pushBlob(store, region, noise(4 * MIB));
      const controller = new AbortController();
      const never = new Promise<never>(() => undefined);
      const stuck = (then: () => void): Collector =>
        new Collector(() => {
          setImmediate(then);
          return never;
        });
      const aborted = stuck(() => controller.abort(new Error('drained')));
      await assert.rejects(store.send(key, aborted, undefined, controller.signal), /drained/);
      const closing: Collector = stuck(() => closing.destroy());
      await assert.rejects(store.send(key, closing));
      assert.deepEqual(await readBlob(store, key), noise(4 * MIB));
    });

    test('list: all names below its region and no others', async () => {
      const [here, there] = [newRegion(), newRegion()];
      assert.deepEqual(await keysOf(store, here), []);
      const keys = await Promise.all([1, 2, 3, 4, 5].map((size) => pushBlob(store, here, noise(size))));
      await pushBlob(store, there, noise(6));
      const id = await store.begin(here);
      await store.append(id, 0, chunks(noise(9)));
      assert.deepEqual(await keysOf(store, here), keys.sort());
    });

    test('list: all staging places of its region and no others, also those that a seal or an abort ended', async () => {
      const here = newRegion();
      const staged = async (): Promise<string[]> => {
        const ids: string[] = [];
        for await (const id of store.list(here, 'staged')) ids.push(id);
        return ids.sort();
      };
      assert.deepEqual(await staged(), []);
      await pushBlob(store, here, noise(3));
      await store.begin(newRegion());
      const ids = [await store.begin(here), await store.begin(here)];
      await store.append(ids[0] ?? '', 0, chunks(noise(9)));
      assert.deepEqual(await staged(), ids.toSorted());
      for (const id of ids) await store.abort(id);
      assert.deepEqual(await staged(), []);
    });

    test('check: answers while the store works', async () => {
      await Promise.all([store.check(), store.check()]);
    });

    closingContract({ open, current: () => store, region });
    modelTest(open, region, histories);
  });
};

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BlobStore } from '../../src/blobs/blob-store.ts';
import { digestOf } from '../../src/oci/digest.ts';
import {
  chunks,
  cutOff,
  keysOf,
  MIB,
  noise,
  type OpenStore,
  readBlob,
  refusedWith,
  stalling,
} from './blob-fixtures.ts';

/** What the last bytes of an upload are that come with the request which seals it. */
export const closingContract = ({
  open,
  current: store,
  region,
}: {
  readonly open: OpenStore;
  readonly current: () => BlobStore;
  readonly region: string;
}): void => {
  const reopened = async <T>(work: (store: BlobStore) => Promise<T>): Promise<T> => {
    await using other = await open();
    return await work(other);
  };
  const restOf = (bytes: Uint8Array, offset: number, size?: number) => ({
    offset,
    bytes: chunks(bytes.subarray(offset), size),
  });

  test('seal: last bytes come behind what is staged, also a chunk larger than what is kept in memory', async () => {
    for (const before of [0, 1000, 7 * MIB]) {
      for (const algorithm of ['sha256', 'sha512'] as const) {
        const bytes = noise(before + 6 * MIB);
        const id = await store().begin(region);
        if (before > 0) await store().append(id, 0, chunks(noise(before)));
        const { key, size } = await store().seal(id, digestOf(bytes, algorithm), restOf(bytes, before));
        assert.equal(size, bytes.byteLength);
        assert.ok((await readBlob(store(), key)).equals(bytes));
        assert.equal(await store().staged(id), undefined);
      }
    }
  });

  test('seal: last bytes that break off or are not those of the digest are dropped, here and after a restart', async () => {
    for (const before of [0, 1000, 7 * MIB]) {
      const bytes = noise(before + 6 * MIB);
      const id = await store().begin(region);
      if (before > 0) await store().append(id, 0, chunks(noise(before)));
      const place = await keysOf(store(), region);
      const digest = digestOf(bytes);
      const rest = () => restOf(bytes, before);
      const cut = { offset: before, bytes: cutOff(noise(5 * MIB + 7, before), new Error('cut off')) };
      const stop = new AbortController();
      const hanging = stalling(noise(MIB, before));
      void hanging.stalled.then(() => stop.abort(new Error('shutting down')));
      for (const [failing, error] of [
        [() => store().seal(id, digest, cut), /cut off/],
        [() => store().seal(id, digestOf(noise(9)), rest()), refusedWith('DIGEST_INVALID')],
        [() => store().seal(id, digestOf(noise(9), 'sha512'), rest()), refusedWith('DIGEST_INVALID')],
        [() => store().seal(id, digest, { ...rest(), length: 7 * MIB }), refusedWith('SIZE_INVALID')],
        [() => store().seal(id, digest, { ...rest(), offset: before + 1 }), refusedWith('RANGE_INVALID')],
        [
          () => store().seal(id, digest, { offset: before, bytes: hanging.source, signal: stop.signal }),
          /shutting down/,
        ],
        [
          () => reopened((other) => other.seal(id, digestOf(noise(9)), rest())),
          refusedWith('DIGEST_INVALID'),
        ],
      ] as const) {
        await assert.rejects(failing(), error);
        assert.equal(await store().staged(id), before);
        assert.equal(await reopened((other) => other.staged(id)), before);
        assert.deepEqual(await keysOf(store(), region), place);
      }
      hanging.goOn();
      const { key } = await store().seal(id, digest, rest());
      assert.ok((await readBlob(store(), key)).equals(bytes));
    }
  });

  test('seal: last bytes whose process is gone do not count: another one takes the same request', async () => {
    for (const before of [0, 1000, 7 * MIB]) {
      const bytes = noise(before + 6 * MIB);
      const gone = await open();
      const id = await gone.begin(region);
      if (before > 0) await gone.append(id, 0, chunks(noise(before)));
      const hanging = stalling(noise(6 * MIB - 1, before));
      void gone.seal(id, digestOf(bytes), { offset: before, bytes: hanging.source }).catch(() => undefined);
      await hanging.stalled;
      await reopened(async (other) => {
        assert.equal(await other.staged(id), before);
        const { key } = await other.seal(id, digestOf(bytes), restOf(bytes, before));
        assert.ok((await readBlob(other, key)).equals(bytes));
        assert.equal(await other.staged(id), undefined);
      });
      await gone[Symbol.asyncDispose]();
    }
  });

  test('abort: forgets a staging whose last bytes are coming, and one that a process left so', async () => {
    const staged = async (): Promise<string[]> => {
      const ids: string[] = [];
      for await (const id of store().list(region, 'staged')) ids.push(id);
      return ids;
    };
    for (const isGone of [false, true]) {
      const id = await store().begin(region);
      const hanging = stalling(noise(1000));
      const running = store().seal(id, digestOf(noise(5)), { offset: 0, bytes: hanging.source });
      running.catch(() => undefined);
      await hanging.stalled;
      assert.ok((await staged()).includes(id));
      if (isGone) await reopened((other) => other.abort(id));
      else await store().abort(id);
      hanging.goOn();
      await assert.rejects(running);
      assert.ok(!(await staged()).includes(id));
      assert.equal(await store().staged(id), undefined);
    }
  });
};

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import type { BlobStore } from '../../src/blobs/blob-store.ts';
import { digestOf } from '../../src/oci/digest.ts';
import {
  Collector,
  keysOf,
  MIB,
  newRegion,
  noise,
  type OpenStore,
  readBlob,
  refusedWith,
} from './blob-fixtures.ts';

/** What is promised of bytes that keep the name they had in another store. */
export const adoptContract = (name: string, open: OpenStore, skip: string | false = false): void => {
  suite(`adopted bytes in ${name}`, { skip }, () => {
    let store: BlobStore & AsyncDisposable;
    before(async () => {
      store = await open();
    });
    after(() => store[Symbol.asyncDispose]());

    /** The names that a folder and a bucket give. */
    const namesFor = (region: string, bytes: Uint8Array): string[] => {
      const hex = digestOf(bytes).slice(7);
      const long = digestOf(bytes, 'sha512').slice(7);
      return [
        `${region}/sha256/${hex.slice(0, 2)}/${hex}.${randomUUID()}`,
        `${region}/sha512/${long.slice(0, 2)}/${long}.${randomUUID()}`,
        `${region}/sealed/${randomUUID()}`,
      ];
    };
    const adopt = (key: string, bytes: Uint8Array, digest = digestOf(bytes)): Promise<void> =>
      store.adopt({ key, digest, size: bytes.byteLength }, async (sink) => {
        for (let at = 0; at < bytes.byteLength; at += 100_000) {
          // a sender uses its buffer again as soon as a chunk is written
          const chunk = Buffer.from(bytes.subarray(at, at + 100_000));
          await new Promise<void>((resolve, reject) =>
            sink.write(chunk, (error) => (error ? reject(error) : resolve())),
          );
          chunk.fill(0);
        }
      });

    test('bytes of every size are read, listed and removed under the name that another store gave them', async () => {
      const region = newRegion();
      const all: string[] = [];
      for (const size of [0, 1, 70_000, 3 * MIB])
        for (const key of namesFor(region, noise(size))) {
          await adopt(key, noise(size));
          all.push(key);
          assert.equal(await store.stat(key), size);
          assert.ok((await readBlob(store, key)).equals(noise(size)));
        }
      assert.deepEqual(await keysOf(store, region), all.toSorted());
      await using reopened = await open();
      assert.deepEqual(await keysOf(reopened, region), all.toSorted());
      for (const key of all) await store.remove(key);
      assert.deepEqual(await keysOf(store, region), []);
      await assert.rejects(store.send(all[0] ?? '', new Collector()), refusedWith('BLOB_UNKNOWN'));
    });

    test('bytes with another digest are refused, and so are those whose source fails: nothing is left of them', async () => {
      const region = newRegion();
      for (const key of namesFor(region, noise(5))) {
        await assert.rejects(adopt(key, noise(6), digestOf(noise(5))), refusedWith('DIGEST_INVALID'));
        const failing = store.adopt({ key, digest: digestOf(noise(5)), size: 5 }, async (sink) => {
          sink.write(noise(3));
          throw new Error('the source is gone');
        });
        await assert.rejects(failing, /the source is gone/);
        assert.equal(await store.stat(key), undefined);
      }
      assert.deepEqual(await keysOf(store, region), []);
      for await (const id of store.list(region, 'staged')) assert.fail(id);
    });

    test('a name that no store gives is refused', async () => {
      const region = newRegion();
      for (const key of ['', '../x', `${region}/sealed/../x`, `${region}/staging/${randomUUID()}`, 'a/b/c'])
        await assert.rejects(async () => adopt(key, noise(3)), refusedWith('BLOB_UNKNOWN'));
    });

    test('bytes that are adopted again are the same bytes', async () => {
      const [key = ''] = namesFor(newRegion(), noise(9));
      await adopt(key, noise(9));
      await adopt(key, noise(9));
      assert.ok((await readBlob(store, key)).equals(noise(9)));
    });
  });
};

/*
 * The process that filesystem.test.ts kills: pushes blobs into the folder of its first argument, four at a time, for
 * ever, and tells on standard output what it was promised, one line each: `appended ID SIZE` and `sealed KEY`; and
 * `closing ID SIZE` before the last bytes come with the seal, which count with it or not at all.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { writeSync } from 'node:fs';
import { FilesystemBlobStore } from '../../src/blobs/filesystem.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { chunks } from './blob-fixtures.ts';

const store = await FilesystemBlobStore.open({ root: process.argv[2] ?? '' });

const push = async (): Promise<void> => {
  const bytes = randomBytes(randomInt(4) === 0 ? randomInt(3_000_000) : randomInt(5000));
  const id = await store.begin('local');
  const cut = randomInt(bytes.byteLength + 1);
  const digest = digestOf(bytes, randomInt(4) === 0 ? 'sha512' : 'sha256');
  const append = async (from: number, to: number): Promise<void> => {
    writeSync(1, `appended ${id} ${await store.append(id, from, chunks(bytes.subarray(from, to)))}\n`);
  };
  await append(0, cut);
  if (randomInt(2) === 0) {
    await append(cut, bytes.byteLength);
    writeSync(1, `sealed ${(await store.seal(id, digest)).key}\n`);
  } else {
    writeSync(1, `closing ${id} ${cut}\n`);
    const rest = { offset: cut, bytes: chunks(bytes.subarray(cut)) };
    writeSync(1, `sealed ${(await store.seal(id, digest, rest)).key}\n`);
  }
};

const pushForEver = async (): Promise<never> => {
  for (;;) await push();
};

await Promise.all([pushForEver(), pushForEver(), pushForEver(), pushForEver()]);

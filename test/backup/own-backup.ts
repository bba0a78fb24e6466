import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pinRows } from '../../src/backup/rows/pinned.ts';
import { claimTarget } from '../../src/backup/target/open.ts';
import { bytesOf } from '../../src/backup/target/target.ts';
import { FilesystemBlobStore } from '../../src/blobs/filesystem.ts';
import { systemClock } from '../../src/clock.ts';

/** A backup of the data folder of a server, as the command takes it, without a hold. Answers its id. */
export const backUp = async (data: string, to: string): Promise<string> => {
  const place = { engine: 'sqlite', file: join(data, 'tidegate.db') } as const;
  await using pinned = await pinRows({ place, scratch: data, clock: systemClock });
  const marker = pinned.facts.find(({ name }) => name === 'blob-store')?.value ?? '';
  await using opened = await claimTarget(to, marker);
  const { target } = opened;
  await using store = new FilesystemBlobStore({ root: join(data, 'blobs') });
  const copy = async (key: string): Promise<void> => {
    const pipe = new PassThrough();
    const chunks: Buffer[] = [];
    pipe.on('data', (chunk) => chunks.push(Buffer.from(chunk)));
    await store.send(key, pipe);
    await target.put(`pool/${key}`, bytesOf(Buffer.concat(chunks)));
  };
  const id = `${new Date(pinned.at).toISOString().replaceAll(/[-:]|\.\d+/g, '')}-${createHash('sha256').update(String(Math.random())).digest('hex').slice(0, 6)}`;
  await target.put(`snapshots/${id}/rows`, pinned.bytes());
  const { sha256, tables } = await pinned.summary;
  await copy(marker);
  let [blobs, bytes] = [0, 0];
  for await (const page of pinned.blobs())
    for (const { storageKey, size } of page) {
      if ((await target.stat(`pool/${storageKey}`)) === undefined) await copy(storageKey);
      blobs++;
      bytes += size;
    }
  const manifest = { at: pinned.at, marker, blobs, bytes, damaged: [], tables, rows: { sha256 } };
  await target.put(`snapshots/${id}/manifest.json`, bytesOf(JSON.stringify(manifest)));
  return id;
};

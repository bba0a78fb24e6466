import { dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { algorithmOf, RunningDigest } from '../oci/digest.ts';
import type { Adopted } from './blob-store.ts';
import { close, datasync, onDisk, open, rename, unlessAbsent, unlink, writeAll } from './disk.ts';
import type { DurableFolders } from './durable-folders.ts';
import { newStagingName, regionOfKey, stagingFolder, stagingPath } from './layout.ts';
import { digestMismatch } from './refusals.ts';

interface Place {
  readonly root: string;
  readonly folders: DurableFolders;
}

/**
 * Writes bytes to a staging file, and gives it its sealed name (`path`, below the root) once their digest was found right.
 * What a killed process leaves is a staging that nothing names.
 */
export const adoptFile = async (
  { root, folders }: Place,
  path: string,
  { key, digest }: Adopted,
  fill: (sink: Writable) => Promise<void>,
): Promise<void> => {
  const region = regionOfKey(key);
  await onDisk(Promise.all([folders.ensure(stagingFolder(region)), folders.ensure(dirname(path))]));
  const staged = stagingPath(root, newStagingName(region));
  try {
    const actual = await write(staged, new RunningDigest(algorithmOf(digest)), fill);
    if (actual !== digest) throw digestMismatch(actual, digest);
    await onDisk(rename(staged, join(root, path)));
  } catch (error) {
    await unlessAbsent(unlink(staged)).catch(() => undefined);
    throw error;
  }
  await onDisk(folders.sync(dirname(path)));
};

const write = async (path: string, running: RunningDigest, fill: (sink: Writable) => Promise<void>) => {
  const fd = await onDisk(open(path, 'wx'));
  try {
    let at = 0;
    const sink = new Writable({
      write(chunk: Uint8Array, _encoding, done) {
        running.update(chunk);
        onDisk(writeAll(fd, [chunk], at)).then(() => {
          at += chunk.byteLength;
          done();
        }, done);
      },
    });
    try {
      await fill(sink);
      sink.end();
      await finished(sink);
    } finally {
      sink.destroy();
    }
    await onDisk(datasync(fd));
    return running.finish();
  } finally {
    await close(fd);
  }
};

import {
  chmodSync,
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Replaces a file that only its owner may read. When it returns, the content and the name survive a power cut; a reader
 * sees the old content or the new one, never a part. All private files of the server are written by this function.
 */
export const writePrivateFile = (path: string, content: string): void => {
  // one fixed name: a process that was killed here leaves at most one such file, and the next write removes it
  const staged = join(dirname(path), `.${basename(path)}.new`);
  rmSync(staged, { force: true });
  try {
    writeSynced(staged, content);
    renameSync(staged, path);
  } finally {
    rmSync(staged, { force: true });
  }
  syncFolder(dirname(path));
};

/**
 * Makes a folder that only its owner may enter, and what is missing above it. The names of all folders it made survive a
 * power cut. Where the folder exists already its name is synced too: the process that made it may have been killed before.
 */
export const makePrivateFolder = (path: string): void => {
  const first = mkdirSync(path, { recursive: true, mode: 0o700 });
  const top = dirname(first ?? path);
  for (let above = dirname(path); ; above = dirname(above)) {
    syncFolder(above);
    if (above === top || above === dirname(above)) return;
  }
};

/**
 * Takes the rights of other users from a file, where it is there and ours. A file of another user stays as it is: this process
 * reads it by a right that its mode gives.
 */
export const closeToOthers = (path: string): void => {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found?.isFile() || (found.mode & 0o077) === 0) return;
  const isOurs = found.uid === process.geteuid?.() || process.geteuid?.() === 0;
  if (isOurs) chmodSync(path, 0o600);
};

/** With `wx` and the mode, no other user can open the file at any time, and no link is followed. */
const writeSynced = (path: string, content: string): void => {
  const bytes = Buffer.from(content);
  const file = openSync(path, 'wx', 0o600);
  try {
    for (let written = 0; written < bytes.length; )
      written += writeSync(file, bytes, written, bytes.length - written);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
};

/** A folder that may be entered but not read cannot be opened for a sync, and one on a read-only disk needs none. */
const UNSYNCABLE = new Set(['EACCES', 'EPERM', 'EROFS', 'EINVAL']);

const syncFolder = (path: string): void => {
  let folder: number | undefined;
  try {
    folder = openSync(path, 'r');
    fsyncSync(folder);
  } catch (error) {
    if (!UNSYNCABLE.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    if (folder !== undefined) closeSync(folder);
  }
};

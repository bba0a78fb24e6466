/*
 * File system calls as promises over plain descriptors: a little cheaper than FileHandle, and a descriptor is a number
 * that caches can keep. Every call but `closeSynced` may wait for a disk, so it is not the synchronous one.
 */
import fs from 'node:fs';
import { RegistryError } from '../errors.ts';

type Done<T> = (error: NodeJS.ErrnoException | null, value: T) => void;

const call = <T>(start: (done: Done<T>) => void): Promise<T> =>
  new Promise((resolve, reject) => {
    start((error, value) => (error ? reject(error) : resolve(value)));
  });

const callVoid = (start: (done: (error: NodeJS.ErrnoException | null) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    start((error) => (error ? reject(error) : resolve()));
  });

export const open = (path: string, flags: string): Promise<number> =>
  call((done) => fs.open(path, flags, 0o600, done));

/** Errors of close are dropped: what matters was synced before, and nothing could be done about them. */
export const close = (fd: number): Promise<void> => new Promise((resolve) => fs.close(fd, () => resolve()));

/**
 * Closes what was synced and keeps its name: nothing is left to wait for, and to wake a thread costs ten times the call.
 * The last close of an unlinked file is another matter: it frees the blocks.
 */
export const closeSynced = (fd: number): void => {
  try {
    fs.closeSync(fd);
  } catch {
    // as above
  }
};

export const read = (fd: number, into: Uint8Array, length: number, position: number): Promise<number> =>
  call((done) => fs.read(fd, into, 0, length, position, done));

export const sizeOf = async (fd: number): Promise<number> =>
  (await call<fs.Stats>((done) => fs.fstat(fd, done))).size;

export const sizeAt = async (path: string): Promise<number> =>
  (await call<fs.Stats>((done) => fs.stat(path, done))).size;

/** Flushes the bytes and what is needed to read them back, the file's size included; not its times. */
export const datasync = (fd: number): Promise<void> => callVoid((done) => fs.fdatasync(fd, done));

export const sync = (fd: number): Promise<void> => callVoid((done) => fs.fsync(fd, done));

export const truncate = (fd: number, size: number): Promise<void> =>
  callVoid((done) => fs.ftruncate(fd, size, done));

export const rename = (from: string, to: string): Promise<void> =>
  callVoid((done) => fs.rename(from, to, done));

export const unlink = (path: string): Promise<void> => callVoid((done) => fs.unlink(path, done));

export const mkdir = (path: string): Promise<void> => callVoid((done) => fs.mkdir(path, 0o700, done));

/**
 * Writes all of `chunks` at `position`. A write that the disk cuts short reports no error, so what is left is
 * written again to learn it.
 */
export const writeAll = async (
  fd: number,
  chunks: readonly Uint8Array[],
  position: number,
): Promise<void> => {
  let left = chunks;
  let at = position;
  while (left.length > 0) {
    const written = await writeSome(fd, left, at);
    at += written;
    left = after(left, written);
    if (written === 0 && left.length > 0) throw Object.assign(new Error('nothing written'), { code: 'EIO' });
  }
};

const writeSome = (fd: number, chunks: readonly Uint8Array[], position: number): Promise<number> => {
  const [first] = chunks;
  if (chunks.length === 1 && first !== undefined) {
    return call((done) => fs.write(fd, first, 0, first.byteLength, position, done));
  }
  return call((done) => fs.writev(fd, chunks as Uint8Array[], position, done));
};

/** What remains of `chunks` without their first `count` bytes. */
const after = (chunks: readonly Uint8Array[], count: number): readonly Uint8Array[] => {
  let skip = count;
  for (const [index, chunk] of chunks.entries()) {
    if (skip < chunk.byteLength) return [chunk.subarray(skip), ...chunks.slice(index + 1)];
    skip -= chunk.byteLength;
  }
  return [];
};

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

export const isAbsent = (error: unknown): boolean => {
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
};

export const isPresent = (error: unknown): boolean => codeOf(error) === 'EEXIST';

/** What the disk's refusal means to a caller; a RegistryError passes unchanged. */
export const storageError = (error: unknown): RegistryError => {
  if (error instanceof RegistryError) return error;
  const code = codeOf(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new RegistryError('STORAGE_FULL', {
      reason: `the blob folder's disk is full (${code})`,
      cause: error,
    });
  }
  return new RegistryError('UNAVAILABLE', {
    reason: `the blob folder does not work (${code ?? error})`,
    cause: error,
  });
};

/** Awaits `work` and gives its failure the store's words. */
export const onDisk = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    throw storageError(error);
  }
};

/** The answer of `work`, or undefined where the file is absent. */
export const unlessAbsent = async <T>(work: Promise<T>): Promise<T | undefined> => {
  try {
    return await work;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw storageError(error);
  }
};

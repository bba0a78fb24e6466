/*
 * The names of all bytes of a snapshot, readable without a private key, so that a server can prune and verify what it has
 * sealed: a line for each in the order of the names, in one zstd frame.
 *
 *   <size> <digest, or - in a sealed target> <storage name>
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import { RegistryError } from '../../errors.ts';
import type { StoredBytes } from '../../registry/tx.ts';
import type { BackupTarget } from '../target/target.ts';
import { namesName, type SnapshotFile } from './manifest.ts';

export interface PoolName {
  readonly name: string;
  readonly size: number;
  /** Undefined in a sealed target, where each object proves itself when it is opened. */
  readonly digest: string | undefined;
}

const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
const LONGEST_LINE = 1024;
const NEWLINE = 10;
const LINE = /^(\d{1,15}) (-|[a-z0-9]{1,10}:[0-9a-f]{1,128}) ([\w./-]{1,512})$/;

/** Writes the names, page by page; answers what the manifest says of the object. */
export const writeNames = async (
  target: BackupTarget,
  id: string,
  pages: AsyncIterable<readonly StoredBytes[]>,
  { digests, signal }: { digests: boolean; signal: AbortSignal },
): Promise<SnapshotFile> => {
  const hash = createHash('sha256');
  let size = 0;
  async function* bytes(): AsyncIterable<Uint8Array> {
    const zstd = createZstdCompress(LEVEL);
    const written = pipeline(Readable.from(lines(), { objectMode: true }), zstd);
    // thrown by the loop below
    written.catch(() => undefined);
    for await (const chunk of zstd as AsyncIterable<Buffer>) {
      hash.update(chunk);
      size += chunk.byteLength;
      yield chunk;
    }
    await written;
  }
  async function* lines(): AsyncIterable<string> {
    for await (const page of pages) {
      const text = page.map((each) => `${each.size} ${digests ? each.digest : '-'} ${each.storageKey}\n`);
      if (text.length > 0) yield text.join('');
    }
  }
  await target.put(namesName(id), bytes(), { signal });
  return { size, sha256: hash.digest('hex') };
};

/** The names of a snapshot. Throws DIGEST_INVALID at the end where they are not those that were written. */
export async function* readNames(
  target: BackupTarget,
  id: string,
  expected: SnapshotFile,
  signal?: AbortSignal,
): AsyncIterable<PoolName> {
  const hash = createHash('sha256');
  let failure: unknown;
  async function* watched(): AsyncIterable<Uint8Array> {
    try {
      for await (const chunk of target.get(namesName(id), signal)) {
        hash.update(chunk);
        yield chunk;
      }
    } catch (error) {
      failure = error;
      throw error;
    }
  }
  const zstd = createZstdDecompress();
  const fed = pipeline(watched(), zstd);
  fed.catch(() => undefined);
  try {
    for await (const line of linesOf(zstd as AsyncIterable<Buffer>)) yield nameOf(line, id);
    await fed;
  } catch (cause) {
    if (failure !== undefined) throw failure;
    throw damagedNames(id, cause);
  } finally {
    zstd.destroy();
  }
  if (hash.digest('hex') !== expected.sha256) throw damagedNames(id);
}

const damagedNames = (id: string, cause?: unknown): RegistryError =>
  new RegistryError('DIGEST_INVALID', { message: `the list of names of the backup ${id} is damaged`, cause });

const nameOf = (line: string, id: string): PoolName => {
  const [, size, digest, name] = LINE.exec(line) ?? [];
  if (size === undefined || digest === undefined || name === undefined) throw damagedNames(id);
  return { name, size: Number(size), digest: digest === '-' ? undefined : digest };
};

async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncIterable<string> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = rest.byteLength > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let from = 0;
    for (let to = bytes.indexOf(NEWLINE); to >= 0; to = bytes.indexOf(NEWLINE, from)) {
      yield bytes.toString('latin1', from, to);
      from = to + 1;
    }
    rest = bytes.subarray(from);
    if (rest.byteLength > LONGEST_LINE) throw new Error('a line is too long');
  }
  if (rest.byteLength > 0) throw new Error('it is cut off');
}

import type { Db } from '../database/database.ts';
import { RegistryError } from '../errors.ts';
import { type StoredBytes, storedBytes } from '../registry/tx.ts';

/** Tells the operator how far a command is. */
export type Say = (line: string) => void;

const PAGE = 500;
const AT_ONCE = 4;
const TELL_EVERY = 100;

/** Bytes that are not what their row says. */
export interface Damage {
  readonly key: string;
  readonly what: string;
}

/** Several at once, page by page. A damaged blob does not stop the others; any other fault does. */
export const forEachBlob = async (
  db: Db,
  say: Say,
  done: string,
  work: (blob: StoredBytes) => Promise<void>,
): Promise<Damage[]> => {
  const damaged: Damage[] = [];
  let count = 0;
  let bytes = 0;
  const one = async (blob: StoredBytes): Promise<void> => {
    try {
      await work(blob);
    } catch (error) {
      if (!(error instanceof RegistryError) || !/^(DIGEST_INVALID|BLOB_UNKNOWN|NOT_FOUND)$/.test(error.code))
        throw error;
      damaged.push({ key: blob.storageKey, what: error.reason ?? error.message });
    }
    bytes += blob.size;
    if (++count % TELL_EVERY === 0) say(`Blobs ${done}: ${count}, ${megabytes(bytes)}`);
  };
  for (let after = ''; ; ) {
    const page = await storedBytes(db, after, PAGE);
    const waiting = [...page];
    const lane = async (): Promise<void> => {
      for (let blob = waiting.shift(); blob; blob = waiting.shift()) await one(blob);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    const last = page.at(-1);
    if (last === undefined) break;
    after = last.storageKey;
  }
  say(`Blobs ${done}: ${count}, ${megabytes(bytes)}, all`);
  return damaged;
};

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`;

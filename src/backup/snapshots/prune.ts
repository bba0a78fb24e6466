import { RegistryError } from '../../errors.ts';
import type { JournalPosition } from '../journal/objects.ts';
import { pruneJournal } from '../journal/reading.ts';
import type { BackupTarget } from '../target/target.ts';
import { removeUnfinished, snapshotIds } from './list.ts';
import {
  manifestName,
  namesName,
  type ReadManifest,
  readManifest,
  rowsName,
  timeOfSnapshot,
} from './manifest.ts';
import { readNames } from './names.ts';
import { POOL } from './pool.ts';
import { unionOfNames } from './union.ts';
import { snapshotUnknown } from './verify.ts';

/** Which backups go. The newest of all always stays, unless it is named. */
export type PruneChoice =
  | { readonly keep: number }
  /** Those of before this time, epoch milliseconds. */
  | { readonly before: number }
  | { readonly snapshot: string };

export type PruneEvent =
  | { readonly kind: 'removed'; readonly snapshot: string }
  | {
      readonly kind: 'progress' | 'end';
      /** Removed, and kept. */
      readonly snapshots: number;
      readonly kept: number;
      readonly blobs: number;
      readonly bytes: number;
    };

const PROGRESS = 200;

/**
 * Removes backups, and the bytes that none of the others names. Everything that is kept is read before anything is removed:
 * where the names of one cannot be, nothing goes.
 */
export async function* prune(
  target: BackupTarget,
  choice: PruneChoice,
  { dryRun, signal }: { dryRun: boolean; signal: AbortSignal },
): AsyncGenerator<PruneEvent> {
  const ids = await snapshotIds(target);
  const going = new Set(chosen(ids, choice, target.name));
  const kept = await readKept(
    target,
    ids.filter((id) => !going.has(id)),
    signal,
  );
  yield { kind: 'progress', snapshots: 0, kept: kept.length, blobs: 0, bytes: 0 };
  for (const id of going) {
    signal.throwIfAborted();
    // the manifest first: without it the rest is no backup
    if (!dryRun)
      for (const name of [manifestName(id), rowsName(id), namesName(id)]) await target.remove(name);
    yield { kind: 'removed', snapshot: id };
  }
  const counts = { snapshots: going.size, kept: kept.length, blobs: 0, bytes: 0 };
  for await (const { name, size } of unnamed(target, kept, signal)) {
    signal.throwIfAborted();
    if (!dryRun) await target.remove(name);
    counts.blobs++;
    counts.bytes += size;
    if (counts.blobs % PROGRESS === 0) yield { kind: 'progress', ...counts };
  }
  if (!dryRun) {
    await removeUnfinished(target, signal);
    await pruneJournal(target, oldestPosition(kept));
  }
  yield { kind: 'end', ...counts };
}

const chosen = (ids: readonly string[], choice: PruneChoice, target: string): readonly string[] => {
  if ('snapshot' in choice) {
    if (!ids.includes(choice.snapshot)) throw snapshotUnknown(choice.snapshot, target);
    return [choice.snapshot];
  }
  if ('keep' in choice) return ids.slice(Math.max(1, choice.keep));
  return ids.slice(1).filter((id) => (timeOfSnapshot(id) ?? choice.before) < choice.before);
};

const readKept = async (
  target: BackupTarget,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<ReadManifest[]> => {
  const kept: ReadManifest[] = [];
  for (const id of ids) {
    try {
      const manifest = await readManifest(target, id, signal);
      for await (const _ of readNames(target, id, manifest.names, signal));
      kept.push(manifest);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof RegistryError)) throw error;
      throw new RegistryError('UNAVAILABLE', {
        message: `nothing was removed, because it is not known what the backup ${id} needs: ${error.message}. Remove that one by --snapshot ${id} if nothing can be done about it`,
        cause: error,
      });
    }
  }
  return kept;
};

/** What of the pool no backup names. */
async function* unnamed(
  target: BackupTarget,
  kept: readonly ReadManifest[],
  signal: AbortSignal,
): AsyncIterable<{ name: string; size: number }> {
  const names = unionOfNames(target, kept, signal)[Symbol.asyncIterator]();
  try {
    let named = await names.next();
    for await (const object of target.list(POOL)) {
      while (!named.done && POOL + named.value.name < object.name) named = await names.next();
      if (named.done || POOL + named.value.name !== object.name) yield object;
    }
  } finally {
    await names.return?.();
  }
}

/** One without a position needs the whole journal. */
const oldestPosition = (kept: readonly ReadManifest[]): JournalPosition | undefined => kept.at(-1)?.journal;

import { RegistryError } from '../../errors.ts';
import type { BackupTarget } from '../target/target.ts';
import { manifestName, type ReadManifest, readManifest, SNAPSHOTS, timeOfSnapshot } from './manifest.ts';

/** What stands below snapshots/, by id, oldest first. */
export interface SnapshotObjects {
  readonly id: string;
  readonly names: readonly string[];
  /** It has a manifest. */
  readonly isWhole: boolean;
}

export async function* snapshotObjects(target: BackupTarget): AsyncIterable<SnapshotObjects> {
  let id: string | undefined;
  let names: string[] = [];
  const group = (of: string): SnapshotObjects => ({
    id: of,
    names,
    isWhole: names.includes(manifestName(of)) && timeOfSnapshot(of) !== undefined,
  });
  for await (const { name } of target.list(SNAPSHOTS)) {
    const next = name.slice(SNAPSHOTS.length).split('/', 1)[0] ?? '';
    if (id !== undefined && next !== id) {
      yield group(id);
      names = [];
    }
    id = next;
    names.push(name);
  }
  if (id !== undefined) yield group(id);
}

/** The ids of all backups in the target, newest first. */
export const snapshotIds = async (target: BackupTarget): Promise<string[]> => {
  const ids: string[] = [];
  for await (const { id, isWhole } of snapshotObjects(target)) if (isWhole) ids.push(id);
  return ids.reverse();
};

/** Removes what backups left that never ended. Of those that are on their way there is none, for there is one at a time. */
export const removeUnfinished = async (target: BackupTarget, signal?: AbortSignal): Promise<void> => {
  const left: string[] = [];
  for await (const { names, isWhole } of snapshotObjects(target)) if (!isWhole) left.push(...names);
  for (const name of left) {
    signal?.throwIfAborted();
    await target.remove(name);
  }
};

/** A backup as it is listed: its manifest, or why that cannot be read. */
export type ListedSnapshot =
  | { readonly id: string; readonly manifest: ReadManifest }
  | { readonly id: string; readonly fault: string };

/** The newest backups of a target, and how many there are in all. */
export const listSnapshots = async (
  target: BackupTarget,
  limit: number,
): Promise<{ snapshots: ListedSnapshot[]; total: number }> => {
  const ids = await snapshotIds(target);
  const snapshots: ListedSnapshot[] = [];
  for (const id of ids.slice(0, limit)) snapshots.push(await listed(target, id));
  return { snapshots, total: ids.length };
};

const listed = async (target: BackupTarget, id: string): Promise<ListedSnapshot> => {
  try {
    return { id, manifest: await readManifest(target, id) };
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    return { id, fault: error.message };
  }
};

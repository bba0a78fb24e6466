import type { BlobStore } from '../../blobs/blob-store.ts';
import { digestOfStored } from '../../blobs/read-back.ts';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { RowsPlace } from '../../database/pinned-reads.ts';
import { RegistryError } from '../../errors.ts';
import type { ByteHold, HeldBytes } from '../../lifecycle/room.ts';
import { type StoredBytes, storedBytes } from '../../registry/tx.ts';
import type { JournalPosition } from '../journal/objects.ts';
import { pinRows, type RowSnapshot } from '../rows/pinned.ts';
import type { OpenedTarget } from '../target/open.ts';
import type { BackupTarget } from '../target/target.ts';
import { removeUnfinished } from './list.ts';
import {
  type DamagedBlob,
  MANIFEST_FORMAT,
  type Manifest,
  newSnapshotId,
  rowsName,
  type SnapshotFile,
  type Voucher,
  writeManifest,
} from './manifest.ts';
import { writeNames } from './names.ts';
import { copyLacking, lacking, POOL } from './pool.ts';

const PAGE = 200;
/** What changes while bytes are copied is copied once more, so that little is left to do under the hold. */
const AHEAD_PASSES = 3;
const AHEAD_BYTES = 256 << 20;
/** With more of them the store itself is in trouble, and a backup would say it is whole. */
const MOST_DAMAGED = 100;

/** The facts of an installation that a manifest repeats. */
const MARKER = 'blob-store';
const GENERATION = 'restore-generation';

export interface TakeParts {
  readonly database: Database;
  readonly place: RowsPlace;
  readonly store: Pick<BlobStore, 'send' | 'stat'>;
  readonly byteHold: ByteHold;
  readonly clock: Clock;
  /** A private folder on a disk of this machine. */
  readonly scratch: string;
  readonly masterKey: Voucher;
  readonly product: string;
  /** From now on what is revoked goes to the target, too. */
  readonly beginJournal: () => Promise<JournalPosition | undefined>;
}

export interface TakeProgress {
  /** What was copied now. */
  readonly copied: { blobs: number; bytes: number };
}

export interface Taking {
  readonly signal: AbortSignal;
  readonly progress: TakeProgress;
  /** Throws where another backup may have begun meanwhile. */
  readonly confirm: () => Promise<void>;
}

/** Which rows and bytes a snapshot has. */
interface Content {
  readonly id: string;
  readonly names: SnapshotFile;
  readonly rows: Manifest['rows'];
  readonly marker: Manifest['marker'];
  readonly blobs: number;
  readonly bytes: number;
  readonly damaged: readonly DamagedBlob[];
  readonly journal: JournalPosition | undefined;
}

/**
 * Takes a backup while everything goes on. First the bytes that are known and the pool lacks, for as long as that takes; then,
 * under the hold, the rows of one instant and the bytes they name beyond. The manifest comes last: what has none is no
 * backup, and the next one goes on with what is in the pool.
 */
export const takeSnapshot = async (
  parts: TakeParts,
  opened: OpenedTarget,
  taking: Taking,
): Promise<Manifest> => {
  const { target } = opened;
  await removeUnfinished(target, taking.signal);
  await copyAhead(parts, target, taking);
  const hold = await parts.byteHold.open();
  try {
    const signal = AbortSignal.any([taking.signal, hold.lost]);
    const journal = await parts.beginJournal();
    await using rows = await pinRows(parts);
    const content = await copyInstant(parts, opened, { ...taking, signal }, rows, journal);
    const manifest = manifestOf(parts, opened, rows, content);
    await confirmAll(hold, taking);
    await writeManifest(target, manifest, parts.masterKey, signal);
    return manifest;
  } catch (error) {
    await removeUnfinished(target).catch(() => undefined);
    throw error;
  } finally {
    // it lapses by itself where the database cannot be reached
    await hold.release().catch(() => undefined);
  }
};

/** Nothing may have been removed since it was looked for, neither here nor in the target. */
const confirmAll = async (hold: HeldBytes, taking: Taking): Promise<void> => {
  await hold.confirm();
  await taking.confirm();
  taking.signal.throwIfAborted();
};

const copyAhead = async (
  { database, store }: TakeParts,
  target: BackupTarget,
  { signal, progress }: Taking,
): Promise<void> => {
  for (let pass = 0; pass < AHEAD_PASSES; pass++) {
    const before = progress.copied.bytes;
    const copied = ({ size }: StoredBytes): void => count(progress, size);
    // collected meanwhile, or found again under the hold
    const faulty = (): void => undefined;
    await copyLacking({ store, target, signal, copied, faulty }, pagesOf(database));
    if (progress.copied.bytes - before < AHEAD_BYTES) return;
  }
};

const count = ({ copied }: TakeProgress, size: number): void => {
  copied.blobs++;
  copied.bytes += size;
};

async function* pagesOf({ db }: Database): AsyncIterable<readonly StoredBytes[]> {
  for (let after = ''; ; ) {
    const page = await storedBytes(db, after, PAGE);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    after = last.storageKey;
  }
}

const copyInstant = async (
  { store }: TakeParts,
  { target, sealedTo }: OpenedTarget,
  { signal, progress }: Taking,
  rows: RowSnapshot,
  journal: JournalPosition | undefined,
): Promise<Content> => {
  const id = newSnapshotId(rows.at);
  await target.put(rowsName(id), rows.bytes(), { signal });
  const { tables, sha256, size } = await rows.summary;

  const marker = await markerOf(store, rows, signal);
  const all = (): AsyncIterable<readonly StoredBytes[]> => withOne(rows.blobs(), marker);
  const damaged = new Map<string, DamagedBlob>();
  await copyLacking(
    {
      store,
      target,
      signal,
      copied: (blob) => count(progress, blob.size),
      faulty: ({ storageKey: name, digest }, { fault }) => {
        damaged.set(name, { name, digest, fault });
        if (damaged.size > MOST_DAMAGED) throw tooManyDamaged();
      },
    },
    all(),
  );

  const total = { blobs: 0, bytes: 0 };
  const names = await writeNames(target, id, presentIn(target, all(), damaged, total), {
    digests: sealedTo === undefined,
    signal,
  });
  return {
    id,
    names,
    rows: { size, sha256, tables },
    marker: {
      name: marker.storageKey,
      digest: marker.digest as Manifest['marker']['digest'],
      size: marker.size,
    },
    ...total,
    damaged: [...damaged.values()],
    journal,
  };
};

const tooManyDamaged = (): RegistryError =>
  new RegistryError('UNAVAILABLE', {
    message: `more than ${MOST_DAMAGED} blobs are missing or damaged in the blob store, so no backup was made: tidegate gc verify lists them`,
  });

/** Looks for each name in the target once more; the names that are there. */
async function* presentIn(
  target: BackupTarget,
  pages: AsyncIterable<readonly StoredBytes[]>,
  damaged: ReadonlyMap<string, DamagedBlob>,
  total: { blobs: number; bytes: number },
): AsyncIterable<readonly StoredBytes[]> {
  for await (const { page, lacks } of lacking(target, pages)) {
    const lost = lacks.find(({ storageKey }) => !damaged.has(storageKey));
    if (lost !== undefined) {
      throw new RegistryError('UNAVAILABLE', {
        message: `the backup target ${target.name} does not have ${POOL}${lost.storageKey}, which was just written there; no backup was made`,
      });
    }
    const present = page.filter(({ storageKey }) => !damaged.has(storageKey));
    total.blobs += present.length;
    total.bytes += present.reduce((sum, { size }) => sum + size, 0);
    yield present;
  }
}

/** The blob that marks the installation has no row. */
const markerOf = async (
  store: TakeParts['store'],
  { facts }: RowSnapshot,
  signal: AbortSignal,
): Promise<StoredBytes> => {
  const storageKey = facts.find(({ name }) => name === MARKER)?.value;
  if (storageKey === undefined) throw new Error('the database does not name its blob store');
  return { storageKey, ...(await digestOfStored(store, storageKey, 'sha256', signal)) };
};

/** The pages, and one more blob in its place in the order. */
async function* withOne(
  pages: AsyncIterable<readonly StoredBytes[]>,
  one: StoredBytes,
): AsyncIterable<readonly StoredBytes[]> {
  let isDone = false;
  for await (const page of pages) {
    const at: number = isDone ? -1 : page.findIndex(({ storageKey }) => storageKey > one.storageKey);
    isDone ||= at >= 0;
    yield at < 0 ? page : [...page.slice(0, at), one, ...page.slice(at)];
  }
  if (!isDone) yield [one];
}

const manifestOf = (
  { product, place, masterKey }: TakeParts,
  { sealedTo }: OpenedTarget,
  { at, migrations, facts }: RowSnapshot,
  { id, rows, names, marker, blobs, bytes, damaged, journal }: Content,
): Manifest => ({
  format: MANIFEST_FORMAT,
  id,
  at,
  product,
  engine: place.engine,
  migrations,
  marker,
  generation: Number(facts.find(({ name }) => name === GENERATION)?.value ?? 0),
  masterKey: masterKey.id,
  ...(sealedTo !== undefined && { sealedTo }),
  rows,
  names,
  blobs,
  bytes,
  damaged,
  ...(journal && { journal }),
});

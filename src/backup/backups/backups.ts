import { randomUUID } from 'node:crypto';
import type { BlobStore } from '../../blobs/blob-store.ts';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { changeInstallation, findInstallation, rememberInstallation } from '../../database/installation.ts';
import type { RowsPlace } from '../../database/pinned-reads.ts';
import { RegistryError } from '../../errors.ts';
import type { ByteHold, Lease, Leases } from '../../lifecycle/room.ts';
import type { Log } from '../../observe/log.ts';
import type { Metrics } from '../../observe/metrics.ts';
import type { Actor } from '../../principal.ts';
import { beginJournal } from '../journal/journal.ts';
import { type BackupRun, runOf } from '../runs/backup-run.ts';
import { findBackupRun, latestBackupRuns } from '../runs/rows.ts';
import { beginBackupRun, noteBackupEvent, updateBackupRun } from '../runs/writes.ts';
import { type ListedSnapshot, listSnapshots } from '../snapshots/list.ts';
import type { Manifest, Voucher } from '../snapshots/manifest.ts';
import { type PruneChoice, type PruneEvent, prune } from '../snapshots/prune.ts';
import { takeSnapshot } from '../snapshots/take.ts';
import { Verification, type VerifyEvent } from '../snapshots/verify.ts';
import { type AllowedPlaces, allowedTarget, ownTarget } from '../target/allowed.ts';
import { claimTarget, readTarget } from '../target/open.ts';
import type { OpeningKey, SealingKey } from '../target/seal-keys.ts';

/** The lease under which backups are made and pruned: one at a time, of all replicas. */
export const BACKUP = 'backup';

const MARKER = 'blob-store';
const CONFIRMED = 'backup-key-confirmed';
const REMEMBERED = 400 * 86_400_000;
const TELL_MS = 5000;

export interface BackupsParts {
  readonly database: Database;
  /** Where the rows of this database are read from. */
  readonly place: RowsPlace;
  readonly store: Pick<BlobStore, 'send' | 'stat'>;
  readonly byteHold: ByteHold;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  readonly metrics?: Pick<Metrics, 'backupFailed'>;
  readonly masterKey: Voucher;
  readonly product: string;
  readonly places: AllowedPlaces;
  readonly publicKey: SealingKey | undefined;
  /** A command of the machine's owner beside no server: any place is allowed. */
  readonly offline: boolean;
  /** Writes the journal of revocations to a place; where a server runs. */
  readonly shipJournal?: (location: string) => Promise<void>;
}

/** Who asks, and the account that the audit event belongs to. */
export interface Asked {
  readonly actor: Actor;
  readonly accountId: string | null;
}

interface Running {
  readonly run: BackupRun;
  readonly copied: { blobs: number; bytes: number };
}

/** Copies of the installation in another place. */
export class Backups implements AsyncDisposable {
  readonly #parts: BackupsParts;
  #isVerifying = false;
  readonly #stop = new AbortController();
  readonly #asked = new Set<Promise<unknown>>();
  #running: Running | undefined;

  constructor(parts: BackupsParts) {
    this.#parts = parts;
  }

  /** Begins a backup in the background; CONFLICT while one is under way. */
  async begin(asked: Asked, where?: string): Promise<BackupRun> {
    this.#stop.signal.throwIfAborted();
    const location = await this.#locate(where);
    const lease = await this.#lease();
    try {
      const running = await this.#start(asked, location);
      const work = this.#underLease(running, lease, this.#stop.signal)
        .catch(() => undefined)
        .finally(() => this.#asked.delete(work));
      this.#asked.add(work);
      return running.run;
    } catch (error) {
      await lease.release(undefined);
      throw error;
    }
  }

  /** Makes a backup, and answers when it is done. */
  async take(asked: Asked, where: string | undefined, stopped: AbortSignal): Promise<BackupRun> {
    const location = await this.#locate(where);
    const lease = await this.#lease();
    let running: Running;
    try {
      running = await this.#start(asked, location);
    } catch (error) {
      await lease.release(undefined);
      throw error;
    }
    await this.#underLease(running, lease, AbortSignal.any([stopped, this.#stop.signal]));
    return this.find(running.run.id);
  }

  /** NOT_FOUND when there is none, or it was forgotten. */
  async find(id: string): Promise<BackupRun> {
    const row = await findBackupRun(this.#parts.database.db, id);
    if (!row) throw new RegistryError('NOT_FOUND', { message: `there is no run ${id} of a backup` });
    return this.#corrected(runOf(row));
  }

  /** The latest runs, newest first. */
  async latest(limit: number): Promise<BackupRun[]> {
    const rows = await latestBackupRuns(this.#parts.database.db, limit);
    return Promise.all(rows.map((row) => this.#corrected(runOf(row))));
  }

  /** The newest backups of a target, and how many there are. */
  async list(
    where: string | undefined,
    limit: number,
  ): Promise<{ target: string; sealedTo: string | undefined; snapshots: ListedSnapshot[]; total: number }> {
    await using opened = await this.#read(where);
    const { target, sealedTo } = opened;
    return { target: target.name, sealedTo, ...(await listSnapshots(target, limit)) };
  }

  /** Reads backups against their manifests, as it goes; CONFLICT while this process does so already: it reads all bytes. */
  async *verify(
    { where, snapshot, key }: { where?: string | undefined; snapshot?: string | undefined; key?: OpeningKey },
    signal: AbortSignal,
  ): AsyncGenerator<VerifyEvent> {
    if (this.#isVerifying)
      throw new RegistryError('CONFLICT', {
        message: 'backups are being verified; wait until that ends, or end it where it was begun',
      });
    this.#isVerifying = true;
    using _verifying = {
      [Symbol.dispose]: () => {
        this.#isVerifying = false;
      },
    };
    await using opened = await this.#read(where, key);
    const { masterKey } = this.#parts;
    const stopped = AbortSignal.any([signal, this.#stop.signal]);
    yield* new Verification(opened, { snapshot, masterKey, signal: stopped }).run();
  }

  /** Removes backups, and the bytes that no other one names; CONFLICT while one is made. */
  async *prune(
    asked: Asked,
    { where, choice, dryRun }: { where?: string | undefined; choice: PruneChoice; dryRun: boolean },
    signal: AbortSignal,
  ): AsyncGenerator<PruneEvent> {
    const location = await this.#locate(where);
    await using lease = disposable(await this.#lease());
    await using opened = await claimTarget(location, await this.#installation());
    if (!dryRun) await this.#note(asked, 'tidegate.backup.prune', opened.target.name);
    const stopped = AbortSignal.any([signal, this.#stop.signal, lease.lost]);
    yield* prune(opened.target, choice, { dryRun, signal: stopped });
  }

  /** The id of the master key that backups need, and whether a copy of it was once compared. */
  async key(): Promise<{ id: string; isConfirmed: boolean }> {
    const { id } = this.#parts.masterKey;
    return { id, isConfirmed: (await findInstallation(this.#parts.database.db, CONFIRMED)) === id };
  }

  /** Notes that there is a copy of the master key elsewhere. BAD_REQUEST where the copy is of another key. */
  async confirmKey(asked: Asked, id: string): Promise<void> {
    const { database, masterKey } = this.#parts;
    if (id !== masterKey.id) {
      throw new RegistryError('BAD_REQUEST', {
        message: `this is the key ${id}, and this installation needs the key ${masterKey.id}`,
      });
    }
    const fact = { name: CONFIRMED, value: id };
    if ((await database.write(rememberInstallation, fact)) !== id)
      await database.write(changeInstallation, fact);
    await this.#note(asked, 'tidegate.backup.confirm-key', id);
  }

  /** Stops the backups that this process makes. The next one goes on with what they have copied. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error('the server stops'));
    await Promise.all(this.#asked);
  }

  async #installation(): Promise<string> {
    const marker = await findInstallation(this.#parts.database.db, MARKER);
    if (marker === undefined) throw new Error('the database does not name its blob store');
    return marker;
  }

  /** The address of a target; what came over the API is refused beyond its bounds. */
  async #locate(where: string | undefined): Promise<string> {
    const { offline, places } = this.#parts;
    const wanted = where ?? places.to;
    return offline && wanted !== undefined ? ownTarget(wanted, places.data) : allowedTarget(where, places);
  }

  /** Opens a target of this installation to read from. */
  async #read(where: string | undefined, key?: OpeningKey) {
    const opened = await readTarget(await this.#locate(where), key);
    if (opened.installation === (await this.#installation())) return opened;
    await opened[Symbol.asyncDispose]();
    throw new RegistryError('CONFLICT', {
      message: `the backup target ${opened.target.name} holds the backups of another installation`,
    });
  }

  async #lease(): Promise<Lease> {
    const lease = await this.#parts.leases.take(BACKUP, { early: true });
    if (lease) return lease;
    throw new RegistryError('CONFLICT', {
      message:
        'a backup is made or pruned now; tidegate backup status shows it, and another can begin when it is done',
    });
  }

  async #start({ actor, accountId }: Asked, target: string): Promise<Running> {
    const { database, clock, offline } = this.#parts;
    const at = clock.now();
    const run: BackupRun = {
      id: randomUUID(),
      startedAt: at,
      startedBy: actor.principal,
      finishedAt: undefined,
      target,
      outcome: 'running',
      reason: undefined,
      snapshot: undefined,
      blobs: 0,
      bytes: 0,
      copied: { blobs: 0, bytes: 0 },
      damaged: 0,
    };
    const event = { accountId, at, action: 'tidegate.backup.create', target: run.id };
    await database.write(beginBackupRun, { run, offline, forgetBefore: at - REMEMBERED, actor, event });
    return { run, copied: { blobs: 0, bytes: 0 } };
  }

  async #underLease(running: Running, lease: Lease, stopped: AbortSignal): Promise<void> {
    const { database, log } = this.#parts;
    const { run, copied } = running;
    this.#running = running;
    const signal = AbortSignal.any([stopped, lease.lost]);
    const tell = setInterval(() => {
      database.write(updateBackupRun, { id: run.id, copied: { ...copied } }).catch(() => undefined);
    }, TELL_MS);
    try {
      const manifest = await this.#make(running, lease, signal);
      await this.#ended(running, { outcome: 'done', reason: undefined, ...endOf(manifest) });
      const { id: snapshot, blobs, bytes } = manifest;
      log.info({ backup: run.id, snapshot, blobs, bytes, copied }, 'a backup was made');
      if (!(await this.key()).isConfirmed) log.warn({ key: this.#parts.masterKey.id }, UNCONFIRMED);
    } catch (error) {
      const outcome = stopped.aborted ? 'stopped' : 'failed';
      if (outcome === 'failed') this.#parts.metrics?.backupFailed();
      log.error({ backup: run.id, reason: reasonOf(error) }, 'a backup was not made');
      const nothing = { snapshot: undefined, blobs: 0, bytes: 0, damaged: 0 };
      await this.#ended(running, { outcome, reason: reasonOf(error), ...nothing });
      throw error;
    } finally {
      clearInterval(tell);
      this.#running = undefined;
      await lease.release(undefined).catch(() => undefined);
    }
  }

  async #make({ run, copied }: Running, lease: Lease, signal: AbortSignal): Promise<Manifest> {
    const { publicKey, database, clock, places } = this.#parts;
    await using opened = await claimTarget(run.target, await this.#installation(), publicKey);
    const always = places.to;
    const beginning = (): ReturnType<typeof beginJournal> =>
      beginJournal({ database, clock, always }, run.target);
    const parts = { ...this.#parts, scratch: places.data, beginJournal: beginning };
    const taking = { signal, progress: { copied }, confirm: () => lease.confirm() };
    const manifest = await takeSnapshot(parts, opened, taking);
    await this.#parts.shipJournal?.(run.target);
    return manifest;
  }

  async #ended(
    { run, copied }: Running,
    end: Pick<BackupRun, 'outcome' | 'reason' | 'snapshot' | 'blobs' | 'bytes' | 'damaged'>,
  ): Promise<void> {
    const { database, clock } = this.#parts;
    const finishedAt = clock.now();
    // the lease tells that it is over, where the database does not take this
    await database
      .write(updateBackupRun, { id: run.id, copied: { ...copied }, end: { ...end, finishedAt } })
      .catch((error) =>
        this.#parts.log.error({ backup: run.id, reason: reasonOf(error) }, 'a run is not noted'),
      );
  }

  /** The newest of a run that this process makes; of one whose process died the row still says "running". */
  async #corrected(run: BackupRun): Promise<BackupRun> {
    if (run.outcome !== 'running') return run;
    if (this.#running?.run.id === run.id) return { ...run, copied: { ...this.#running.copied } };
    if (await this.#parts.leases.held(BACKUP)) return run;
    // it may have ended between the two looks
    const row = await findBackupRun(this.#parts.database.db, run.id);
    const now = row ? runOf(row) : run;
    return now.outcome === 'running' ? { ...now, outcome: 'stopped', reason: 'its server ended' } : now;
  }

  async #note({ actor, accountId }: Asked, action: string, target: string): Promise<void> {
    const { database, clock } = this.#parts;
    const event = { accountId, at: clock.now(), action, target };
    await database.write(noteBackupEvent, { actor, event });
  }
}

/** Printed with each backup until a copy was compared. */
export const UNCONFIRMED =
  'backups never hold the master key, and it is not known that there is a copy of it elsewhere: without it none of them can be used. Keep one, and compare it with tidegate backup confirm-key --key-file FILE';

const endOf = ({ id, blobs, bytes, damaged }: Manifest) => ({
  snapshot: id,
  blobs,
  bytes,
  damaged: damaged.length,
});

const reasonOf = (error: unknown): string =>
  (error instanceof RegistryError && error.reason !== undefined
    ? `${error.message} (${error.reason})`
    : (error as Error).message
  ).slice(0, 1000);

const disposable = (lease: Lease): Lease & AsyncDisposable => ({
  ...lease,
  [Symbol.asyncDispose]: () => lease.release(undefined),
});

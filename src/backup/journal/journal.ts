import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { JournalTargetRow } from '../../database/journal-schema.ts';
import { RegistryError } from '../../errors.ts';
import type { Job } from '../../job.ts';
import type { Leases } from '../../lifecycle/room.ts';
import type { Log } from '../../observe/log.ts';
import type { Metrics } from '../../observe/metrics.ts';
import { type OpenedTarget, readTarget } from '../target/open.ts';
import type { SealingKey } from '../target/seal-keys.ts';
import { type JournalKey, type JournalPosition, newLine } from './objects.ts';
import { batchAfter, findLine, listTargets, someNotes, waitingRows } from './rows.ts';
import { ship } from './shipping.ts';
import { batchNotes, beginTarget, clearBatches, giveUpLast, noteFailure } from './writes.ts';

/** Opens a place that has backups of this installation, to write there; refuses every other. */
export type OpenPlace = (location: string) => Promise<OpenedTarget>;

export interface JournalParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn' | 'info'>;
  readonly metrics: Pick<Metrics, 'journal'>;
  readonly leases: Pick<Leases, 'take'>;
  readonly open: OpenPlace;
  readonly masterKey: JournalKey;
  /** The place of the settings: the journal goes there as soon as it has a backup. */
  readonly always?: string | undefined;
}

/**
 * `installation`: the id that targets know this installation by. `sealed`: the place of the settings, and the key that it must
 * be sealed to: a target says itself to which key it is sealed, and may have been changed by another hand.
 */
export const openForJournal =
  (installation: string, sealed?: { location: string | undefined; to: SealingKey | undefined }): OpenPlace =>
  async (location) => {
    const opened = await readTarget(location);
    const { name } = opened.target;
    const isSealed = !sealed?.to || location !== sealed.location || opened.sealedTo === sealed.to.id;
    if (opened.installation === installation && isSealed) return opened;
    await opened[Symbol.asyncDispose]();
    const message = isSealed
      ? `the backup target ${name} holds the backups of another installation`
      : `the backup target ${name} is not sealed to the key of TIDEGATE_BACKUP_PUBLIC_KEY_FILE`;
    throw new RegistryError('CONFLICT', { message });
  };

const PERIOD = 1000;
const SECOND = 1000;
/** The oldest time until which the journal says that it is complete, while nothing is revoked. */
const RENEWED_MS = 20 * SECOND;
/** A shipment that takes longer has failed. */
const SHIPMENT_MS = 30 * SECOND;
const LONGEST_WAIT = 60 * SECOND;
/** Work that another replica has left undone for so long is done without its lease: the numbers keep the order. */
const LEFT_MS = 3 * SECOND;
/** How long a stop waits for the last shipment. */
const STOP_MS = 5 * SECOND;
/** Notes of one batch. A document is as long as a body, and twice that in a batch: so many are short enough to be read. */
const NOTES = 50;
const CLEARED = 200;
const MOST_WAITING = 100_000;
const LOOK_MS = 30 * SECOND;
const PAUSE_MS = 10 * SECOND;

const newLineOf = (clock: Clock): string => newLine(clock.now(), randomBytes(8).toString('hex'));

/** From now on every revocation goes to this place, too; for commands where no server runs. */
export const beginJournal = (
  { database, clock, always }: Pick<JournalParts, 'database' | 'clock' | 'always'>,
  location: string,
): Promise<JournalPosition> =>
  database.write(beginTarget, { location, always, now: clock.now(), freshLine: newLineOf(clock) });

interface Way {
  /** Not before; and how long the next failure waits. */
  retryAt: number;
  wait: number;
  /** Since when work is seen waiting that this process does not do, for another holds the lease. */
  seenAt: number | undefined;
  running: Promise<void> | undefined;
}

/** Writes what is revoked to the places of backups, within seconds. Each place goes its own pace. */
export class Journal implements AsyncDisposable {
  readonly #parts: JournalParts;
  readonly #ways = new Map<string, Way>();
  readonly #opened = new Map<string, Promise<OpenedTarget>>();
  readonly #stop = new AbortController();
  #lookedAt = Number.NEGATIVE_INFINITY;
  #waiting = 0;
  #triedAt = Number.NEGATIVE_INFINITY;
  #pausedUntil = Number.NEGATIVE_INFINITY;

  constructor(parts: JournalParts) {
    this.#parts = parts;
  }

  readonly job: Job = {
    name: 'ship-journal',
    period: PERIOD,
    of: 'process',
    // a slow place is not waited for
    run: () => this.#rounds(),
  };

  /**
   * To be called before a backup reads its rows: what is revoked from then on goes to its target. The answer belongs in the
   * backup's manifest.
   */
  begin(location: string): Promise<JournalPosition> {
    return beginJournal(this.#parts, location);
  }

  /** Writes what waits to one place, now, and until when it is complete: so a new backup has its journal from the start. */
  async shipTo(location: string): Promise<void> {
    await this.#gather();
    const targets = await listTargets(this.#parts.database.db);
    const target = targets.find((each) => each.location === location && each.broken_at === null);
    if (target) await this.#send(target, this.#parts.clock.now(), true);
  }

  /** Writes all that waits, now; comes back when each place has it, or has failed. */
  async flush(): Promise<void> {
    await Promise.all(await this.#round(true));
    await this.#clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const late = new Promise<void>((resolve) => setTimeout(resolve, STOP_MS).unref());
    await Promise.race([this.flush().catch(() => undefined), late]);
    this.#stop.abort();
    await Promise.race([Promise.all([...this.#ways.values()].map(({ running }) => running)), late]);
    for (const opened of this.#opened.values())
      await opened.then((target) => target[Symbol.asyncDispose]()).catch(() => undefined);
  }

  /** A database that cannot be written is left alone for a while, and so is the log. */
  async #rounds(): Promise<void> {
    const now = this.#parts.clock.now();
    if (now < this.#pausedUntil) return;
    try {
      await this.#round(false);
    } catch (error) {
      this.#pausedUntil = now + PAUSE_MS;
      throw error;
    }
  }

  /** Makes batches of what was noted, and sets each place going; answers what runs. */
  async #round(all: boolean): Promise<Promise<void>[]> {
    const { database, clock } = this.#parts;
    const until = clock.now();
    await this.#gather();
    await this.#beginAlways();
    const targets = await listTargets(database.db);
    const live = targets.filter(({ broken_at }) => broken_at === null);
    const running = live.map((target) => this.#send(target, until, all));
    await this.#tend(live, targets.length - live.length);
    return running;
  }

  async #gather(): Promise<void> {
    const { database, clock } = this.#parts;
    while (!this.#stop.signal.aborted) {
      const ids = await someNotes(database.db, NOTES);
      if (ids.length === 0) return;
      await database.write(batchNotes, { ids, freshLine: newLineOf(clock) });
    }
  }

  /** The place of the settings may have a backup that a command made while no server ran. */
  async #beginAlways(): Promise<void> {
    const { always, database, clock } = this.#parts;
    if (always === undefined || clock.now() - this.#triedAt < LONGEST_WAIT) return;
    this.#triedAt = clock.now();
    const known = (await listTargets(database.db)).find(({ location }) => location === always);
    // a place that was given up waits for the next backup
    if (known !== undefined) return;
    const opened = await this.#open(always).catch(() => undefined);
    if (opened === undefined) this.#opened.delete(always);
    else await this.begin(always);
  }

  #send(target: JournalTargetRow, until: number, now: boolean): Promise<void> {
    const way = this.#wayOf(target.location);
    // what runs may have begun before the last note
    if (way.running !== undefined && now) return way.running.then(() => this.#send(target, until, now));
    if (way.running !== undefined) return way.running;
    if (!now && way.retryAt > until) return Promise.resolve();
    way.running = this.#deliver(target, until, way, now).finally(() => {
      way.running = undefined;
    });
    return way.running;
  }

  #wayOf(location: string): Way {
    const known = this.#ways.get(location);
    if (known) return known;
    const way: Way = { retryAt: 0, wait: SECOND, seenAt: undefined, running: undefined };
    this.#ways.set(location, way);
    return way;
  }

  async #deliver(row: JournalTargetRow, until: number, way: Way, now: boolean): Promise<void> {
    try {
      const line = await findLine(this.#parts.database.db);
      const waits = line !== undefined && line.last_batch > row.delivered;
      if (!waits && !now && until - row.complete_until < RENEWED_MS) return;
      await this.#underLease(row, way, now, async () => {
        const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(SHIPMENT_MS)]);
        const { location } = row;
        const { target } = await this.#open(location);
        const { database, masterKey: key } = this.#parts;
        await ship({ database, target, key, location, until, signal });
      });
      way.wait = SECOND;
    } catch (error) {
      if (!this.#stop.signal.aborted) await this.#failed(row, way, error);
    }
  }

  /** One replica at a time, so that none does what another does; where its holder has died, none waits for it. */
  async #underLease(
    { location }: JournalTargetRow,
    way: Way,
    now: boolean,
    work: () => Promise<void>,
  ): Promise<void> {
    const { database, leases, clock } = this.#parts;
    if (database.alone) return work();
    const lease = await leases.take(`ship-journal ${location}`, { early: true });
    way.seenAt ??= clock.now();
    if (lease === undefined && !now && clock.now() - way.seenAt < LEFT_MS) return;
    way.seenAt = undefined;
    try {
      await work();
    } finally {
      await lease?.release(undefined);
    }
  }

  async #failed(row: JournalTargetRow, way: Way, error: unknown): Promise<void> {
    const { database, clock, log } = this.#parts;
    const { location } = row;
    const now = clock.now();
    const reason = (error as Error).message.slice(0, 500);
    way.retryAt = now + way.wait;
    way.wait = Math.min(2 * way.wait, LONGEST_WAIT);
    await this.#close(location);
    try {
      const isOver = await database.write(noteFailure, { location, reason, now });
      if (isOver)
        log.warn({ target: location, reason }, 'the revocation journal gives this backup target up');
      else if (row.failing_since === null)
        log.warn({ target: location, reason }, 'the revocation journal cannot be written to a backup target');
    } catch (err) {
      log.warn({ target: location, err }, 'a failure of the revocation journal could not be noted');
    }
  }

  async #tend(live: readonly JournalTargetRow[], broken: number): Promise<void> {
    const { database, clock, metrics } = this.#parts;
    const now = clock.now();
    if (now - this.#lookedAt >= LOOK_MS) {
      this.#lookedAt = now;
      await this.#clear();
      this.#waiting = await waitingRows(database.db);
      if (this.#waiting > MOST_WAITING) await this.#giveUp(now);
    }
    const lag = live.map(({ complete_until }) => Math.max(0, now - complete_until) / SECOND);
    metrics.journal({ lag: lag.length === 0 ? undefined : Math.max(...lag), waiting: this.#waiting, broken });
  }

  async #giveUp(now: number): Promise<void> {
    const reason = `more than ${MOST_WAITING} revocations wait for it`;
    const given = await this.#parts.database.write(giveUpLast, { reason, now });
    for (const target of given)
      this.#parts.log.warn({ target, reason }, 'the revocation journal gives this backup target up');
    await this.#clear();
  }

  async #clear(): Promise<void> {
    const { database } = this.#parts;
    if ((await batchAfter(database.db, 0)) === undefined) return;
    while ((await database.write(clearBatches, CLEARED)) === CLEARED);
  }

  #open(location: string): Promise<OpenedTarget> {
    const opened = this.#opened.get(location) ?? this.#parts.open(location);
    this.#opened.set(location, opened);
    return opened;
  }

  async #close(location: string): Promise<void> {
    const opened = this.#opened.get(location);
    this.#opened.delete(location);
    await opened?.then((target) => target[Symbol.asyncDispose]()).catch(() => undefined);
  }
}

import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { WarningRow } from '../../database/warning-schema.ts';
import { RegistryError } from '../../errors.ts';
import type { Leases } from '../../lifecycle/room.ts';
import type { Log } from '../../observe/log.ts';
import type { Actor } from '../../principal.ts';
import { onOneLine, type Warning, type WarningKind, type WarningSource } from '../../warning.ts';
import { lastLook, listWarnings } from './rows.ts';
import { askLook, endLook, FINDING, forgetUnseen, keepFound } from './writes.ts';

export interface WarningParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Pick<Log, 'error'>;
  readonly leases: Leases;
  /** What the rooms and the process say. */
  readonly sources: readonly WarningSource[];
  /** The name of this machine: what it finds of itself stands under it. */
  readonly machine: string;
}

/** A warning that was found, and since when it is known. */
export interface FoundWarning extends Warning {
  readonly since: number;
}

/** How many of each kind. */
export type Counts = Readonly<Partial<Record<WarningKind, number>>>;

/** The last complete look for the installation. */
export interface Look {
  readonly at: number;
  readonly counts: Counts;
  /** When each kind was looked for last. */
  readonly looked: Counts;
}

export const HOUR = 3_600_000;
const FORGET_AT_ONCE = 200;
/** What was said of a machine that is not heard of for so long goes. */
const SILENT = 6 * HOUR;

/** The one list of what needs attention, kept in rows: what was told is known after a restart and on every replica. */
export class Warnings {
  readonly #parts: WarningParts;
  readonly #stop = new AbortController();
  readonly #asked = new Set<Promise<void>>();
  #own: Counts = {};

  constructor(parts: WarningParts) {
    this.#parts = parts;
  }

  /** Looks for what concerns the installation. The caller holds the lease. `all`: also what is due only tomorrow. */
  async find(signal: AbortSignal, { all = false } = {}): Promise<void> {
    const { database, clock, sources } = this.#parts;
    const at = clock.now();
    const before = await this.lastLook();
    const counts: Partial<Record<WarningKind, number>> = { ...before?.counts };
    const looked: Partial<Record<WarningKind, number>> = { ...before?.looked };
    for (const source of sources.filter(({ of }) => of === 'installation')) {
      const isDue = (looked[source.kind] ?? Number.NEGATIVE_INFINITY) + 0.9 * (source.every ?? 0) <= at;
      if (!isDue && !all) continue;
      const count = await this.#look(source, '', at, signal);
      if (count === undefined) continue;
      counts[source.kind] = count;
      looked[source.kind] = at;
    }
    if (signal.aborted) return;
    const look = JSON.stringify({ at, counts, looked } satisfies Look);
    await database.write(endLook, { look, silentBefore: at - SILENT });
  }

  /** Looks for what concerns this process and its machine. */
  async findOwn(signal: AbortSignal): Promise<void> {
    const { clock, sources, machine } = this.#parts;
    const at = clock.now();
    const counts: Partial<Record<WarningKind, number>> = {};
    for (const source of sources.filter(({ of }) => of === 'process')) {
      const count = await this.#look(source, machine, at, signal);
      if (count !== undefined) counts[source.kind] = count;
    }
    this.#own = counts;
  }

  /** Begins to look for everything now, in the background; CONFLICT while a look is under way. */
  async begin(actor: Actor): Promise<void> {
    this.#stop.signal.throwIfAborted();
    const lease = await this.#parts.leases.take(FINDING, { early: true });
    if (!lease)
      throw new RegistryError('CONFLICT', {
        message: 'warnings are being looked for already; read the list',
      });
    try {
      await this.#parts.database.write(askLook, { at: this.#parts.clock.now(), actor });
    } catch (error) {
      await lease.release(undefined);
      throw error;
    }
    const signal = AbortSignal.any([this.#stop.signal, lease.lost]);
    const work = this.#findAll(signal)
      .catch((err) => this.#parts.log.error({ job: FINDING, err }, 'looking for warnings failed'))
      .then(() => lease.release(this.#parts.clock.now() + HOUR))
      .catch(() => undefined)
      .finally(() => this.#asked.delete(work));
    this.#asked.add(work);
  }

  /** A page of what is known, by kind and target; of one account, or of all and the installation. */
  async list(
    accountId: string | undefined,
    after: { readonly kind: string; readonly target: string },
    limit: number,
  ): Promise<FoundWarning[]> {
    return (await listWarnings(this.#parts.database.db, { accountId, after, limit })).map(warningOfRow);
  }

  async lastLook(): Promise<Look | undefined> {
    const text = await lastLook(this.#parts.database.db);
    return text === undefined ? undefined : (JSON.parse(text) as Look);
  }

  /** Whether a replica is looking now. */
  isLooking(): Promise<boolean> {
    return this.#parts.leases.held(FINDING);
  }

  /** How many of each kind there were: the installation's, and this process's own. */
  async counts(): Promise<Counts> {
    return { ...(await this.lastLook())?.counts, ...this.#own };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error('the server stops'));
    await Promise.all(this.#asked);
  }

  async #findAll(signal: AbortSignal): Promise<void> {
    await this.findOwn(signal);
    await this.find(signal, { all: true });
  }

  /**
   * Every page of a source, and then what is left of the time before. Answers how many there are; undefined where it was
   * not looked to the end: then nothing is forgotten.
   */
  async #look(
    { kind, find }: WarningSource,
    source: string,
    at: number,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const { database, log } = this.#parts;
    let count = 0;
    try {
      for (let after: string | undefined, more = true; more; ) {
        if (signal.aborted) return undefined;
        const { warnings, next } = await find(at, after);
        const own = warnings.map((each) => ({
          ...each,
          target: source === '' ? each.target : `${source}/${each.target}`,
          name: onOneLine(each.name),
          says: onOneLine(each.says),
        }));
        if (own.length > 0) await database.write(keepFound, { kind, warnings: own, source, at });
        count += own.length;
        after = next;
        more = next !== undefined;
        await turnOfLoop();
      }
      const unseen = { source, kind, before: at, limit: FORGET_AT_ONCE };
      while (!signal.aborted && (await database.write(forgetUnseen, unseen)) === FORGET_AT_ONCE)
        await turnOfLoop();
      return count;
    } catch (err) {
      log.error({ job: FINDING, warning: kind, err }, 'a kind of warnings could not be looked for');
      return undefined;
    }
  }
}

const warningOfRow = ({ account_id, seen_at: _seen, source: _source, ...row }: WarningRow): FoundWarning => ({
  ...row,
  accountId: account_id ?? undefined,
});

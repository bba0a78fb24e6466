import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { LiveCache } from '../../database/live-cache.ts';
import { RegistryError } from '../../errors.ts';
import { findAccount } from '../../identity/tx.ts';
import type { Actor } from '../../principal.ts';
import type { Stored } from '../usage/stored.ts';
import { countedAgainstQuota } from '../usage/usage.ts';
import { type Limits, limitsOf, operatorLimitsOf, type Plan, planOf, type QuotaChange } from './plan.ts';
import { noAccount } from './refusals.ts';
import { findQuota, trafficId, trafficOf } from './rows.ts';
import { Uncounted } from './uncounted.ts';
import { type QuotaPlace, recordTraffic, setOperatorLimits, setPlan, setQuota } from './writes.ts';

export type { Limits, Plan, QuotaChange } from './plan.ts';
export type { QuotaPlace } from './writes.ts';

export interface Usage {
  readonly storage: number;
  readonly traffic: number;
}

/** Sums what an account stores from the content itself: used after an upgrade, until all is counted. */
export interface SummedStorage {
  used(place: QuotaPlace): Promise<number>;
}

interface Kept {
  readonly plan: Plan;
  readonly limits: Limits;
}

/** The month a pull counts in, UTC: `2026-11`. */
const monthOf = (at: number): string => {
  const day = Math.floor(at / DAY);
  if (day !== lastDay.of) lastDay = { of: day, month: new Date(at).toISOString().slice(0, 7) };
  return lastDay.month;
};

const DAY = 24 * 3_600_000;
/** Each pull asks for its month. */
let lastDay = { of: Number.NaN, month: '' };

/**
 * What an account may store and pull in a region. Limits are soft as IBM's are: what begins below one may finish. An
 * account without limits costs one look into a cache.
 */
export class Quotas {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #stored: Stored;
  readonly #kept: LiveCache<Kept>;
  readonly #written: LiveCache<{ readonly bytes: number }>;
  readonly #summed: SummedStorage;
  readonly #uncounted = new Uncounted();
  /** Bytes pulled that are not written yet, by `<account>/<region>/<month>`. */
  #pulled = new Map<string, number>();

  constructor(database: Database, clock: Clock, stored: Stored, summed: SummedStorage) {
    this.#stored = stored;
    this.#summed = summed;
    this.#database = database;
    this.#clock = clock;
    this.#kept = new LiveCache(database, ['quota'], 20_000);
    this.#written = new LiveCache(database, ['pull-traffic'], 20_000);
  }

  /** The limits that hold: the account's own, within its plan. */
  async limits(place: QuotaPlace): Promise<Limits> {
    return (await this.#of(place)).limits;
  }

  /** What the operator lets the account have. Throws NOT_FOUND where there is no such account. */
  async operatorLimits(place: QuotaPlace): Promise<Limits> {
    const { db } = this.#database;
    if (!(await findAccount(db, place.accountId))) throw noAccount(place.accountId);
    return operatorLimitsOf(await findQuota(db, place));
  }

  /** From the next request on; what is stored stays. Null: as much as the account likes. Throws NOT_FOUND. */
  async setOperatorLimits(place: QuotaPlace, limits: Limits, actor: Actor): Promise<void> {
    await this.#database.write(setOperatorLimits, { place, limits, at: this.#clock.now(), actor });
  }

  async plan(place: QuotaPlace): Promise<Plan> {
    return (await this.#of(place)).plan;
  }

  /** Nothing is removed where the account stores more than the plan has; it can then push nothing more. */
  async setPlan(place: QuotaPlace, plan: Plan, actor: Actor): Promise<void> {
    await this.#database.write(setPlan, { place, plan, at: this.#clock.now(), actor });
  }

  async usage(place: QuotaPlace): Promise<Usage> {
    return {
      storage: await this.#storageOf(place),
      traffic: await this.#traffic(place),
    };
  }

  /** Throws CONFLICT above what the plan Free has. */
  async set(place: QuotaPlace, change: QuotaChange, actor: Actor): Promise<void> {
    await this.#database.write(setQuota, { place, change, at: this.#clock.now(), actor });
  }

  /**
   * Before something is stored, or an upload begins. Throws STORAGE_QUOTA_EXCEEDED at or above the limit. `underWay` answers
   * the bytes of uploads that have not ended, and is told how many of these would be enough to refuse.
   */
  async admitPush(
    place: QuotaPlace,
    underWay: (enough: number) => Promise<number> = async () => 0,
  ): Promise<void> {
    const { storage } = await this.limits(place);
    if (storage === null) return;
    const stored = await this.#storageOf(place);
    if (stored >= storage) throw new RegistryError('STORAGE_QUOTA_EXCEEDED');
    const beside = this.#uncounted.of(place, this.#clock.now());
    const uploads = await underWay(storage - stored - beside);
    if (stored + beside + uploads < storage) return;
    throw new RegistryError('STORAGE_QUOTA_EXCEEDED', {
      message: `Your account's image storage quota is used up: ${stored} bytes are stored, uploads that have not ended hold ${uploads}, and ${beside} were copied or deleted since yesterday. Finish or cancel uploads, delete images, or have the quota raised.`,
    });
  }

  /**
   * Before an upload that has begun gets more. What began below the limit may finish; but uploads that do not finish have
   * never more room than the account. Throws STORAGE_QUOTA_EXCEEDED. `underWay`: as above.
   */
  async admitChunk(place: QuotaPlace, underWay: (enough: number) => Promise<number>): Promise<void> {
    const { storage } = await this.limits(place);
    if (storage === null) return;
    const uploads = await underWay(storage);
    if (uploads < storage) return;
    throw new RegistryError('STORAGE_QUOTA_EXCEEDED', {
      message: `Your account's image storage quota is used up: uploads that have not ended hold ${uploads} bytes. Finish or cancel some of them, or have the quota raised.`,
    });
  }

  /** Bytes that take room and that no counter has: of a copied manifest, or of a blob that collection has not removed yet. */
  takenBeside(place: QuotaPlace, bytes: number): void {
    this.#uncounted.add(place, bytes, this.#clock.now());
  }

  /** Before bytes are sent. Throws TRAFFIC_QUOTA_EXCEEDED at or above the limit. */
  async admitPull(place: QuotaPlace): Promise<void> {
    const { traffic } = await this.limits(place);
    if (traffic !== null && (await this.#traffic(place)) >= traffic)
      throw new RegistryError('TRAFFIC_QUOTA_EXCEEDED');
  }

  /** Bytes of a blob were sent. */
  pulled(place: QuotaPlace, bytes: number): void {
    const key = trafficId(place, monthOf(this.#clock.now()));
    this.#pulled.set(key, (this.#pulled.get(key) ?? 0) + bytes);
  }

  /** Writes what was pulled. Run by a job and at the end. */
  async flush(): Promise<void> {
    if (this.#pulled.size === 0) return;
    const leaving = this.#pulled;
    this.#pulled = new Map();
    const rows = [...leaving].map(([key, bytes]) => {
      const [account_id = '', region_id = '', month = ''] = key.split('/');
      return { account_id, region_id, month, bytes };
    });
    try {
      await this.#database.write(recordTraffic, rows);
    } catch (error) {
      // counted again with the next batch
      for (const [key, bytes] of leaving) this.#pulled.set(key, (this.#pulled.get(key) ?? 0) + bytes);
      throw error;
    }
  }

  /** Bytes that count against the limit; after an upgrade they are summed until all is counted. */
  async #storageOf(place: QuotaPlace): Promise<number> {
    return (await this.#stored.isCounted())
      ? countedAgainstQuota(await this.#stored.ofAccount(place))
      : this.#summed.used(place);
  }

  async #of(place: QuotaPlace): Promise<Kept> {
    const found = await this.#kept.get(`${place.accountId}/${place.regionId}`, async () => {
      const row = await findQuota(this.#database.db, place);
      return { plan: planOf(row), limits: limitsOf(row) };
    });
    return found ?? { plan: planOf(undefined), limits: limitsOf(undefined) };
  }

  /** What every replica has written, kept until one of them writes again, and what this one has not written yet. */
  async #traffic(place: QuotaPlace): Promise<number> {
    const month = monthOf(this.#clock.now());
    const id = trafficId(place, month);
    const written = await this.#written.get(id, async () => ({
      bytes: await trafficOf(this.#database.db, place, month),
    }));
    return (written?.bytes ?? 0) + (this.#pulled.get(id) ?? 0);
  }
}

import type { QuotaRow } from '../../database/quota-schema.ts';
import { RegistryError } from '../../errors.ts';

/** What an account may use in a region without limits of its own. `Free` is small and cannot be raised. */
export type Plan = 'Free' | 'Standard';

/** Bytes; null: no limit. */
export interface Limits {
  readonly storage: number | null;
  readonly traffic: number | null;
}

/** What is changed of a quota: bytes, or null for no limit; what is absent stays. */
export interface QuotaChange {
  readonly storage?: number | null;
  readonly traffic?: number | null;
}

const MEGABYTE = 1_048_576;

/** IBM's Free plan: 512 MB stored, 5 GB pulled in a month, in each region. */
const FREE = { storage: 512 * MEGABYTE, traffic: 5120 * MEGABYTE } as const;

export const planOf = (row: QuotaRow | undefined): Plan => row?.plan ?? 'Standard';

/** What the operator lets the account have; no plan and no limit of its own raises it. */
export const operatorLimitsOf = (row: QuotaRow | undefined): Limits => ({
  storage: row?.most_storage ?? null,
  traffic: row?.most_traffic ?? null,
});

const NONE: Limits = { storage: null, traffic: null };

/** The limits that hold: the account's own, never more than the plan Free has on that plan, nor than the operator allows. */
export const limitsOf = (row: QuotaRow | undefined): Limits => {
  const own = { storage: row?.storage_limit ?? null, traffic: row?.traffic_limit ?? null };
  const plan = planOf(row) === 'Standard' ? NONE : FREE;
  const most = operatorLimitsOf(row);
  return {
    storage: lowest(own.storage, plan.storage, most.storage),
    traffic: lowest(own.traffic, plan.traffic, most.traffic),
  };
};

const lowest = (...limits: readonly (number | null)[]): number | null => {
  const there = limits.filter((limit) => limit !== null);
  return there.length === 0 ? null : Math.min(...there);
};

/** Throws CONFLICT for a limit above what the plan Free has. */
export const refuseAbovePlan = (row: QuotaRow | undefined, change: QuotaChange): void => {
  if (planOf(row) === 'Standard') return;
  for (const kind of ['storage', 'traffic'] as const) {
    const asked = change[kind];
    if (asked === undefined || (asked !== null && asked <= FREE[kind])) continue;
    throw new RegistryError('CONFLICT', {
      message: `the plan Free has at most ${FREE[kind] / MEGABYTE} megabytes of ${kind}; set the plan to Standard first`,
    });
  }
};

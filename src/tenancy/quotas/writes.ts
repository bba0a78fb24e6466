import { changesBetween, recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { PullTrafficRow, QuotaRow } from '../../database/quota-schema.ts';
import { findAccount } from '../../identity/tx.ts';
import type { Actor } from '../../principal.ts';
import { type Limits, type Plan, planOf, type QuotaChange, refuseAbovePlan } from './plan.ts';
import { noAccount } from './refusals.ts';
import { addTraffic, findQuota, putQuota } from './rows.ts';

/** Where a quota holds. */
export interface QuotaPlace {
  readonly accountId: string;
  readonly regionId: string;
}

export const setQuota = defineWrite(
  'tenancy.quota.set',
  async (
    tx: Tx,
    { place, change, at, actor }: { place: QuotaPlace; change: QuotaChange; at: number; actor: Actor },
  ): Promise<void> => {
    const known = await findQuota(tx.db, place);
    refuseAbovePlan(known, change);
    const { storage = known?.storage_limit ?? null, traffic = known?.traffic_limit ?? null } = change;
    const { accountId, regionId } = place;
    const row = {
      account_id: accountId,
      region_id: regionId,
      storage_limit: storage,
      traffic_limit: traffic,
      plan: known?.plan ?? null,
    };
    await putQuota(tx, row);
    await recordEvent(tx, actor, {
      accountId,
      at,
      action: 'container-registry.quota.set',
      target: accountId,
      targetType: 'account',
      changed: changesBetween(known, row, ['storage_limit', 'traffic_limit']),
    });
  },
);

/** Changes what the operator lets the account have. */
export const setOperatorLimits = defineWrite(
  'tenancy.quota.bound',
  async (
    tx: Tx,
    { place, limits, at, actor }: { place: QuotaPlace; limits: Limits; at: number; actor: Actor },
  ): Promise<void> => {
    const { accountId, regionId } = place;
    if (!(await findAccount(tx.db, accountId))) throw noAccount(accountId);
    const known = await findQuota(tx.db, place);
    const none = { account_id: accountId, region_id: regionId, storage_limit: null, traffic_limit: null };
    const row = {
      ...{ ...none, plan: null, ...known },
      most_storage: limits.storage,
      most_traffic: limits.traffic,
    };
    await putQuota(tx, row);
    await recordEvent(tx, actor, {
      accountId,
      at,
      action: 'tidegate.quota.set',
      target: accountId,
      targetType: 'account',
      changed: changesBetween(limitsIn(known), limitsIn(row), ['storage_limit', 'traffic_limit']),
    });
  },
);

/** As the audit log names them. */
const limitsIn = (row: Pick<QuotaRow, 'most_storage' | 'most_traffic'> | undefined) => ({
  storage_limit: row?.most_storage ?? null,
  traffic_limit: row?.most_traffic ?? null,
});

/** Changes the plan. Limits of the account's own stay; what it stores stays too, also where that is more than the plan has. */
export const setPlan = defineWrite(
  'tenancy.plan.set',
  async (
    tx: Tx,
    { place, plan, at, actor }: { place: QuotaPlace; plan: Plan; at: number; actor: Actor },
  ): Promise<void> => {
    const known = await findQuota(tx.db, place);
    const { accountId, regionId } = place;
    const none = { account_id: accountId, region_id: regionId, storage_limit: null, traffic_limit: null };
    await putQuota(tx, { ...none, ...known, plan });
    await recordEvent(tx, actor, {
      accountId,
      at,
      action: 'container-registry.plan.set',
      target: accountId,
      targetType: 'account',
      changed: { plan: { from: planOf(known), to: plan } },
    });
  },
);

/** Adds what was pulled since the last batch; of an account that is gone meanwhile nothing. */
export const recordTraffic = defineWrite(
  'tenancy.traffic.record',
  async (tx: Tx, rows: readonly PullTrafficRow[]): Promise<void> => {
    for (const row of rows) if (await findAccount(tx.db, row.account_id)) await addTraffic(tx, row);
  },
);

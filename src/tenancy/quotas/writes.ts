import { changesBetween, recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { PullTrafficRow } from '../../database/quota-schema.ts';
import { findAccount } from '../../identity/tx.ts';
import type { Actor } from '../../principal.ts';
import { addTraffic, findQuota, putQuota } from './rows.ts';

/** Where a quota holds. */
export interface QuotaPlace {
  readonly accountId: string;
  readonly regionId: string;
}

/** What is changed of a quota: bytes, or null for no limit; what is absent stays. */
export interface QuotaChange {
  readonly storage?: number | null;
  readonly traffic?: number | null;
}

export const setQuota = defineWrite(
  'tenancy.quota.set',
  async (
    tx: Tx,
    { place, change, at, actor }: { place: QuotaPlace; change: QuotaChange; at: number; actor: Actor },
  ): Promise<void> => {
    const known = await findQuota(tx.db, place);
    const { storage = known?.storage_limit ?? null, traffic = known?.traffic_limit ?? null } = change;
    const { accountId, regionId } = place;
    const row = {
      account_id: accountId,
      region_id: regionId,
      storage_limit: storage,
      traffic_limit: traffic,
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

/** Adds what was pulled since the last batch; of an account that is gone meanwhile nothing. */
export const recordTraffic = defineWrite(
  'tenancy.traffic.record',
  async (tx: Tx, rows: readonly PullTrafficRow[]): Promise<void> => {
    for (const row of rows) if (await findAccount(tx.db, row.account_id)) await addTraffic(tx, row);
  },
);

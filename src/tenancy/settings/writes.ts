import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { Actor } from '../../principal.ts';
import type { QuotaPlace } from '../quotas/writes.ts';
import { findSettings, putSettings } from './rows.ts';

export const setSettings = defineWrite(
  'tenancy.settings.set',
  async (
    tx: Tx,
    input: { place: QuotaPlace; platformMetrics: boolean; at: number; actor: Actor },
  ): Promise<void> => {
    const { accountId, regionId } = input.place;
    const before = await findSettings(tx.db, input.place);
    const row = {
      account_id: accountId,
      region_id: regionId,
      platform_metrics: Number(input.platformMetrics),
    };
    await putSettings(tx, row);
    await recordEvent(tx, input.actor, {
      accountId,
      at: input.at,
      action: 'container-registry.settings.set',
      target: accountId,
      targetType: 'account',
      changed: {
        platform_metrics: { from: before?.platform_metrics === 1, to: input.platformMetrics },
      },
    });
  },
);

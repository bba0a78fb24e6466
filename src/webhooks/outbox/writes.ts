import { defineWrite, type Tx } from '../../database/database.ts';
import type { WebhookDeliveryRow } from '../../database/webhook-schema.ts';
import { insertDeliveries } from '../deliveries/rows.ts';
import { findPosition, noteDropped, putPosition } from './rows.ts';

export interface Handing {
  /** Where the look began: where it is another by now, another replica has handed these out. */
  readonly from: number | undefined;
  readonly to: number;
  readonly deliveries: readonly WebhookDeliveryRow[];
  /** By hook, events that are not kept as too many wait. */
  readonly dropped: readonly { readonly hookId: string; readonly count: number }[];
}

/**
 * Makes a page of events into deliveries, and notes how far that is done: both or neither, so each event becomes one delivery
 * per hook. False where another replica did it meanwhile.
 */
export const handOut = defineWrite(
  'webhooks.hand-out',
  async (tx: Tx, { from, to, deliveries, dropped }: Handing): Promise<boolean> => {
    if ((await findPosition(tx.db)) !== from) return false;
    await insertDeliveries(tx, deliveries);
    for (const { hookId, count } of dropped) await noteDropped(tx, hookId, count);
    await putPosition(tx, to);
    return true;
  },
  { relaxed: true, bulk: true },
);

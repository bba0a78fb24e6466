import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { WebhookDeliveryRow, WebhookRow } from '../../database/webhook-schema.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import { HOOK_LIMITS } from '../hooks/hook.ts';
import { findHook, updateHook } from '../hooks/rows.ts';
import * as rows from './rows.ts';

/** What became of one try, and what its hook is from now on. */
export interface EndedTry {
  readonly id: string;
  /** Tries before it: where there were more meanwhile, it was not this one. */
  readonly attempts: number;
  readonly delivery: Partial<WebhookDeliveryRow>;
  readonly hookId: string;
  readonly hook: Partial<Pick<WebhookRow, 'failing_since' | 'paused_until'>>;
}

/** Writes down what became of some tries. One that is lost is tried again: receivers know it by its id. */
export const endTries = defineWrite(
  'webhooks.deliveries.end',
  async (tx: Tx, ended: readonly EndedTry[]): Promise<void> => {
    for (const { delivery, hookId, hook, ...tried } of ended) {
      await rows.endTry(tx, tried, delivery);
      if (Object.keys(hook).length > 0) await updateHook(tx, hookId, hook);
    }
  },
  { relaxed: true, bulk: true },
);

interface Asking {
  readonly accountId: string;
  readonly hookId: string;
  readonly at: number;
  readonly actor: Actor;
}

/** Adds the delivery of a test. Throws NOT_FOUND, CONFLICT. */
export const addTest = defineWrite(
  'webhooks.deliveries.test',
  async (tx: Tx, { row, ...asking }: Asking & { row: WebhookDeliveryRow }): Promise<void> => {
    const hook = await livingHook(tx, asking);
    if ((await rows.countPending(tx.db, hook.id)) >= HOOK_LIMITS.pending)
      throw new RegistryError('CONFLICT', { message: 'too many deliveries wait for this webhook already' });
    await rows.insertDeliveries(tx, [row]);
    await audit(tx, hook, 'test', asking);
  },
);

/** Lets a delivery that has ended wait again, with the same id. Throws NOT_FOUND, CONFLICT. */
export const redeliver = defineWrite(
  'webhooks.deliveries.redeliver',
  async (tx: Tx, { id, ...asking }: Asking & { id: string }): Promise<WebhookDeliveryRow> => {
    const hook = await livingHook(tx, asking);
    const before = await rows.findDelivery(tx.db, hook.id, id);
    if (!before) throw new RegistryError('NOT_FOUND', { message: 'there is no such delivery' });
    if (before.state === 'pending')
      throw new RegistryError('CONFLICT', { message: 'the delivery is under way already' });
    const { at } = asking;
    const change = { state: 'pending', attempts: 0, next_at: at, redelivered_at: at } as const;
    await rows.updateDelivery(tx, id, change);
    await audit(tx, hook, 'redeliver', asking, id);
    return { ...before, ...change };
  },
);

const livingHook = async (tx: Tx, { accountId, hookId }: Asking): Promise<WebhookRow> => {
  const hook = await findHook(tx.db, accountId, hookId);
  if (!hook) throw new RegistryError('NOT_FOUND', { message: 'there is no such webhook in the account' });
  if (hook.enabled === 0)
    throw new RegistryError('CONFLICT', { message: 'the webhook is switched off; switch it on first' });
  return hook;
};

const audit = (
  tx: Tx,
  hook: WebhookRow,
  verb: string,
  { at, actor }: Asking,
  reference?: string,
): Promise<void> =>
  recordEvent(tx, actor, {
    accountId: hook.account_id,
    at,
    action: `container-registry.webhook.${verb}`,
    target: hook.id,
    targetType: 'webhook',
    targetName: hook.name,
    reference,
  });

interface Dropping {
  readonly hookId: string;
  readonly because: string;
  readonly limit: number;
}

/** Drops some of what waits for a hook; answers how many. */
export const dropPending = defineWrite(
  'webhooks.deliveries.drop',
  async (tx: Tx, input: Dropping): Promise<number> => rows.dropPending(tx, input),
  { bulk: true },
);

/** Forgets some of what was made before a time; answers how many. */
export const forgetDeliveries = defineWrite(
  'webhooks.deliveries.forget',
  async (tx: Tx, { before, limit }: { before: number; limit: number }): Promise<number> =>
    rows.deleteBefore(tx, before, limit),
  { bulk: true },
);

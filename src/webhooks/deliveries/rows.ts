import type { Db, Tx } from '../../database/database.ts';
import type { WebhookDeliveryRow } from '../../database/webhook-schema.ts';

export const findDelivery = (db: Db, hookId: string, id: string): Promise<WebhookDeliveryRow | undefined> =>
  db
    .selectFrom('webhook_deliveries')
    .selectAll()
    .where('id', '=', id)
    .where('hook_id', '=', hookId)
    .executeTakeFirst();

export interface DeliveryAsk {
  readonly hookId: string;
  readonly state: WebhookDeliveryRow['state'] | undefined;
  /** The id that the page before ended with. */
  readonly after: string | undefined;
  readonly limit: number;
}

/** Deliveries of a hook, newest first: their ids begin with the time. */
export const listDeliveries = (
  db: Db,
  { hookId, state, after, limit }: DeliveryAsk,
): Promise<WebhookDeliveryRow[]> => {
  let select = db.selectFrom('webhook_deliveries').selectAll().where('hook_id', '=', hookId);
  if (state !== undefined) select = select.where('state', '=', state);
  if (after !== undefined) select = select.where('id', '<', after);
  return select.orderBy('id', 'desc').limit(limit).execute();
};

/** What of a hook is due, in the order in which it is to be tried. */
export const dueDeliveries = (
  db: Db,
  hookId: string,
  now: number,
  limit: number,
): Promise<WebhookDeliveryRow[]> =>
  db
    .selectFrom('webhook_deliveries')
    .selectAll()
    .where('hook_id', '=', hookId)
    .where('next_at', '<=', now)
    .orderBy('next_at')
    .orderBy('number')
    .orderBy('id')
    .limit(limit)
    .execute();

/** Those of these hooks for which something is due. */
export const hooksWithDue = async (db: Db, hookIds: readonly string[], now: number): Promise<string[]> => {
  if (hookIds.length === 0) return [];
  const rows = await db
    .selectFrom('webhooks')
    .select('webhooks.id')
    .where('webhooks.id', 'in', hookIds)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('webhook_deliveries')
          .select('webhook_deliveries.id')
          .whereRef('webhook_deliveries.hook_id', '=', 'webhooks.id')
          .where('webhook_deliveries.next_at', '<=', now),
      ),
    )
    .execute();
  return rows.map(({ id }) => id);
};

/** How many wait for a hook: few more than HOOK_LIMITS.pending at most, from an index. */
export const countPending = async (db: Db, hookId: string): Promise<number> => {
  const row = await db
    .selectFrom('webhook_deliveries')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('hook_id', '=', hookId)
    .where('next_at', '>=', 0)
    .executeTakeFirst();
  return Number(row?.count ?? 0);
};

export const insertDeliveries = async (tx: Tx, rows: readonly WebhookDeliveryRow[]): Promise<void> => {
  if (rows.length > 0) await tx.uncached.insertInto('webhook_deliveries').values(rows).execute();
};

export const updateDelivery = async (
  tx: Tx,
  id: string,
  change: Partial<WebhookDeliveryRow>,
): Promise<void> => {
  await tx.uncached.updateTable('webhook_deliveries').set(change).where('id', '=', id).execute();
};

/** Writes down what became of a try; nothing where the delivery is not the one that was tried any more. */
export const endTry = async (
  tx: Tx,
  { id, attempts }: { readonly id: string; readonly attempts: number },
  change: Partial<WebhookDeliveryRow>,
): Promise<boolean> => {
  const { numUpdatedRows } = await tx.uncached
    .updateTable('webhook_deliveries')
    .set(change)
    .where('id', '=', id)
    .where('state', '=', 'pending')
    .where('attempts', '=', attempts)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
};

/** Drops some of what waits for a hook; answers how many. */
export const dropPending = async (
  tx: Tx,
  { hookId, because, limit }: { readonly hookId: string; readonly because: string; readonly limit: number },
): Promise<number> => {
  const rows = await tx.uncached
    .updateTable('webhook_deliveries')
    .set({ state: 'dropped', next_at: null, last_error: because })
    .where('id', 'in', (select) =>
      select
        .selectFrom('webhook_deliveries')
        .select('id')
        .where('hook_id', '=', hookId)
        .where('next_at', '>=', 0)
        .limit(limit),
    )
    .returning('id')
    .execute();
  return rows.length;
};

/** Deletes some deliveries of a hook; answers how many. */
export const deleteOfHook = async (tx: Tx, hookId: string, limit: number): Promise<number> => {
  const rows = await tx.uncached
    .deleteFrom('webhook_deliveries')
    .where('id', 'in', (select) =>
      select.selectFrom('webhook_deliveries').select('id').where('hook_id', '=', hookId).limit(limit),
    )
    .returning('id')
    .execute();
  return rows.length;
};

/** Deletes some of what was made before a time; answers how many. */
export const deleteBefore = async (tx: Tx, before: number, limit: number): Promise<number> => {
  const rows = await tx.uncached
    .deleteFrom('webhook_deliveries')
    .where('id', 'in', (select) =>
      select.selectFrom('webhook_deliveries').select('id').where('created_at', '<', before).limit(limit),
    )
    .returning('id')
    .execute();
  return rows.length;
};

import type { Db, Tx } from '../../database/database.ts';
import type { WebhookRow } from '../../database/webhook-schema.ts';

/** A hook that was not removed. */
export const findHook = (db: Db, accountId: string, id: string): Promise<WebhookRow | undefined> =>
  db
    .selectFrom('webhooks')
    .selectAll()
    .where('id', '=', id)
    .where('account_id', '=', accountId)
    .where('removed_at', 'is', null)
    .executeTakeFirst();

/** The same for the server itself, in whatever account. */
export const findHookById = (db: Db, id: string): Promise<WebhookRow | undefined> =>
  db
    .selectFrom('webhooks')
    .selectAll()
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .executeTakeFirst();

/** The hooks of an account; it has at most HOOK_LIMITS.perAccount. */
export const hooksOfAccount = (db: Db, accountId: string): Promise<WebhookRow[]> =>
  db
    .selectFrom('webhooks')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('removed_at', 'is', null)
    .execute();

/** The hooks of these accounts that are switched on. */
export const enabledHooksOf = async (db: Db, accountIds: readonly string[]): Promise<WebhookRow[]> =>
  accountIds.length === 0
    ? []
    : db
        .selectFrom('webhooks')
        .selectAll()
        .where('account_id', 'in', accountIds)
        .where('enabled', '=', 1)
        .where('removed_at', 'is', null)
        .execute();

export const hasEnabledHooks = async (db: Db): Promise<boolean> => {
  const row = await db
    .selectFrom('webhooks')
    .select('id')
    .where('enabled', '=', 1)
    .where('removed_at', 'is', null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
};

/** Hooks by id behind `after`, those that were removed too. */
export const hooksAfter = (db: Db, after: string, limit: number): Promise<WebhookRow[]> =>
  db.selectFrom('webhooks').selectAll().where('id', '>', after).orderBy('id').limit(limit).execute();

export const insertHook = async (tx: Tx, row: WebhookRow): Promise<void> => {
  await tx.uncached.insertInto('webhooks').values(row).execute();
};

export const updateHook = async (tx: Tx, id: string, change: Partial<WebhookRow>): Promise<void> => {
  await tx.uncached.updateTable('webhooks').set(change).where('id', '=', id).execute();
};

/** Marks every hook of a namespace as removed. */
export const removeHooksOfNamespace = async (tx: Tx, namespaceId: string): Promise<void> => {
  await tx.uncached
    .updateTable('webhooks')
    .set({ removed_at: 0, enabled: 0 })
    .where('namespace_id', '=', namespaceId)
    .where('removed_at', 'is', null)
    .execute();
};

export const deleteHook = async (tx: Tx, id: string): Promise<void> => {
  await tx.uncached.deleteFrom('webhooks').where('id', '=', id).execute();
};

/** One hook of an account, removed ones too. */
export const anyHookOfAccount = async (db: Db, accountId: string): Promise<string | undefined> => {
  const row = await db
    .selectFrom('webhooks')
    .select('id')
    .where('account_id', '=', accountId)
    .limit(1)
    .executeTakeFirst();
  return row?.id;
};

import { PostgresAdapter, sql } from 'kysely';
import type { Db, Tx } from '../../database/database.ts';
import type { ProtectionRuleRow } from '../../database/protection-schema.ts';

/** The rules of a namespace, oldest first: at most `limit`. */
export const rulesOfNamespace = (db: Db, namespaceId: string, limit: number): Promise<ProtectionRuleRow[]> =>
  db
    .selectFrom('protection_rules')
    .selectAll()
    .where('namespace_id', '=', namespaceId)
    .orderBy('created_at')
    .orderBy('id')
    .limit(limit)
    .execute();

export const findRule = (db: Db, id: string): Promise<ProtectionRuleRow | undefined> =>
  db.selectFrom('protection_rules').selectAll().where('id', '=', id).executeTakeFirst();

export const insertRule = async (tx: Tx, row: ProtectionRuleRow): Promise<void> => {
  await tx.uncached.insertInto('protection_rules').values(row).execute();
};

/** False when there is no such rule (any more). */
export const deleteRule = async (tx: Tx, id: string): Promise<boolean> => {
  const { numDeletedRows } = await tx.uncached
    .deleteFrom('protection_rules')
    .where('id', '=', id)
    .executeTakeFirst();
  return numDeletedRows > 0n;
};

/**
 * On PostgreSQL, makes this transaction collide with each one that writes a tag at the same time and has read the rules:
 * the other one begins again, and sees the rule. Without this it would count as the earlier one, and the tag could move
 * after the rule was answered with 201. A scan of the table, of which one row is enough, is a lock on all of it for
 * serializable transactions: nothing waits for it. SQLite has one writer.
 */
export const readTagsWhole = async (db: Db): Promise<void> => {
  if (!(db.getExecutor().adapter instanceof PostgresAdapter)) return;
  await planning(db, { scans: 'on', indexes: 'off' });
  await sql`select from tags limit 1`.execute(db);
  // as it was, before other statements of this connection are planned: their plans are kept
  await planning(db, { scans: 'off', indexes: 'on' });
};

const planning = async (db: Db, { scans, indexes }: { scans: string; indexes: string }): Promise<void> => {
  await sql`select set_config('enable_seqscan', ${scans}, true), set_config('enable_indexscan', ${indexes}, true),
    set_config('enable_indexonlyscan', ${indexes}, true), set_config('enable_bitmapscan', ${indexes}, true)`.execute(
    db,
  );
};

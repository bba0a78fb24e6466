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

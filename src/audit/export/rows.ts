import type { AuditExportRow } from '../../database/audit-schema.ts';
import type { Db, Tx } from '../../database/database.ts';

export const findExport = (db: Db, target: string): Promise<AuditExportRow | undefined> =>
  db.selectFrom('audit_exports').selectAll().where('target', '=', target).executeTakeFirst();

export const putExport = async (tx: Tx, row: AuditExportRow): Promise<void> => {
  const { target: _, ...set } = row;
  await tx.uncached
    .insertInto('audit_exports')
    .values(row)
    .onConflict((conflict) => conflict.column('target').doUpdateSet(set))
    .execute();
};

import type { AuditHoldRow } from '../../../database/audit-schema.ts';
import { inBatches } from '../../../database/batches.ts';
import type { Db, Tx } from '../../../database/database.ts';

export const findHold = (db: Db, accountId: string): Promise<AuditHoldRow | undefined> =>
  db.selectFrom('audit_holds').selectAll().where('account_id', '=', accountId).executeTakeFirst();

export const putHold = async (tx: Tx, row: AuditHoldRow): Promise<void> => {
  const { account_id: _, ...set } = row;
  await tx.uncached
    .insertInto('audit_holds')
    .values(row)
    .onConflict((conflict) => conflict.column('account_id').doUpdateSet(set))
    .execute();
};

/** How long a hold that was lifted still counts. */
export const AFTER_LIFTING = 7 * 24 * 3_600_000;

/** Those of these accounts whose events are held now. */
export const heldAmong = async (db: Db, accounts: readonly string[], now: number): Promise<string[]> => {
  const found = await inBatches(accounts, (some) =>
    db
      .selectFrom('audit_holds')
      .select('account_id')
      .where('account_id', 'in', some)
      .where(({ eb, or }) => or([eb('lifted_at', 'is', null), eb('lifted_at', '>', now - AFTER_LIFTING)]))
      .execute(),
  );
  return found.map(({ account_id: accountId }) => accountId);
};

/** When a hold last ceased to count; 0 when none has. */
export const lastReleased = async (db: Db, now: number): Promise<number> => {
  const row = await db
    .selectFrom('audit_holds')
    .select(({ fn }) => fn.max('lifted_at').as('at'))
    .where('lifted_at', '<=', now - AFTER_LIFTING)
    .executeTakeFirst();
  return row?.at === null || row?.at === undefined ? 0 : Number(row.at) + AFTER_LIFTING;
};

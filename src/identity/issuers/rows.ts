import type { Db, Tx } from '../../database/database.ts';
import type { IssuerRow } from '../../database/federation-schema.ts';

export const findIssuer = (db: Db, name: string): Promise<IssuerRow | undefined> =>
  db.selectFrom('issuers').selectAll().where('name', '=', name).executeTakeFirst();

export const insertIssuer = async (tx: Tx, row: IssuerRow): Promise<void> => {
  await tx.changed('issuer', row.name).insertInto('issuers').values(row).execute();
};

export const updateIssuer = async (
  tx: Tx,
  name: string,
  set: Partial<Omit<IssuerRow, 'name' | 'created_at'>>,
): Promise<void> => {
  await tx.changed('issuer', name).updateTable('issuers').set(set).where('name', '=', name).execute();
};

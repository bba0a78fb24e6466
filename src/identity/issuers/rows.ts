import type { Db, Tx } from '../../database/database.ts';
import type { IssuerKeysRow, IssuerRow } from '../../database/federation-schema.ts';

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

export const findIssuerKeys = (db: Db, name: string): Promise<IssuerKeysRow | undefined> =>
  db.selectFrom('issuer_keys').selectAll().where('name', '=', name).executeTakeFirst();

/** In the place of those before, unless these were read earlier. */
export const replaceIssuerKeys = async (tx: Tx, { name, ...columns }: IssuerKeysRow): Promise<void> => {
  await tx.uncached
    .insertInto('issuer_keys')
    .values({ name, ...columns })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet(columns).where('issuer_keys.read_at', '<=', columns.read_at),
    )
    .execute();
};

export const deleteIssuerKeys = async (tx: Tx, name: string): Promise<void> => {
  await tx.uncached.deleteFrom('issuer_keys').where('name', '=', name).execute();
};

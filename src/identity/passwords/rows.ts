import type { Db, Tx } from '../../database/database.ts';
import type { PasswordRow } from '../../database/iam-schema.ts';

export const findPasswordById = (db: Db, id: string): Promise<PasswordRow | undefined> =>
  db.selectFrom('passwords').selectAll().where('id', '=', id).executeTakeFirst();

export const findPassword = (db: Db, iamId: string): Promise<PasswordRow | undefined> =>
  db.selectFrom('passwords').selectAll().where('iam_id', '=', iamId).executeTakeFirst();

export const insertPassword = async (tx: Tx, row: PasswordRow): Promise<void> => {
  await tx.changed('password', row.id).insertInto('passwords').values(row).execute();
};

export const deletePassword = (tx: Tx, iamId: string): Promise<void> =>
  tx.changing('password', async (tables) => {
    const rows = await tables.deleteFrom('passwords').where('iam_id', '=', iamId).returning('id').execute();
    return { ids: rows.map(({ id }) => id), answer: undefined };
  });

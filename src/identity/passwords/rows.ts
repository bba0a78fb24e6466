import type { Db } from '../../database/database.ts';
import type { PasswordRow } from '../../database/iam-schema.ts';

export const findPasswordById = (db: Db, id: string): Promise<PasswordRow | undefined> =>
  db.selectFrom('passwords').selectAll().where('id', '=', id).executeTakeFirst();

export const findPassword = (db: Db, iamId: string): Promise<PasswordRow | undefined> =>
  db.selectFrom('passwords').selectAll().where('iam_id', '=', iamId).executeTakeFirst();

export const insertPassword = async (db: Db, row: PasswordRow): Promise<void> => {
  await db.insertInto('passwords').values(row).execute();
};

export const deletePassword = async (db: Db, iamId: string): Promise<void> => {
  await db.deleteFrom('passwords').where('iam_id', '=', iamId).execute();
};

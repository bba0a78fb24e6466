import type { Db } from './database.ts';
import type { ServiceIdRow } from './iam-schema.ts';

export const findServiceId = (db: Db, id: string): Promise<ServiceIdRow | undefined> =>
  db.selectFrom('service_ids').selectAll().where('id', '=', id).executeTakeFirst();

export const insertServiceId = async (db: Db, row: ServiceIdRow): Promise<void> => {
  await db.insertInto('service_ids').values(row).execute();
};

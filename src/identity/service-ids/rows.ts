import type { Db, Tx } from '../../database/database.ts';
import { type EntityPage, onPage } from '../../database/entity-page.ts';
import type { ServiceIdRow } from '../../database/iam-schema.ts';

export const findServiceId = (db: Db, id: string): Promise<ServiceIdRow | undefined> =>
  db.selectFrom('service_ids').selectAll().where('id', '=', id).executeTakeFirst();

/** An account's service IDs, all or those of one name, in order of their ids unless the page says otherwise. */
export const listServiceIds = (
  db: Db,
  { accountId, name, page }: { accountId: string; name: string | undefined; page: EntityPage },
): Promise<ServiceIdRow[]> => {
  const by = page.sort ?? 'id';
  const direction = page.descending ? 'desc' : 'asc';
  const all = db
    .selectFrom('service_ids')
    .selectAll()
    .where('account_id', '=', accountId)
    .where(onPage(page, by))
    .orderBy(by, direction)
    .limit(page.limit);
  const sorted = by === 'id' ? all : all.orderBy('id', direction);
  return (name === undefined ? sorted : sorted.where('name', '=', name)).execute();
};

export const countServiceIds = async (db: Db, accountId: string): Promise<number> => {
  const { count } = await db
    .selectFrom('service_ids')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow();
  return Number(count);
};

export const insertServiceId = async (tx: Tx, row: ServiceIdRow): Promise<void> => {
  await tx.changed('service-id', row.id).insertInto('service_ids').values(row).execute();
};

/** What of a row can change; whose it is cannot. */
export const updateServiceId = async (tx: Tx, row: ServiceIdRow): Promise<void> => {
  const { name, description, unique_instance_crns, entity_tag, locked, modified_at } = row;
  const set = { name, description, unique_instance_crns, entity_tag, locked, modified_at };
  await tx
    .changed('service-id', row.id)
    .updateTable('service_ids')
    .set(set)
    .where('id', '=', row.id)
    .execute();
};

export const deleteServiceId = async (tx: Tx, id: string): Promise<void> => {
  await tx.changed('service-id', id).deleteFrom('service_ids').where('id', '=', id).execute();
};

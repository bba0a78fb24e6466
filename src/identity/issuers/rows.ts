import { sql } from 'kysely';
import type { Db, Tx } from '../../database/database.ts';
import type { IssuerKeysRow, IssuerRow } from '../../database/federation-schema.ts';

export const findIssuer = (db: Db, name: string): Promise<IssuerRow | undefined> =>
  db.selectFrom('issuers').selectAll().where('name', '=', name).executeTakeFirst();

/** Whether one is there that was not removed. */
export const hasIssuers = async (db: Db): Promise<boolean> => {
  const row = await db
    .selectFrom('issuers')
    .select('name')
    .where('removed_at', 'is', null)
    .limit(1)
    .execute();
  return row.length > 0;
};

/** Adds a mark to the generation of those that were not removed, but for these names and those that have it. */
export const markIssuersBeside = (tx: Tx, names: readonly string[], mark: string): Promise<void> =>
  tx.changing('issuer', async (tables) => {
    const beside = tables
      .updateTable('issuers')
      .set({ generation: sql<string>`generation || ${mark}` })
      .where('removed_at', 'is', null)
      .where('generation', 'not like', `%${mark}`);
    const rows = await (names.length > 0 ? beside.where('name', 'not in', names) : beside)
      .returning('name')
      .execute();
    return { ids: rows.map(({ name }) => name), answer: undefined };
  });

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

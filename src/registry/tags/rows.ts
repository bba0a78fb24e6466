import { changeBuiltOnce, listBuiltOnce } from '../../database/built-once.ts';
import type { Changing, Db, Tx } from '../../database/database.ts';
import type { TagRow } from '../../database/schema.ts';
import { nameKey } from '../../oci/name-key.ts';

export interface TagTarget {
  readonly digest: string;
}

export const findTag = (db: Db, repositoryId: string, name: string): Promise<TagTarget | undefined> =>
  db
    .selectFrom('tags')
    .select('digest')
    .where('repository_id', '=', repositoryId)
    .where('name', '=', name)
    .executeTakeFirst();

const putTagRow = changeBuiltOnce(
  ['repository_id', 'name', 'digest', 'updated_at', 'name_key'],
  (tables: Changing<'tags'>, row: TagRow) =>
    tables
      .insertInto('tags')
      .values(row)
      .onConflict((conflict) =>
        conflict
          .columns(['repository_id', 'name'])
          .doUpdateSet({ digest: row.digest, updated_at: row.updated_at, name_key: row.name_key }),
      ),
);

export const putTag = async (tx: Tx, row: Omit<TagRow, 'name_key'>): Promise<void> => {
  const tables = tx.changed('tag', `${row.repository_id}/${row.name}`);
  await putTagRow(tx.db, tables, { ...row, name_key: nameKey(row.name) });
};

/** Gives tags the key they are ordered by: those of a repository that have none, at most `limit`. Answers how many. */
export const noteNameKeys = async (tx: Tx, repositoryId: string, limit: number): Promise<number> => {
  const rows = await tx.db
    .selectFrom('tags')
    .select('name')
    .where('repository_id', '=', repositoryId)
    .where('name_key', 'is', null)
    .limit(limit)
    .execute();
  for (const { name } of rows)
    await tx.noting
      .updateTable('tags')
      .set({ name_key: nameKey(name) })
      .where('repository_id', '=', repositoryId)
      .where('name', '=', name)
      .execute();
  return rows.length;
};

/** Answers what the tag stood for; undefined when there was no such tag. */
export const deleteTag = (tx: Tx, repositoryId: string, name: string): Promise<TagTarget | undefined> =>
  tx
    .changed('tag', `${repositoryId}/${name}`)
    .deleteFrom('tags')
    .where('repository_id', '=', repositoryId)
    .where('name', '=', name)
    .returning('digest')
    .executeTakeFirst();

const tagsNamed = listBuiltOnce(['repositoryId'], (db, names, { repositoryId }: { repositoryId: string }) =>
  db
    .selectFrom('tags')
    .select(['name', 'digest'])
    .where('repository_id', '=', repositoryId)
    .where('name', 'in', names),
);

/** What each of these tags stands for now; those that are not there are left out. */
export const findTags = async (
  db: Db,
  repositoryId: string,
  names: readonly string[],
): Promise<Map<string, string>> => {
  if (names.length === 0) return new Map();
  const rows = await tagsNamed(db, names, { repositoryId });
  return new Map(rows.map(({ name, digest }) => [name, digest]));
};

/** Removes at most `limit` of the tags of a manifest; answers their names. */
export const deleteTagsOfManifest = (
  tx: Tx,
  repositoryId: string,
  digest: string,
  limit: number,
): Promise<string[]> =>
  tx.changing('tag', async (tables) => {
    const names = await tagsOfManifest(tx.db, repositoryId, digest, limit);
    if (names.length === 0) return { ids: [], answer: [] };
    await tables
      .deleteFrom('tags')
      .where('repository_id', '=', repositoryId)
      .where('name', 'in', names)
      .execute();
    return { ids: names.map((name) => `${repositoryId}/${name}`), answer: names };
  });

/** Tag names in byte order, after `after`. */
export const listTags = async (
  db: Db,
  repositoryId: string,
  after: string,
  limit: number,
): Promise<string[]> => {
  if (limit === 0) return [];
  const rows = await db
    .selectFrom('tags')
    .select('name')
    .where('repository_id', '=', repositoryId)
    .where('name', '>', after)
    .orderBy('name')
    .limit(limit)
    .execute();
  return rows.map(({ name }) => name);
};

/** Names of the tags of a manifest, in no order: at most `limit`. */
export const tagsOfManifest = async (
  db: Db,
  repositoryId: string,
  digest: string,
  limit: number,
): Promise<string[]> => {
  const rows = await db
    .selectFrom('tags')
    .select('name')
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .limit(limit)
    .execute();
  return rows.map(({ name }) => name);
};

import type { Db } from '../../database/database.ts';
import type { TagRow } from '../../database/schema.ts';

export const findTag = (db: Db, repositoryId: string, name: string): Promise<TagRow | undefined> =>
  db
    .selectFrom('tags')
    .selectAll()
    .where('repository_id', '=', repositoryId)
    .where('name', '=', name)
    .executeTakeFirst();

export const putTag = async (db: Db, row: TagRow): Promise<void> => {
  await db
    .insertInto('tags')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(['repository_id', 'name'])
        .doUpdateSet({ digest: row.digest, updated_at: row.updated_at }),
    )
    .execute();
};

/** False when there was no such tag. */
export const deleteTag = async (db: Db, repositoryId: string, name: string): Promise<boolean> => {
  const { numDeletedRows } = await db
    .deleteFrom('tags')
    .where('repository_id', '=', repositoryId)
    .where('name', '=', name)
    .executeTakeFirst();
  return numDeletedRows > 0n;
};

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

export const tagsOfManifest = async (db: Db, repositoryId: string, digest: string): Promise<string[]> => {
  const rows = await db
    .selectFrom('tags')
    .select('name')
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .execute();
  return rows.map(({ name }) => name);
};

import { sql } from 'kysely';
import { inBatches } from '../../database/batches.ts';
import { listBuiltOnce, rowsBuiltOnce } from '../../database/built-once.ts';
import type { Changing, Db, Tx } from '../../database/database.ts';
import type { RepositoryContentRow, UsageCounterRow } from '../../database/usage-schema.ts';

/** A repository, and whose it is. */
export interface Holder {
  readonly accountId: string;
  readonly regionId: string;
  readonly namespaceId: string;
  readonly repositoryId: string;
}

/** What is counted of one digest in a repository, and who else in the account has it. Null: nothing, none. */
export interface CountedContent {
  readonly digest: string;
  readonly size: number | null;
  readonly linked: number | null;
  readonly tagged: number | null;
  readonly untagged: number | null;
  readonly trashed: number | null;
  /** For what it counts here; 4: for nothing. */
  readonly use: number | null;
  /** The first use that other repositories of the account have for it: what of them counts for nothing is left out. */
  readonly othersUse: number | null;
  /** `<repository id>/<namespace id>` of two other repositories that have it. */
  readonly other: string | null;
  readonly another: string | null;
}

const contentsOf = listBuiltOnce(
  ['accountId', 'regionId', 'repositoryId'],
  (db, digests, { accountId, regionId, repositoryId }: Omit<Holder, 'namespaceId'>) => {
    const asked = sql.join(digests.map((digest) => sql`(cast(${digest} as text))`));
    const others = (select: string, offset: number) => sql`
      (select ${sql.raw(select)} from repository_contents as o
       where o.account_id = ${accountId} and o.region_id = ${regionId} and o.digest = wanted.column1
         and o.use < 4 and o.repository_id <> ${repositoryId}
       order by o.use, o.repository_id limit 1 offset ${sql.lit(offset)})`;
    const place = `o.repository_id || '/' || o.namespace_id`;
    const query = sql<CountedContent>`
      select wanted.column1 as digest, mine.size, mine.linked, mine.tagged, mine.untagged, mine.trashed, mine.use,
        ${others('o.use', 0)} as "othersUse", ${others(place, 0)} as other, ${others(place, 1)} as another
      from (values ${asked}) as wanted
      left join repository_contents as mine
        on mine.repository_id = ${repositoryId} and mine.digest = wanted.column1`;
    return { compile: () => query.compile(db) };
  },
);

export const countedContents = (
  db: Db,
  { accountId, regionId, repositoryId }: Holder,
  digests: readonly string[],
): Promise<CountedContent[]> =>
  inBatches(digests, (batch) => contentsOf(db, batch, { accountId, regionId, repositoryId }));

const putContentRows = rowsBuiltOnce(
  [
    ...(['repository_id', 'digest', 'account_id', 'region_id', 'namespace_id', 'size'] as const),
    ...(['linked', 'tagged', 'untagged', 'trashed', 'use'] as const),
  ],
  (tables: Changing<'repository_contents'>, rows: readonly RepositoryContentRow[]) =>
    tables
      .insertInto('repository_contents')
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(['repository_id', 'digest']).doUpdateSet(({ ref }) => ({
          size: ref('excluded.size'),
          linked: ref('excluded.linked'),
          tagged: ref('excluded.tagged'),
          untagged: ref('excluded.untagged'),
          trashed: ref('excluded.trashed'),
          use: ref('excluded.use'),
        })),
      ),
);

/** Writes what is counted of these digests now. */
export const putContents = async (tx: Tx, rows: readonly RepositoryContentRow[]): Promise<void> => {
  await inBatches(rows, async (batch) => {
    await putContentRows(tx.db, tx.uncached, batch);
    return [];
  });
};

export const deleteContents = async (
  tx: Tx,
  repositoryId: string,
  digests: readonly string[],
): Promise<void> => {
  await inBatches(digests, async (batch) => {
    await tx.uncached
      .deleteFrom('repository_contents')
      .where('repository_id', '=', repositoryId)
      .where('digest', 'in', batch)
      .execute();
    return [];
  });
};

/** What is counted of a repository, any `limit` digests. */
export const someContents = (
  db: Db,
  repositoryId: string,
  limit: number,
): Promise<Omit<RepositoryContentRow, 'repository_id' | 'size' | 'linked' | 'use'>[]> =>
  db
    .selectFrom('repository_contents')
    .select(['account_id', 'region_id', 'namespace_id', 'digest', 'tagged', 'untagged', 'trashed'])
    .where('repository_id', '=', repositoryId)
    .limit(limit)
    .execute();

const COUNTERS = [
  'tagged',
  'untagged',
  'trash',
  'waiting',
  'shared',
  'images',
  'untagged_images',
  'trashed_images',
] as const;

const addCounterRows = rowsBuiltOnce(
  ['kind', 'id', 'region_id', 'shard', ...COUNTERS],
  (tables: Changing<'usage_counters'>, rows: readonly UsageCounterRow[]) =>
    tables
      .insertInto('usage_counters')
      .values(rows)
      .onConflict((conflict) =>
        conflict
          .columns(['kind', 'id', 'region_id', 'shard'])
          .doUpdateSet(({ eb, ref }) =>
            Object.fromEntries(
              COUNTERS.map((column) => [
                column,
                eb(ref(`usage_counters.${column}`), '+', ref(`excluded.${column}`)),
              ]),
            ),
          ),
      ),
);

/** Adds these to what was counted before. */
export const addToCounters = async (tx: Tx, rows: readonly UsageCounterRow[]): Promise<void> => {
  if (rows.length > 0) await addCounterRows(tx.db, tx.uncached, rows);
};

/** The counters of an account, a namespace or a repository are gone with it. */
export const deleteCounters = async (
  tx: Tx,
  { kind, id }: Pick<UsageCounterRow, 'kind' | 'id'>,
): Promise<void> => {
  await tx.uncached.deleteFrom('usage_counters').where('kind', '=', kind).where('id', '=', id).execute();
};

/** How many images were counted of a repository, by region: it is in one, but its row may not say so any more. */
export const imagesOf = (
  db: Db,
  repositoryId: string,
): Promise<Pick<UsageCounterRow, 'region_id' | 'images' | 'untagged_images' | 'trashed_images'>[]> =>
  db
    .selectFrom('usage_counters')
    .select('region_id')
    .select(
      (['images', 'untagged_images', 'trashed_images'] as const).map((column) =>
        sql<number>`cast(sum(${sql.ref(column)}) as bigint)`.as(column),
      ),
    )
    .where('kind', '=', 'repository')
    .where('id', '=', repositoryId)
    .groupBy('region_id')
    .execute();

/** Sums of the counters, by id. Ids of which nothing was counted are left out. */
export const sumsOf = (
  db: Db,
  { kind, regionId, ids }: { kind: UsageCounterRow['kind']; regionId: string; ids: readonly string[] },
): Promise<(Pick<UsageCounterRow, (typeof COUNTERS)[number]> & { id: string })[]> => {
  if (ids.length === 0) return Promise.resolve([]);
  return db
    .selectFrom('usage_counters')
    .select('id')
    .select(COUNTERS.map((column) => sql<number>`cast(sum(${sql.ref(column)}) as bigint)`.as(column)))
    .where('kind', '=', kind)
    .where('id', 'in', ids)
    .where('region_id', '=', regionId)
    .groupBy('id')
    .execute() as never;
};

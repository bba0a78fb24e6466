import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';
import type { TagPart } from '../reach/rows.ts';

/** A repository as lists are ordered. */
export interface OrderedRepository {
  readonly id: string;
  readonly name: string;
  readonly pushedAt: number;
}

/** Where a page by time ended. */
export interface ByTime {
  readonly at: number;
  /** Of those at the same time. */
  readonly by: string;
}

/** Repositories of a namespace by their last push, behind a place. */
export const repositoriesByPush = (
  db: Db,
  query: { namespaceId: string; descending: boolean; after: ByTime | undefined; limit: number },
): Promise<OrderedRepository[]> => {
  const { namespaceId, descending, after, limit } = query;
  const direction = descending ? 'desc' : 'asc';
  return db
    .selectFrom('repository_activity as activity')
    .innerJoin('repositories', 'repositories.id', 'activity.repository_id')
    .select(['repositories.id', 'repositories.name', 'activity.pushed_at as pushedAt'])
    .where('activity.namespace_id', '=', namespaceId)
    .$if(after !== undefined, (select) =>
      select.where(({ eb, refTuple, tuple }) =>
        eb(
          refTuple('activity.pushed_at', 'activity.repository_id'),
          descending ? '<' : '>',
          tuple(after?.at ?? 0, after?.by ?? ''),
        ),
      ),
    )
    .orderBy('activity.pushed_at', direction)
    .orderBy('activity.repository_id', direction)
    .limit(limit)
    .execute();
};

/** When these repositories were last pushed to, in no order. */
export const pushesOf = async (db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, number>> => {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('repository_activity')
    .select(['repository_id', 'pushed_at'])
    .where('repository_id', 'in', ids)
    .execute();
  return new Map(rows.map((row) => [row.repository_id, row.pushed_at]));
};

/** How many repositories a namespace has, counted up to `most`. */
export const countRepositories = async (db: Db, namespaceId: string, most: number): Promise<number> => {
  const row = await db
    .selectFrom((from) =>
      from
        .selectFrom('repositories')
        .select('id')
        .where('namespace_id', '=', namespaceId)
        .limit(most)
        .as('counted'),
    )
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirst();
  return Number(row?.count ?? 0);
};

/** What a list tells of a repository. */
export interface RepositoryFacts {
  readonly id: string;
  readonly pushedAt: number | null;
  readonly pulledAt: number | null;
  readonly newestTagAt: number | null;
  /** Counted up to a bound. */
  readonly tags: number | null;
}

export const repositoryFacts = async (
  db: Db,
  ids: readonly string[],
  mostTags: number,
): Promise<RepositoryFacts[]> => {
  if (ids.length === 0) return [];
  return db
    .selectFrom('repositories')
    .leftJoin('repository_activity as activity', 'activity.repository_id', 'repositories.id')
    .select([
      'repositories.id',
      'activity.pushed_at as pushedAt',
      'activity.pulled_at as pulledAt',
      newestOf.as('newestTagAt'),
      sql<number>`(select count(*) from (select 1 from tags where tags.repository_id = repositories.id
        limit ${sql.lit(mostTags)}) as counted)`.as('tags'),
    ])
    .where('repositories.id', 'in', ids)
    .execute();
};

/** The newest of the tags that are there: the row of a repository is written some seconds later. */
const newestOf = sql<
  number | null
>`(select tags.updated_at from tags where tags.repository_id = repositories.id
  order by tags.updated_at desc limit 1)`;

/** A tag as lists are ordered. */
export interface OrderedTag {
  readonly name: string;
  readonly digest: string;
  readonly updatedAt: number;
  readonly nameKey: string | null | undefined;
}

const orderedTags = (db: Db, repositoryId: string) =>
  db
    .selectFrom('tags')
    .select(['name', 'digest', 'updated_at as updatedAt', 'name_key as nameKey'])
    .where('repository_id', '=', repositoryId);

/** Tags of a repository by when they were set, behind a place. */
export const tagsByUpdate = (
  db: Db,
  query: { repositoryId: string; descending: boolean; after: ByTime | undefined; limit: number },
): Promise<OrderedTag[]> => {
  const { repositoryId, descending, after, limit } = query;
  const direction = descending ? 'desc' : 'asc';
  return orderedTags(db, repositoryId)
    .$if(after !== undefined, (select) =>
      select.where(({ eb, refTuple, tuple }) =>
        eb(refTuple('updated_at', 'name'), descending ? '<' : '>', tuple(after?.at ?? 0, after?.by ?? '')),
      ),
    )
    .orderBy('updated_at', direction)
    .orderBy('name', direction)
    .limit(limit)
    .execute();
};

/** Tags of a repository by name, numbers as numbers, behind a place. Those without a key are not among them. */
export const tagsByNameKey = (
  db: Db,
  query: { repositoryId: string; after: { key: string; name: string } | undefined; limit: number },
): Promise<OrderedTag[]> => {
  const { repositoryId, after, limit } = query;
  return orderedTags(db, repositoryId)
    .where(({ eb, refTuple, tuple }) =>
      eb(refTuple('name_key', 'name'), '>', tuple(after?.key ?? '', after?.name ?? '')),
    )
    .orderBy('name_key')
    .orderBy('name')
    .limit(limit)
    .execute();
};

/** Tags of a repository in byte order, behind a name. */
export const tagsByName = (
  db: Db,
  query: { repositoryId: string; after: string; limit: number },
): Promise<OrderedTag[]> =>
  orderedTags(db, query.repositoryId)
    .where('name', '>', query.after)
    .orderBy('name')
    .limit(query.limit)
    .execute();

/** Tags that lie in a part, in byte order behind a name. */
export const orderedTagsOfPart = (
  db: Db,
  query: { repositoryId: string; part: TagPart; after: string; limit: number },
): Promise<OrderedTag[]> => {
  const { part } = query;
  return (
    orderedTags(db, query.repositoryId)
      .where('name', '>=', part.start)
      // behind every tag that starts so: no tag has a character as high
      .where('name', '<=', part.exact ? part.start : `${part.start}\u007f`)
      .where('name', '>', query.after)
      .orderBy('name')
      .limit(query.limit)
      .execute()
  );
};

/** Whether a tag of a repository has no key yet. */
export const hasUnkeyedTag = async (db: Db, repositoryId: string): Promise<boolean> => {
  const row = await db
    .selectFrom('tags')
    .select('repository_id')
    .where('repository_id', '=', repositoryId)
    .where('name_key', 'is', null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
};

/** How many tags a repository has, counted up to `most`. */
export const countTags = async (db: Db, repositoryId: string, most: number): Promise<number> => {
  const row = await db
    .selectFrom((from) =>
      from
        .selectFrom('tags')
        .select('name')
        .where('repository_id', '=', repositoryId)
        .limit(most)
        .as('counted'),
    )
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirst();
  return Number(row?.count ?? 0);
};

import { type AskedFrom, askedTogether } from '../../database/asked-together.ts';
import { builtOnce } from '../../database/built-once.ts';
import type { Db, Tx } from '../../database/database.ts';
import type { RepositoryRow } from '../../database/schema.ts';
import { REMOVED } from '../../tenancy/tx.ts';

export interface Repository {
  readonly id: string;
  readonly regionId: string;
  readonly namespaceId: string;
  readonly name: string;
}

const repositoryNamed = builtOnce(
  ['regionId', 'name'],
  (db, { regionId, name }: { regionId: string; name: string }) =>
    db
      .selectFrom('repositories')
      .select(['id', 'region_id as regionId', 'namespace_id as namespaceId', 'name'])
      .where('region_id', '=', regionId)
      .where('name', '=', name),
);

export const findRepository = async (
  db: Db,
  regionId: string,
  name: string,
): Promise<Repository | undefined> => {
  const [repository] = await repositoryNamed(db, { regionId, name });
  return repository;
};

export const findRepositoryById = (db: Db, id: string): Promise<Repository | undefined> =>
  db
    .selectFrom('repositories')
    .select(['id', 'region_id as regionId', 'namespace_id as namespaceId', 'name'])
    .where('id', '=', id)
    .executeTakeFirst();

export const insertRepository = async (tx: Tx, row: RepositoryRow): Promise<void> => {
  await tx
    .changed('repository', `${row.region_id}/${row.name}`)
    .insertInto('repositories')
    .values(row)
    .execute();
};

/** Takes the name of a removed namespace's repository away, so that a new one can have it. */
export const freeRepositoryName = async (tx: Tx, { id, regionId, name }: Repository): Promise<void> => {
  await tx
    .changed('repository', `${regionId}/${name}`, id)
    .updateTable('repositories')
    .set({ region_id: REMOVED, name: id })
    .where('id', '=', id)
    .execute();
};

/** Repositories of a namespace by name, after `after`. */
export const repositoriesAfter = async (
  db: Db,
  query: { namespaceId: string; after: string; limit: number },
): Promise<{ id: string; name: string }[]> =>
  db
    .selectFrom('repositories')
    .select(['id', 'name'])
    .where('namespace_id', '=', query.namespaceId)
    .where('name', '>', query.after)
    .orderBy('name')
    .limit(query.limit)
    .execute();

/** Those of a namespace's repositories that have one of these names, by name. */
export const repositoriesNamed = async (
  db: Db,
  { namespaceId, names }: { namespaceId: string; names: readonly string[] },
): Promise<{ id: string; name: string }[]> =>
  names.length === 0
    ? []
    : db
        .selectFrom('repositories')
        .select(['id', 'name'])
        .where('namespace_id', '=', namespaceId)
        .where('name', 'in', names)
        .orderBy('name')
        .execute();

/** Names of repositories in these namespaces, in byte order, after `after`. */
export const listRepositoryNames = async (
  db: Db,
  { namespaceIds, after, limit }: { namespaceIds: readonly string[]; after: string; limit: number },
): Promise<string[]> => {
  if (namespaceIds.length === 0 || limit === 0) return [];
  const rows = await db
    .selectFrom('repositories')
    .select('name')
    .where('namespace_id', 'in', namespaceIds)
    .where('name', '>', after)
    .orderBy('name')
    .limit(limit)
    .execute();
  return rows.map(({ name }) => name);
};

/** A repository as a pull names it, and what is asked for in it. */
export interface NamedRepository {
  readonly regionId: string;
  readonly namespaceId: string;
  readonly name: string;
}

const ASKED = ['regionId', 'namespaceId', 'name', 'reference'] as const;

/**
 * A query by the place of a repository and a reference in it. It begins at `located`, which has the id of each, or
 * null. Each step looks up one row for each key, by itself: so there is no other plan, whatever PostgreSQL believed of the
 * tables when it was prepared.
 */
export const askedInRepositories = <Row extends object>(build: (from: Located) => Asked<Row>) =>
  askedTogether<(typeof ASKED)[number], Row>(ASKED, (from) => build(located(from)));

type Asked<Row extends object> = ReturnType<Parameters<typeof askedTogether<(typeof ASKED)[number], Row>>[1]>;

export type Located = ReturnType<typeof located>;

const located = (from: AskedFrom<(typeof ASKED)[number]>) =>
  from.with(
    (cte) => cte('located').materialized(),
    (query) =>
      query
        .selectFrom('wanted')
        .select(['wanted.ask', 'wanted.regionId', 'wanted.reference'])
        .select((select) =>
          select
            .selectFrom('repositories')
            .select('repositories.id')
            .whereRef('repositories.region_id', '=', 'wanted.regionId')
            .whereRef('repositories.name', '=', 'wanted.name')
            .whereRef('repositories.namespace_id', '=', 'wanted.namespaceId')
            .as('repositoryId'),
        ),
  );

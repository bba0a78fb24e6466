import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Db, Tx } from '../../database/database.ts';

/*
 * What garbage collection asks: pages by key, so that each statement's work is bounded by the page. A page is found in
 * two steps, where it ends and then what in it is unreferenced, since most rows of most pages are referenced.
 */

/*
 * What is not there is asked for by a scalar subquery: as `not exists` PostgreSQL may plan it as a join, and reads every
 * reference there is for each page.
 */

const isUnreferenced = (link: 'link' | 'repository_blobs'): RawBuilder<SqlBool> => sql<SqlBool>`(
  select 1 from manifest_references as held
  where held.repository_id = ${sql.ref(`${link}.repository_id`)}
    and held.target_digest = ${sql.ref(`${link}.digest`)} limit 1) is null`;

/** Blobs to which no repository of their region has a link, or none that this join finds something for. */
const hasNo = (join: RawBuilder<unknown>): RawBuilder<SqlBool> => sql<SqlBool>`(
  select 1 from repository_blobs as link
  join repositories as repository on repository.id = link.repository_id ${join}
  where link.digest = blobs.digest and repository.region_id = blobs.region_id limit 1) is null`;

/** Blobs that nothing in the trash of their region holds: what a repository did not hold, its trash only names. */
const isInNoTrash = sql<SqlBool>`(
  select 1 from trashed_references as trashed join repositories as repository on repository.id = trashed.repository_id
  where trashed.target_digest = blobs.digest and repository.region_id = blobs.region_id
    and coalesce(trashed.linked, 1) = 1 limit 1) is null`;

export interface LinkKey {
  readonly repository_id: string;
  readonly digest: string;
}

/** The key `count` links after `after`, or undefined where fewer are left. */
export const linkPageEnd = (db: Db, after: LinkKey, count: number): Promise<LinkKey | undefined> =>
  db
    .selectFrom('repository_blobs')
    .select(['repository_id', 'digest'])
    .where((eb) =>
      eb(eb.refTuple('repository_id', 'digest'), '>', eb.tuple(after.repository_id, after.digest)),
    )
    .orderBy('repository_id')
    .orderBy('digest')
    .offset(count - 1)
    .limit(1)
    .executeTakeFirst();

/**
 * In one repository the ends are told apart from it: PostgreSQL stops at the end of a row comparison only where its first
 * column changes, and would read the rest of a large repository for each page.
 */
const isBetween = (after: LinkKey, to: LinkKey | undefined): RawBuilder<SqlBool> => {
  const key = sql`(link.repository_id, link.digest)`;
  const later = sql<SqlBool>`${key} > (${after.repository_id}, ${after.digest})`;
  if (!to) return later;
  return to.repository_id === after.repository_id
    ? sql<SqlBool>`link.repository_id = ${to.repository_id}
        and link.digest > ${after.digest} and link.digest <= ${to.digest}`
    : sql<SqlBool>`${later} and ${key} <= (${to.repository_id}, ${to.digest})`;
};

export type UnreferencedLink = LinkKey & { readonly touched_at: number };

/** Links of `page` that no manifest of their repository refers to. */
export const unreferencedLinks = async (
  db: Db,
  { after, to }: { after: LinkKey; to: LinkKey | undefined },
): Promise<UnreferencedLink[]> =>
  db
    .selectFrom('repository_blobs as link')
    .select(['link.repository_id', 'link.digest'])
    .select(({ fn }) => fn.coalesce('link.touched_at', 'link.created_at').as('touched_at'))
    .where(isBetween(after, to))
    .where(isUnreferenced('link'))
    .execute();

/** Removes those of the links that were not wanted since `cutoff` and that no manifest refers to; answers which. */
export const deleteUnreferencedLinks = (
  tx: Tx,
  { repositoryId, digests, cutoff }: { repositoryId: string; digests: readonly string[]; cutoff: number },
): Promise<string[]> =>
  tx.changing('repository-blob', async (links) => {
    const rows = await links
      .deleteFrom('repository_blobs')
      .where('repository_id', '=', repositoryId)
      .where('digest', 'in', digests)
      .where(({ fn, eb }) => eb(fn.coalesce('touched_at', 'created_at'), '<=', cutoff))
      .where(isUnreferenced('repository_blobs'))
      .returning('digest')
      .execute();
    const removed = rows.map(({ digest }) => digest);
    return { ids: removed.map((digest) => `${repositoryId}/${digest}`), answer: removed };
  });

/** The digest `count` blobs after `after`, or undefined where fewer are left. */
export const blobPageEnd = async (
  db: Db,
  regionId: string,
  after: string,
  count: number,
): Promise<string | undefined> => {
  const row = await db
    .selectFrom('blobs')
    .select('digest')
    .where('region_id', '=', regionId)
    .where('digest', '>', after)
    .orderBy('digest')
    .offset(count - 1)
    .limit(1)
    .executeTakeFirst();
  return row?.digest;
};

export interface UnreferencedBlob {
  readonly digest: string;
  readonly size: number;
  readonly touched_at: number;
  /** When a link to it was last wanted; null where there is none. */
  readonly link_touched_at: number | null;
}

/**
 * Blobs of the page that no manifest of the region refers to, not even one in the trash: without links, or with such that
 * wait to be removed.
 */
export const unreferencedBlobs = async (
  db: Db,
  regionId: string,
  { after, to }: { after: string; to: string | undefined },
): Promise<UnreferencedBlob[]> =>
  db
    .selectFrom('blobs')
    .select(['blobs.digest', 'blobs.size', 'blobs.touched_at'])
    .select(({ selectFrom }) =>
      selectFrom('repository_blobs as link')
        .innerJoin('repositories as repository', 'repository.id', 'link.repository_id')
        .select(({ fn }) => fn.max(fn.coalesce('link.touched_at', 'link.created_at')).as('at'))
        .whereRef('link.digest', '=', 'blobs.digest')
        .whereRef('repository.region_id', '=', 'blobs.region_id')
        .as('link_touched_at'),
    )
    .where('blobs.region_id', '=', regionId)
    .where('blobs.digest', '>', after)
    .$if(to !== undefined, (select) => select.where('blobs.digest', '<=', to ?? ''))
    .where(
      hasNo(sql`join manifest_references as held
      on held.repository_id = link.repository_id and held.target_digest = link.digest`),
    )
    .where(isInNoTrash)
    .execute();

export interface RemovedBlob {
  readonly digest: string;
  readonly storage_key: string;
  readonly size: number;
}

/** Removes those of the blobs that no repository of the region links, that no trash holds, and that were not wanted since `cutoff`. */
export const deleteUnlinkedBlobs = (
  tx: Tx,
  { regionId, digests, cutoff }: { regionId: string; digests: readonly string[]; cutoff: number },
): Promise<RemovedBlob[]> =>
  tx.changing('blob', async (blobs) => {
    const removed = await blobs
      .deleteFrom('blobs')
      .where('region_id', '=', regionId)
      .where('digest', 'in', digests)
      .where('touched_at', '<=', cutoff)
      .where(hasNo(sql``))
      .where(isInNoTrash)
      .returning(['digest', 'storage_key', 'size'])
      .execute();
    return { ids: removed.map(({ digest }) => `${regionId}/${digest}`), answer: removed };
  });

import { sql } from 'kysely';
import { inBatches } from '../../database/batches.ts';
import { builtOnce, changeBuiltOnce, listBuiltOnce } from '../../database/built-once.ts';
import type { Changing, Db, Tx } from '../../database/database.ts';
import { type Holder, REMOVED } from '../../tenancy/tx.ts';

const holderOf = builtOnce(['repositoryId'], (db, { repositoryId }: { repositoryId: string }) =>
  db
    .selectFrom('repositories')
    .innerJoin('namespaces', 'namespaces.id', 'repositories.namespace_id')
    .select([
      'namespaces.account_id as accountId',
      'repositories.region_id as regionId',
      'namespaces.id as namespaceId',
      'repositories.id as repositoryId',
    ])
    .where('repositories.id', '=', repositoryId)
    .where('repositories.region_id', '<>', sql.lit(REMOVED)),
);

/** Whose a repository is. Undefined for one of a removed namespace: what is counted of it goes with the clearing. */
export const findHolder = async (db: Db, repositoryId: string): Promise<Holder | undefined> => {
  const [holder] = await holderOf(db, { repositoryId });
  return holder;
};

/** What is counted of a manifest. */
export interface CountedManifest {
  readonly digest: string;
  readonly subject: string | null;
  /** Bytes of the manifest itself. */
  readonly size: number;
  /** 1: something holds it; 0: nothing does; null: it was not counted yet. */
  readonly inUse: number | null;
}

const counted = (db: Db) =>
  db
    .selectFrom('manifests')
    .select(['digest', 'subject'])
    .select(sql<number | null>`in_use`.as('inUse'))
    .select(sql<number>`octet_length(content)`.as('size'));

const countedNow = listBuiltOnce(
  ['repositoryId'],
  (db, digests, { repositoryId }: { repositoryId: string }) =>
    counted(db).where('repository_id', '=', repositoryId).where('digest', 'in', digests),
);

export const countedManifests = (
  db: Db,
  repositoryId: string,
  digests: readonly string[],
): Promise<CountedManifest[]> => inBatches(digests, (batch) => countedNow(db, batch, { repositoryId }));

/** Manifests of a repository that were not counted yet: any `limit` of them. */
export const uncountedManifests = (db: Db, repositoryId: string, limit: number): Promise<CountedManifest[]> =>
  counted(db).where('repository_id', '=', repositoryId).where('in_use', 'is', null).limit(limit).execute();

const unusedOf = builtOnce(
  ['repositoryId', 'subject', 'limit'],
  (db, { repositoryId, subject, limit }: { repositoryId: string; subject: string; limit: number }) =>
    counted(db)
      .where('repository_id', '=', repositoryId)
      .where('subject', '=', subject)
      .where('in_use', '=', sql.lit(0))
      .limit(limit),
);

/** Counted manifests whose subject this is and that nothing holds: at most `limit`. */
export const unusedReferrers = (
  db: Db,
  repositoryId: string,
  subject: string,
  limit: number,
): Promise<CountedManifest[]> => unusedOf(db, { repositoryId, subject, limit });

const putUse = changeBuiltOnce(
  ['repositoryId', 'digest', 'inUse'],
  (
    tables: Changing<'manifests'>,
    { repositoryId, digest, inUse }: { repositoryId: string; digest: string; inUse: 0 | 1 },
  ) =>
    tables
      .updateTable('manifests')
      .set({ in_use: inUse })
      .where('repository_id', '=', repositoryId)
      .where('digest', '=', digest),
);

export const noteUse = async (tx: Tx, repositoryId: string, digest: string, inUse: 0 | 1): Promise<void> => {
  await putUse(tx.db, tx.noting, { repositoryId, digest, inUse });
};

const holdersOf = builtOnce(
  ['repositoryId', 'digest', 'subject'],
  (db, { repositoryId, digest, subject }: { repositoryId: string; digest: string; subject: string }) => {
    const exists = (table: 'tags' | 'manifest_references' | 'manifests', column: string, value: string) =>
      sql<number | null>`(select 1 from ${sql.table(table)} as held
        where held.repository_id = ${repositoryId} and held.${sql.ref(column)} = ${value} limit 1)`;
    return db.selectNoFrom([
      exists('tags', 'digest', digest).as('tag'),
      exists('manifest_references', 'target_digest', digest).as('index'),
      exists('manifests', 'digest', subject).as('subject'),
    ]);
  },
);

/** Whether a tag, an index or a subject of the repository holds a manifest. */
export const isHeldHere = async (
  db: Db,
  repositoryId: string,
  { digest, subject }: Pick<CountedManifest, 'digest' | 'subject'>,
): Promise<boolean> => {
  const [row] = await holdersOf(db, { repositoryId, digest, subject: subject ?? '' });
  return row !== undefined && (row.tag ?? row.index ?? row.subject) !== null;
};

/** What a manifest refers to. */
export interface CountedReference {
  readonly digest: string;
  readonly kind: 'blob' | 'manifest';
  /**
   * Bytes of the blob that the repository holds; 0 where they were lost. Null where it holds no such blob, whatever others
   * of the region do: else usage would tell what they store.
   */
  readonly size: number | null;
  /** 1: the repository has it as a manifest, which is counted by itself; null: it does not. */
  readonly manifest: number | null;
}

type References = Readonly<Record<'regionId' | 'repositoryId' | 'digest', string>>;

/*
 * Scalar subqueries: as joins PostgreSQL may read all that a repository holds.
 */
const livingReferences = builtOnce(
  ['regionId', 'repositoryId', 'digest'],
  (db, { regionId, repositoryId, digest }: References) =>
    db
      .selectFrom('manifest_references as reference')
      .select(['reference.target_digest as digest', 'reference.kind'])
      .select(
        sql<number | null>`(
          select coalesce((
            select blob.size from blobs as blob where blob.region_id = ${regionId} and blob.digest = link.digest), 0)
          from repository_blobs as link
          where link.repository_id = reference.repository_id and link.digest = reference.target_digest)`.as(
          'size',
        ),
      )
      .select(
        sql<number | null>`case when reference.kind = 'manifest' then (
          select 1 from manifests as listed
          where listed.repository_id = reference.repository_id and listed.digest = reference.target_digest
        ) end`.as('manifest'),
      )
      .where('reference.repository_id', '=', repositoryId)
      .where('reference.manifest_digest', '=', digest),
);

export const referencesOf = (
  db: Db,
  { regionId, repositoryId }: Holder,
  digest: string,
): Promise<CountedReference[]> => livingReferences(db, { regionId, repositoryId, digest });

/** What a manifest in the trash refers to. */
export interface TrashedReference {
  readonly digest: string;
  readonly kind: 'blob' | 'manifest';
  /** Bytes that the region has of it; 0 where it has none. */
  readonly size: number;
  /** 1: the repository held the blob when the manifest was deleted; 0: it did not; null: a program deleted it that wrote nothing down. */
  readonly linked: number | null;
  /** 1: the repository has it as a manifest; null: it does not. */
  readonly manifest: number | null;
}

const trashedReferences = builtOnce(
  ['regionId', 'repositoryId', 'digest'],
  (db, { regionId, repositoryId, digest }: References) =>
    db
      .selectFrom('trashed_references as reference')
      .leftJoin('blobs', (join) =>
        join.onRef('blobs.digest', '=', 'reference.target_digest').on('blobs.region_id', '=', regionId),
      )
      .select(['reference.target_digest as digest', 'reference.kind'])
      .select(sql<number | null>`reference.linked`.as('linked'))
      .select(
        sql<number | null>`(
          select 1 from manifests as listed
          where listed.repository_id = reference.repository_id and listed.digest = reference.target_digest)`.as(
          'manifest',
        ),
      )
      .select(({ fn, lit }) => fn.coalesce('blobs.size', lit(0)).as('size'))
      .where('reference.repository_id', '=', repositoryId)
      .where('reference.manifest_digest', '=', digest),
);

export const trashedReferencesOf = (
  db: Db,
  { regionId, repositoryId }: Holder,
  digest: string,
): Promise<TrashedReference[]> => trashedReferences(db, { regionId, repositoryId, digest });

/** Bytes of a manifest in the trash; undefined where it is not there. */
export const trashedSize = async (
  db: Db,
  { repositoryId }: Holder,
  digest: string,
): Promise<number | undefined> => {
  const row = await db
    .selectFrom('trashed_manifests')
    .select(sql<number>`octet_length(content)`.as('size'))
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .executeTakeFirst();
  return row?.size;
};

/** Sizes of blobs of a region, by digest. */
export const sizesOfBlobs = (
  db: Db,
  regionId: string,
  digests: readonly string[],
): Promise<{ digest: string; size: number }[]> =>
  inBatches(digests, (batch) =>
    db
      .selectFrom('blobs')
      .select(['digest', 'size'])
      .where('region_id', '=', regionId)
      .where('digest', 'in', batch)
      .execute(),
  );

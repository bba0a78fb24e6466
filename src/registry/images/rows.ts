import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';

/** What every view of an image tells of its manifest. */
export interface ManifestFacts {
  readonly repositoryId: string;
  readonly digest: string;
  readonly mediaType: string;
  readonly configDigest: string | null;
  /** Bytes of the config and the layers, as the manifest states them. */
  readonly size: number;
  /** When the image was built, in milliseconds; null where its config does not say. */
  readonly builtAt: number | null;
  readonly pushedAt: number;
  /** `<kind>:<account>/<id>`, as the audit log has it. */
  readonly pushedBy: string;
  /** Id of the credential, and the address it came from; null of what an earlier version took. */
  readonly pushedWith: string | null;
  readonly pushedFrom: string | null;
  /** JSON: which build it was, as the issuer of its token said. */
  readonly pushedClaims: string | null;
}

/** A tag with the manifest it points at. */
export interface TaggedManifest extends ManifestFacts {
  readonly tag: string;
}

/** A manifest, tagged or not. */
export interface ListedManifest extends ManifestFacts {
  /** An index lists it, or it names as its subject a manifest that is there: without a tag it is wanted still. */
  readonly isHeld: boolean;
}

const FACTS = [
  'manifests.repository_id as repositoryId',
  'manifests.digest',
  'manifests.media_type as mediaType',
  'manifests.config_digest as configDigest',
  'manifests.image_created_at as builtAt',
  'manifests.created_at as pushedAt',
  'manifests.created_by as pushedBy',
  'manifests.pushed_with as pushedWith',
  'manifests.pushed_from as pushedFrom',
  'manifests.pushed_claims as pushedClaims',
] as const;

/** An early version took sizes whose sum no number holds exactly. */
const exactSize = sql<number>`case when manifests.image_size > ${sql.lit(Number.MAX_SAFE_INTEGER)}
  then ${sql.lit(Number.MAX_SAFE_INTEGER)} else manifests.image_size end`;

const tagsWithManifests = (db: Db) =>
  db
    .selectFrom('tags')
    .innerJoin('manifests', (join) =>
      join
        .onRef('manifests.repository_id', '=', 'tags.repository_id')
        .onRef('manifests.digest', '=', 'tags.digest'),
    )
    .select(FACTS)
    .select(['tags.name as tag', exactSize.as('size')]);

/** Tags of one repository with their manifests, by digest and name, behind the digest `after`. */
export const taggedManifests = (
  db: Db,
  { repositoryId, after, limit }: { repositoryId: string; after: string; limit: number },
): Promise<TaggedManifest[]> =>
  tagsWithManifests(db)
    .where('tags.repository_id', '=', repositoryId)
    .where('tags.digest', '>', after)
    .orderBy('tags.digest')
    .orderBy('tags.name')
    .limit(limit)
    .execute();

/** Any `limit` tags of several repositories, in no order: all that there are where they are fewer. */
export const someTaggedManifests = (
  db: Db,
  repositoryIds: readonly string[],
  limit: number,
): Promise<TaggedManifest[]> =>
  tagsWithManifests(db).where('tags.repository_id', 'in', repositoryIds).limit(limit).execute();

/** Tags of a repository that have one of these names, with their manifests, in no order. */
export const manifestsTagged = (
  db: Db,
  repositoryId: string,
  names: readonly string[],
): Promise<TaggedManifest[]> =>
  tagsWithManifests(db)
    .where('tags.repository_id', '=', repositoryId)
    .where('tags.name', 'in', names)
    .execute();

/** A manifest of a repository without its content. */
export const factsOfManifest = (
  db: Db,
  repositoryId: string,
  digest: string,
): Promise<ManifestFacts | undefined> =>
  db
    .selectFrom('manifests')
    .select(FACTS)
    .select(exactSize.as('size'))
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .executeTakeFirst();

const listed = (db: Db) =>
  db
    .selectFrom('manifests')
    .select(FACTS)
    .select(exactSize.as('size'))
    .select((select) => [
      select
        .selectFrom('manifest_references as holder')
        // not the holder itself: PostgreSQL would read an index that has it, and all of it
        .select(sql<number>`1`.as('one'))
        .whereRef('holder.repository_id', '=', 'manifests.repository_id')
        .whereRef('holder.target_digest', '=', 'manifests.digest')
        .limit(1)
        .as('listedIn'),
      select
        .selectFrom('manifests as about')
        .select('about.digest')
        .whereRef('about.repository_id', '=', 'manifests.repository_id')
        .whereRef('about.digest', '=', 'manifests.subject')
        .as('about'),
    ]);

/** The row itself, so that a list makes no second object of each. */
const listedOf = <Row extends { listedIn: number | null; about: string | null }>(row: Row) =>
  Object.assign(row, { isHeld: row.listedIn !== null || row.about !== null });

/** Manifests of one repository, tagged or not, by digest, behind the digest `after`. */
export const manifestsBehind = async (
  db: Db,
  { repositoryId, after, limit }: { repositoryId: string; after: string; limit: number },
): Promise<ListedManifest[]> => {
  const rows = await listed(db)
    .where('manifests.repository_id', '=', repositoryId)
    .where('manifests.digest', '>', after)
    .orderBy('manifests.digest')
    .limit(limit)
    .execute();
  return rows.map(listedOf);
};

/** Any `limit` manifests of several repositories, in no order: all that there are where they are fewer. */
export const someManifests = async (
  db: Db,
  repositoryIds: readonly string[],
  limit: number,
): Promise<ListedManifest[]> => {
  const rows = await listed(db).where('manifests.repository_id', 'in', repositoryIds).limit(limit).execute();
  return rows.map(listedOf);
};

/** A manifest as its repository knows it. */
export interface ManifestKey {
  readonly repositoryId: string;
  readonly digest: string;
}

/** Any `limit` tags of several manifests, in no order: all that there are where they are fewer. */
export const someTagsOf = (
  db: Db,
  manifests: readonly ManifestKey[],
  limit: number,
): Promise<(ManifestKey & { tag: string })[]> =>
  db
    .with('wanted(repository_id, digest)', () => wantedManifests(manifests))
    .selectFrom('wanted')
    .innerJoin('tags', (join) =>
      join
        .onRef('tags.repository_id', '=', 'wanted.repository_id')
        .onRef('tags.digest', '=', 'wanted.digest'),
    )
    .select(['tags.repository_id as repositoryId', 'tags.digest', 'tags.name as tag'])
    .limit(limit)
    .execute();

const wantedManifests = (manifests: readonly ManifestKey[]) =>
  sql<{ repository_id: string; digest: string }>`(values ${sql.join(
    manifests.map(({ repositoryId, digest }) => sql`(${repositoryId}, ${digest})`),
  )})`;

/** Names of the tags of a digest, in byte order, after `after`. */
export const tagsOfDigest = async (
  db: Db,
  query: { repositoryId: string; digest: string; after: string; limit: number },
): Promise<string[]> => {
  const rows = await db
    .selectFrom('tags')
    .select('name')
    .where('repository_id', '=', query.repositoryId)
    .where('digest', '=', query.digest)
    .where('name', '>', query.after)
    .orderBy('name')
    .limit(query.limit)
    .execute();
  return rows.map(({ name }) => name);
};

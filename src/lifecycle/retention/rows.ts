import type { Insertable, Updateable } from 'kysely';
import type { Db, Tx } from '../../database/database.ts';
import type { RetentionPolicyRow, RetentionRunRow } from '../../database/retention-schema.ts';

/** A manifest of a repository, with what holds it there. */
export interface StoredImage {
  readonly digest: string;
  readonly mediaType: string;
  readonly builtAt: number | null;
  readonly pushedAt: number;
  /** When it was put back from the trash, if it was. */
  readonly restoredAt: number | null | undefined;
  /** One of the indexes that list it. */
  readonly heldBy: string | null;
  /** Its subject, where that is in the repository. */
  readonly subject: string | null;
  /** One of the manifests that refer to it. */
  readonly referrer: string | null;
}

const images = (db: Db) =>
  db
    .selectFrom('manifests as image')
    .select([
      'image.digest',
      'image.media_type as mediaType',
      'image.image_created_at as builtAt',
      'image.created_at as pushedAt',
      'image.restored_at as restoredAt',
    ])
    .select(({ selectFrom }) => [
      selectFrom('manifest_references as reference')
        .select('reference.manifest_digest')
        .whereRef('reference.repository_id', '=', 'image.repository_id')
        .whereRef('reference.target_digest', '=', 'image.digest')
        // of any kind, which is in no index: else both engines read all references of the repository in the index that has
        // the other columns, once for each image
        .where('reference.kind', 'in', ['blob', 'manifest'])
        .limit(1)
        .as('heldBy'),
      selectFrom('manifests as other')
        .select('other.digest')
        .whereRef('other.repository_id', '=', 'image.repository_id')
        .whereRef('other.digest', '=', 'image.subject')
        .as('subject'),
      selectFrom('manifests as other')
        .select('other.digest')
        .whereRef('other.repository_id', '=', 'image.repository_id')
        .whereRef('other.subject', '=', 'image.digest')
        .limit(1)
        .as('referrer'),
    ]);

export const findImage = (db: Db, repositoryId: string, digest: string): Promise<StoredImage | undefined> =>
  images(db)
    .where('image.repository_id', '=', repositoryId)
    .where('image.digest', '=', digest)
    .executeTakeFirst();

/** Images that have a creation date and were never restored, the newest first, behind one of them. */
export const datedImages = (
  db: Db,
  query: {
    repositoryId: string;
    after: { readonly builtAt: number; readonly digest: string } | undefined;
    limit: number;
  },
): Promise<StoredImage[]> =>
  images(db)
    .where('image.repository_id', '=', query.repositoryId)
    .where('image.image_created_at', 'is not', null)
    .where('image.restored_at', 'is', null)
    .$if(query.after !== undefined, (select) =>
      select.where(({ eb, refTuple, tuple }) =>
        eb(
          refTuple('image.image_created_at', 'image.digest'),
          '<',
          tuple(query.after?.builtAt ?? 0, query.after?.digest ?? ''),
        ),
      ),
    )
    .orderBy('image.image_created_at', 'desc')
    .orderBy('image.digest', 'desc')
    .limit(query.limit)
    .execute();

/** Images that have a creation date and were restored, the one that was restored last first, behind one of them. */
export const restoredImages = (
  db: Db,
  query: {
    repositoryId: string;
    after: { readonly restoredAt: number; readonly digest: string } | undefined;
    limit: number;
  },
): Promise<StoredImage[]> =>
  images(db)
    .where('image.repository_id', '=', query.repositoryId)
    .where('image.restored_at', 'is not', null)
    .where('image.image_created_at', 'is not', null)
    .$if(query.after !== undefined, (select) =>
      select.where(({ eb, refTuple, tuple }) =>
        eb(
          refTuple('image.restored_at', 'image.digest'),
          '<',
          tuple(query.after?.restoredAt ?? 0, query.after?.digest ?? ''),
        ),
      ),
    )
    .orderBy('image.restored_at', 'desc')
    .orderBy('image.digest', 'desc')
    .limit(query.limit)
    .execute();

/** Images without a creation date, by digest. */
export const undatedImages = (
  db: Db,
  query: { repositoryId: string; after: string; limit: number },
): Promise<StoredImage[]> =>
  images(db)
    .where('image.repository_id', '=', query.repositoryId)
    .where('image.image_created_at', 'is', null)
    .where('image.digest', '>', query.after)
    .orderBy('image.digest')
    .limit(query.limit)
    .execute();

/** A tag of an image, and when it was set last. */
export interface TagOfImage {
  readonly digest: string;
  readonly name: string;
  readonly setAt: number;
}

/** Any `limit` tags of these images, in no order: all that there are where they are fewer. */
export const someTags = (
  db: Db,
  { repositoryId, digests, limit }: { repositoryId: string; digests: readonly string[]; limit: number },
): Promise<TagOfImage[]> =>
  db
    .selectFrom('tags')
    .select(['digest', 'name', 'updated_at as setAt'])
    .where('repository_id', '=', repositoryId)
    .where('digest', 'in', digests)
    .limit(limit)
    .execute();

/** Those of these digests that are manifests of the repository, or were and can be restored. */
export const thereOrInTrash = async (
  db: Db,
  repositoryId: string,
  digests: readonly string[],
): Promise<Set<string>> => {
  const found = new Set<string>();
  for (const table of ['manifests', 'trashed_manifests'] as const) {
    const rows = await db
      .selectFrom(table)
      .select('digest')
      .where('repository_id', '=', repositoryId)
      .where('digest', 'in', digests)
      .execute();
    for (const { digest } of rows) found.add(digest);
  }
  return found;
};

/** When one of these tags or digests of a repository was pulled last. */
export const lastPulled = async (
  db: Db,
  query: { repositoryId: string; kind: 'tag' | 'digest'; references: readonly string[] },
): Promise<number | undefined> => {
  const row = await db
    .selectFrom('pulls')
    .select(({ fn }) => fn.max('last_at').as('lastAt'))
    .where('repository_id', '=', query.repositoryId)
    .where('kind', '=', query.kind)
    .where('reference', 'in', query.references)
    .executeTakeFirst();
  // an aggregate of no rows is null
  return (row?.lastAt as number | null | undefined) ?? undefined;
};

/** A reference of a manifest to a blob or to another manifest. */
export interface ReferenceOf {
  readonly from: string;
  readonly digest: string;
  readonly kind: 'blob' | 'manifest';
}

/**
 * References in the order of their key, behind one: those of a manifest, by what they lead to, and then others'. By two
 * columns of the key at once: asked for one manifest, PostgreSQL may take the index of targets and read a whole repository.
 */
export const referencesAfter = (
  db: Db,
  query: { repositoryId: string; from: string; after: string; limit: number },
): Promise<ReferenceOf[]> =>
  db
    .selectFrom('manifest_references')
    .select(['manifest_digest as from', 'target_digest as digest', 'kind'])
    .where('repository_id', '=', query.repositoryId)
    .where(({ eb, refTuple, tuple }) =>
      eb(refTuple('manifest_digest', 'target_digest'), '>', tuple(query.from, query.after)),
    )
    .orderBy('manifest_digest')
    .orderBy('target_digest')
    .limit(query.limit)
    .execute();

export const findPolicy = (db: Db, namespaceId: string): Promise<RetentionPolicyRow | undefined> =>
  db.selectFrom('retention_policies').selectAll().where('namespace_id', '=', namespaceId).executeTakeFirst();

/** The policies of these namespaces: an account has at most a hundred in a region. */
export const policiesOf = (db: Db, namespaceIds: readonly string[]): Promise<RetentionPolicyRow[]> =>
  db.selectFrom('retention_policies').selectAll().where('namespace_id', 'in', namespaceIds).execute();

/** A policy that is to run by `at`. */
export const duePolicy = (db: Db, at: number): Promise<RetentionPolicyRow | undefined> =>
  db
    .selectFrom('retention_policies')
    .selectAll()
    .where('due_at', '<=', at)
    .orderBy('due_at')
    .orderBy('namespace_id')
    .limit(1)
    .executeTakeFirst();

export const putPolicy = async (tx: Tx, row: Insertable<RetentionPolicyRow>): Promise<void> => {
  const { namespace_id: _key, ...rest } = row;
  await tx.uncached
    .insertInto('retention_policies')
    .values(row)
    .onConflict((conflict) => conflict.column('namespace_id').doUpdateSet(rest))
    .execute();
};

export const changePolicy = async (
  tx: Tx,
  namespaceId: string,
  change: Pick<Updateable<RetentionPolicyRow>, 'analyzed_at' | 'due_at'>,
): Promise<void> => {
  await tx.uncached
    .updateTable('retention_policies')
    .set(change)
    .where('namespace_id', '=', namespaceId)
    .execute();
};

export const deletePolicy = async (tx: Tx, namespaceId: string): Promise<void> => {
  await tx.uncached.deleteFrom('retention_policies').where('namespace_id', '=', namespaceId).execute();
};

/** Whether an analysis of a policy was answered since then. */
export const wasAnalyzed = async (
  db: Db,
  query: { namespaceId: string; fingerprint: string; since: number },
): Promise<boolean> => {
  const row = await db
    .selectFrom('retention_analyses')
    .select('at')
    .where('namespace_id', '=', query.namespaceId)
    .where('fingerprint', '=', query.fingerprint)
    .executeTakeFirst();
  return row !== undefined && row.at >= query.since;
};

/** Writes an analysis down, and forgets those of its namespace from before `forgetBefore`. */
export const putAnalysis = async (
  tx: Tx,
  row: { namespaceId: string; fingerprint: string; at: number; forgetBefore: number },
): Promise<void> => {
  await tx.uncached
    .deleteFrom('retention_analyses')
    .where('namespace_id', '=', row.namespaceId)
    .where('at', '<', row.forgetBefore)
    .execute();
  await tx.uncached
    .insertInto('retention_analyses')
    .values({ namespace_id: row.namespaceId, fingerprint: row.fingerprint, at: row.at })
    .onConflict((conflict) => conflict.columns(['namespace_id', 'fingerprint']).doUpdateSet({ at: row.at }))
    .execute();
};

/** How many analyses of a namespace are remembered. */
export const countAnalyses = async (db: Db, namespaceId: string): Promise<number> => {
  const row = await db
    .selectFrom('retention_analyses')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('namespace_id', '=', namespaceId)
    .executeTakeFirst();
  return Number(row?.count ?? 0);
};

export const insertRun = async (tx: Tx, row: RetentionRunRow): Promise<void> => {
  await tx.uncached.insertInto('retention_runs').values(row).execute();
};

export const findRun = (db: Db, id: string): Promise<RetentionRunRow | undefined> =>
  db.selectFrom('retention_runs').selectAll().where('id', '=', id).executeTakeFirst();

export const outcomeOfRun = async (db: Db, id: string): Promise<RetentionRunRow['outcome'] | undefined> =>
  (await db.selectFrom('retention_runs').select('outcome').where('id', '=', id).executeTakeFirst())?.outcome;

/** The latest runs of a namespace, the newest first, behind the first `skip`. */
export const latestRuns = (
  db: Db,
  { namespaceId, skip, limit }: { namespaceId: string; skip: number; limit: number },
): Promise<RetentionRunRow[]> =>
  db
    .selectFrom('retention_runs')
    .selectAll()
    .where('namespace_id', '=', namespaceId)
    .orderBy('requested_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .offset(skip)
    .execute();

/** Runs in this state, those first that were asked for first, with whose they are. */
export const runsThat = (
  db: Db,
  outcome: 'waiting' | 'running',
  limit: number,
): Promise<(RetentionRunRow & { account_id: string; namespace: string })[]> =>
  db
    .selectFrom('retention_runs')
    .innerJoin('namespaces', 'namespaces.id', 'retention_runs.namespace_id')
    .selectAll('retention_runs')
    .select(['namespaces.account_id', 'namespaces.name as namespace'])
    .where('outcome', '=', outcome)
    .orderBy('requested_at')
    .orderBy('retention_runs.id')
    .limit(limit)
    .execute();

export const updateRun = async (
  tx: Tx,
  id: string,
  change: Omit<Updateable<RetentionRunRow>, 'id' | 'namespace_id'>,
): Promise<void> => {
  await tx.uncached.updateTable('retention_runs').set(change).where('id', '=', id).execute();
};

export const deleteRuns = async (tx: Tx, ids: readonly string[]): Promise<void> => {
  if (ids.length === 0) return;
  await tx.uncached.deleteFrom('retention_runs').where('id', 'in', ids).execute();
};

/** Runs that failed, those first that were asked for first, with whose they are. */
export const failedRunsAfter = (
  db: Db,
  after: { readonly at: number; readonly id: string },
  limit: number,
): Promise<(RetentionRunRow & { account_id: string; namespace: string })[]> =>
  db
    .selectFrom('retention_runs')
    .innerJoin('namespaces', 'namespaces.id', 'retention_runs.namespace_id')
    .selectAll('retention_runs')
    .select(['namespaces.account_id', 'namespaces.name as namespace'])
    .where('outcome', '=', 'failed')
    .where(({ eb, refTuple, tuple }) =>
      eb(refTuple('requested_at', 'retention_runs.id'), '>', tuple(after.at, after.id)),
    )
    .orderBy('requested_at')
    .orderBy('retention_runs.id')
    .limit(limit)
    .execute();

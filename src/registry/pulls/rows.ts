import { type ExpressionBuilder, sql } from 'kysely';
import type { PullRow } from '../../database/audit-schema.ts';
import type { Db, Tx } from '../../database/database.ts';
import type { Schema } from '../../database/schema.ts';

export type PullCount = PullRow;

/** Adds to what was counted on the day. */
export const addPulls = async (tx: Tx, row: PullCount): Promise<void> => {
  await tx.uncached
    .insertInto('pulls')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['repository_id', 'kind', 'reference', 'day']).doUpdateSet(({ ref, eb }) => ({
        count: eb(ref('pulls.count'), '+', row.count),
        last_at: row.last_at,
        last_principal: row.last_principal,
      })),
    )
    .execute();
};

/** What was counted of these tags or digests of a repository, day by day. */
export const pullsOf = (
  db: Db,
  { repositoryId, kind, references }: PullsAsk,
): Promise<Omit<PullCount, 'repository_id' | 'kind'>[]> =>
  db
    .selectFrom('pulls')
    .select(['reference', 'day', 'count', 'last_at', 'last_principal'])
    .where('repository_id', '=', repositoryId)
    .where('kind', '=', kind)
    .where('reference', 'in', references)
    .execute();

/** A tag or digest of a repository. */
export type PullKey = Pick<PullCount, 'repository_id' | 'kind' | 'reference'>;

/** How often something was pulled in all, as far as it is remembered. */
export interface PullTotal extends PullKey {
  readonly lastAt: number;
  /** Pulls after a day. */
  readonly recent: number;
}

/** Any `limit` counts of several repositories, in no order: all that there are where they are fewer. */
export const somePulls = (
  db: Db,
  repositoryIds: readonly string[],
  limit: number,
): Promise<Omit<PullCount, 'last_principal'>[]> =>
  db
    .selectFrom('pulls')
    .select(['repository_id', 'kind', 'reference', 'day', 'count', 'last_at'])
    .where('repository_id', 'in', repositoryIds)
    .limit(limit)
    .execute();

/** Sums of what was counted of these tags and digests, of any repositories; `day`: the last day that is not recent. */
export const pullTotals = async (db: Db, keys: readonly PullKey[], day: number): Promise<PullTotal[]> => {
  if (keys.length === 0) return [];
  const wanted = sql<PullKey>`(values ${sql.join(
    keys.map((key) => sql`(${key.repository_id}, ${key.kind}, ${key.reference})`),
  )})`;
  const rows = await db
    .with('wanted(repository_id, kind, reference)', () => wanted)
    .selectFrom('wanted')
    .select(['wanted.repository_id', 'wanted.kind', 'wanted.reference'])
    .select((select) => [
      countsOf(select)
        .select(({ fn }) => fn.max('pulls.last_at').as('value'))
        .as('lastAt'),
      countsOf(select)
        .select(({ fn }) => sql<number>`cast(${fn.sum('pulls.count')} as bigint)`.as('value'))
        .where('pulls.day', '>', day)
        .as('recent'),
    ])
    .execute();
  return rows.flatMap(({ lastAt, recent, ...key }) =>
    lastAt === null ? [] : [{ ...key, lastAt, recent: recent ?? 0 }],
  );
};

/** The counts of one row of `wanted`. */
const countsOf = (select: ExpressionBuilder<Schema & { wanted: PullKey }, 'wanted'>) =>
  select
    .selectFrom('pulls')
    .whereRef('pulls.repository_id', '=', 'wanted.repository_id')
    .whereRef('pulls.kind', '=', 'wanted.kind')
    .whereRef('pulls.reference', '=', 'wanted.reference');

export interface PullsAsk {
  readonly repositoryId: string;
  readonly kind: PullCount['kind'];
  readonly references: readonly string[];
}

type Key = Pick<PullCount, 'repository_id' | 'kind' | 'reference' | 'day'>;

/** Counts behind `after`, in the order of their key. */
export const pullsAfter = (db: Db, after: Key | undefined, limit: number): Promise<Key[]> =>
  db
    .selectFrom('pulls')
    .select(['repository_id', 'kind', 'reference', 'day'])
    .$if(after !== undefined, (select) =>
      select.where(({ eb, refTuple, tuple }) =>
        eb(
          refTuple('repository_id', 'kind', 'reference', 'day'),
          '>',
          tuple(after?.repository_id ?? '', after?.kind ?? 'tag', after?.reference ?? '', after?.day ?? 0),
        ),
      ),
    )
    .orderBy('repository_id')
    .orderBy('kind')
    .orderBy('reference')
    .orderBy('day')
    .limit(limit)
    .execute();

/** Forgets what was counted of one tag or digest before a day. */
export const deletePullsBefore = async (
  tx: Tx,
  { repository_id: repositoryId, kind, reference, day }: Key,
): Promise<void> => {
  await tx.uncached
    .deleteFrom('pulls')
    .where('repository_id', '=', repositoryId)
    .where('kind', '=', kind)
    .where('reference', '=', reference)
    .where('day', '<', day)
    .execute();
};

/** Counts of the digests of a repository behind one, in the order of their key: each pull is among them. */
export const pullsOfRepositoryAfter = (
  db: Db,
  repositoryId: string,
  after: Pick<PullCount, 'reference' | 'day'> | undefined,
  limit: number,
): Promise<Pick<PullCount, 'reference' | 'day' | 'last_at'>[]> =>
  db
    .selectFrom('pulls')
    .select(['reference', 'day', 'last_at'])
    .where('repository_id', '=', repositoryId)
    .where('kind', '=', 'digest')
    .$if(after !== undefined, (select) =>
      select.where(({ eb, refTuple, tuple }) =>
        eb(refTuple('reference', 'day'), '>', tuple(after?.reference ?? '', after?.day ?? 0)),
      ),
    )
    .orderBy('reference')
    .orderBy('day')
    .limit(limit)
    .execute();

import { sql } from 'kysely';
import type { ExemptionRow } from '../../database/account-options-schema.ts';
import type { Db, Tx } from '../../database/database.ts';

interface Place {
  readonly accountId: string;
  readonly regionId: string;
}

/** What an exemption is told apart by within an account and region. */
export type ExemptionKey = Pick<
  ExemptionRow,
  'namespace' | 'repository' | 'reference' | 'issue_type' | 'issue_id'
>;

type Scope = Pick<ExemptionRow, 'namespace' | 'repository' | 'reference'>;

const KEY = sql`(namespace, repository, reference, issue_type, issue_id)`;

const tupleOf = (key: ExemptionKey) =>
  sql`(${key.namespace}, ${key.repository}, ${key.reference}, ${key.issue_type}, ${key.issue_id})`;

const exemptionsIn = (db: Db, { accountId, regionId }: Place) =>
  db.selectFrom('exemptions').where('account_id', '=', accountId).where('region_id', '=', regionId);

/** Exemptions of an account in a region by their keys, behind `after`; `scope`: of exactly this one. */
export const listExemptions = (
  db: Db,
  query: { place: Place; scope?: Scope | undefined; after?: ExemptionKey | undefined; limit: number },
): Promise<ExemptionRow[]> => {
  const { place, scope, after, limit } = query;
  let found = exemptionsIn(db, place).selectAll();
  if (scope)
    found = found
      .where('namespace', '=', scope.namespace)
      .where('repository', '=', scope.repository)
      .where('reference', '=', scope.reference);
  // within one scope an index is entered where the last page ended only if the scope is not in the comparison
  if (after)
    found = found.where(
      scope
        ? sql<boolean>`(issue_type, issue_id) > (${after.issue_type}, ${after.issue_id})`
        : sql<boolean>`${KEY} > ${tupleOf(after)}`,
    );
  return found
    .orderBy('namespace')
    .orderBy('repository')
    .orderBy('reference')
    .orderBy('issue_type')
    .orderBy('issue_id')
    .limit(limit)
    .execute();
};

export const findExemption = (db: Db, place: Place, key: ExemptionKey): Promise<ExemptionRow | undefined> =>
  exemptionsIn(db, place)
    .selectAll()
    .where(sql<boolean>`${KEY} = ${tupleOf(key)}`)
    .executeTakeFirst();

/** Whether the account has so many exemptions in the region, or more. */
export const hasExemptions = async (db: Db, place: Place, count: number): Promise<boolean> =>
  (await exemptionsIn(db, place)
    .select('issue_id')
    .offset(count - 1)
    .limit(1)
    .executeTakeFirst()) !== undefined;

export const insertExemption = async (tx: Tx, row: ExemptionRow): Promise<void> => {
  await tx.uncached.insertInto('exemptions').values(row).execute();
};

export const deleteExemption = async (tx: Tx, place: Place, key: ExemptionKey): Promise<void> => {
  await tx.uncached
    .deleteFrom('exemptions')
    .where('account_id', '=', place.accountId)
    .where('region_id', '=', place.regionId)
    .where(sql<boolean>`${KEY} = ${tupleOf(key)}`)
    .execute();
};

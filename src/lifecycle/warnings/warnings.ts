import type { Database } from '../../database/database.ts';
import { NO_WARNINGS, parseEnd, printEnd, type Warning, type WarningSource } from '../../warning.ts';
import type { Collection } from '../collection/collection.ts';
import { failedRunsAfter, latestRuns } from '../retention/rows.ts';

/** Failed runs of a page: of each namespace the last run is looked up. */
const PAGE = 50;
/** Runs of garbage collection that are looked at: those of two days. */
const RUNS = 48;
const LATE = 3 * 3_600_000;

/** What of lifecycle fails: garbage collection, and retention. */
export const lifecycleWarnings = (parts: {
  readonly database: Database;
  readonly collection: Collection;
}): WarningSource[] => [
  {
    kind: 'collection-fails',
    of: 'installation',
    find: async (now) => {
      const warning = await collectionFails(parts.collection, now);
      return warning ? { warnings: [warning], next: undefined } : NO_WARNINGS;
    },
  },
  {
    kind: 'retention-fails',
    of: 'installation',
    find: async (_now, after) => {
      const { db } = parts.database;
      const rows = await failedRunsAfter(db, parseEnd(after, 0), PAGE);
      const warnings: Warning[] = [];
      for (const row of rows) {
        const [last] = await latestRuns(db, { namespaceId: row.namespace_id, skip: 0, limit: 1 });
        if (last?.id !== row.id) continue;
        warnings.push({
          kind: 'retention-fails',
          accountId: row.account_id,
          target: row.namespace_id,
          name: row.namespace,
          level: 0,
          at: row.finished_at ?? row.requested_at,
          says: `the last retention run of the namespace ${row.namespace} failed: ${row.reason ?? 'no reason is known'}`,
          mend: `tidegate cr retention-policy-list; tidegate audit --target ${row.namespace_id}`,
        });
      }
      const last = rows.length === PAGE ? rows.at(-1) : undefined;
      return { warnings, next: last && printEnd(last.requested_at, last.id) };
    },
  },
];

const collectionFails = async (collection: Collection, now: number): Promise<Warning | undefined> => {
  const runs = (await collection.latest(RUNS)).filter(({ dryRun }) => !dryRun);
  const ended = runs.find(({ outcome }) => outcome !== 'running');
  const done = runs.find(({ outcome }) => outcome === 'done');
  const isLate = runs.length > 0 && (done?.startedAt ?? runs.at(-1)?.startedAt ?? now) + LATE < now;
  if (ended?.outcome !== 'failed' && !isLate) return undefined;
  const says =
    ended?.outcome === 'failed'
      ? `the last garbage collection failed: ${ended.reason ?? 'no reason is known'}`
      : 'no garbage collection came to its end for three hours';
  return {
    kind: 'collection-fails',
    accountId: undefined,
    target: 'collection',
    name: 'garbage collection',
    level: 0,
    at: ended?.startedAt ?? now,
    says,
    mend: 'tidegate gc status; tidegate gc run',
  };
};

import type { RetentionRunRow } from '../../database/retention-schema.ts';
import type { Reason } from './decision.ts';
import { parsePolicy, printPolicy, type RetentionPolicy } from './retention-policy.ts';

/** What a run has done with the images of a namespace so far. */
export interface RetentionTally {
  /** Images that were looked at, and how many of them for each reason stayed or went. */
  readonly looked: number;
  readonly reasons: Readonly<Partial<Record<Reason, number>>>;
  /** Images that went to the trash. */
  readonly deleted: number;
  /** Images that were to go and stayed, for they had changed when their turn came. */
  readonly changed: number;
  readonly failed: number;
  /** The first images that could not be deleted, and why. */
  readonly failures: readonly string[];
}

export const EMPTY_TALLY: RetentionTally = {
  looked: 0,
  reasons: {},
  deleted: 0,
  changed: 0,
  failed: 0,
  failures: [],
};

/** One run of a policy. Times in epoch milliseconds. */
export interface RetentionRun extends RetentionTally {
  readonly id: string;
  readonly namespaceId: string;
  readonly policy: RetentionPolicy;
  /** The policy was set, a day is over, or a caller asked for this run alone. */
  readonly cause: RetentionRunRow['cause'];
  readonly requestedAt: number;
  readonly requestedBy: string;
  readonly startedAt: number | undefined;
  readonly finishedAt: number | undefined;
  readonly outcome: RetentionRunRow['outcome'];
  readonly reason: string | undefined;
}

export const runOf = (row: RetentionRunRow): RetentionRun => ({
  id: row.id,
  namespaceId: row.namespace_id,
  policy: parsePolicy(row.document),
  cause: row.cause,
  requestedAt: row.requested_at,
  requestedBy: row.requested_by,
  startedAt: row.started_at ?? undefined,
  finishedAt: row.finished_at ?? undefined,
  outcome: row.outcome,
  reason: row.reason ?? undefined,
  looked: row.looked,
  reasons: JSON.parse(row.reasons),
  deleted: row.deleted,
  changed: row.changed,
  failed: row.failed,
  failures: JSON.parse(row.failures),
});

export type NewRun = Pick<
  RetentionRun,
  'id' | 'namespaceId' | 'policy' | 'cause' | 'requestedAt' | 'requestedBy'
>;

export const rowOfRun = (run: NewRun): RetentionRunRow => ({
  id: run.id,
  namespace_id: run.namespaceId,
  document: printPolicy(run.policy),
  cause: run.cause,
  requested_at: run.requestedAt,
  requested_by: run.requestedBy,
  started_at: null,
  finished_at: null,
  outcome: 'waiting',
  reason: null,
  ...columnsOfTally(EMPTY_TALLY),
});

export const columnsOfTally = ({ looked, reasons, deleted, changed, failed, failures }: RetentionTally) => ({
  looked,
  deleted,
  changed,
  failed,
  reasons: JSON.stringify(reasons),
  failures: JSON.stringify(failures),
});

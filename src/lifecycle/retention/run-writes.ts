import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import { systemActor } from '../../principal.ts';
import { deleteManifest } from '../../registry/tx.ts';
import type { DecisionContext } from './decision.ts';
import { decideOn, factsOfOne } from './facts.ts';
import { columnsOfTally, type RetentionTally } from './retention-run.ts';
import * as rows from './rows.ts';
import type { RetainedNamespace } from './writes.ts';

/** Who deletes in a run. */
export const RETENTION = systemActor('retention');

/** Runs that a process left when it ended wait again; the caller holds the lease, so nothing runs. */
export const requeueRuns = defineWrite(
  'lifecycle.retention.requeue',
  async (tx: Tx, _input: undefined): Promise<void> => {
    for (const { id } of await rows.runsThat(tx.db, 'running', 200))
      await rows.updateRun(tx, id, { outcome: 'waiting' });
  },
);

/** Begins a run that waits; false when it was stopped meanwhile. */
export const startRun = defineWrite(
  'lifecycle.retention.start',
  async (tx: Tx, { id, at }: { id: string; at: number }): Promise<boolean> => {
    const run = await rows.findRun(tx.db, id);
    if (run?.outcome !== 'waiting') return false;
    await rows.updateRun(tx, id, { outcome: 'running', started_at: run.started_at ?? at });
    return true;
  },
);

/** Writes down how far a run is; false when it was stopped. */
export const noteProgress = defineWrite(
  'lifecycle.retention.progress',
  async (tx: Tx, { id, tally }: { id: string; tally: RetentionTally }): Promise<boolean> => {
    await rows.updateRun(tx, id, columnsOfTally(tally));
    return (await rows.outcomeOfRun(tx.db, id)) === 'running';
  },
  { relaxed: true },
);

interface RunEnd {
  readonly id: string;
  readonly namespace: RetainedNamespace;
  readonly outcome: 'done' | 'failed';
  readonly reason: string | undefined;
  readonly tally: RetentionTally;
  readonly at: number;
}

/** Ends a run that was not stopped, and records what it did. */
export const endRun = defineWrite(
  'lifecycle.retention.end',
  async (tx: Tx, { id, namespace, outcome, reason, tally, at }: RunEnd): Promise<void> => {
    if ((await rows.outcomeOfRun(tx.db, id)) !== 'running') return;
    await rows.updateRun(tx, id, {
      ...columnsOfTally(tally),
      outcome,
      reason: reason ?? null,
      finished_at: at,
    });
    await recordEvent(tx, RETENTION, {
      accountId: namespace.accountId,
      at,
      action: 'tidegate.retention.finish',
      target: namespace.id,
      targetName: namespace.name,
      targetType: 'namespace',
      reason: `${outcome}: ${tally.looked} images looked at, ${tally.deleted} deleted, ${tally.changed} changed meanwhile, ${tally.failed} failed`,
    });
  },
);

export interface RetentionDeletion {
  readonly runId: string;
  readonly accountId: string;
  readonly repository: { readonly id: string; readonly name: string };
  readonly digest: string;
  /** As of now: ages are counted again. */
  readonly context: DecisionContext;
  /** The rules of which as many images were newer as the rule keeps. */
  readonly surplus: ReadonlySet<number>;
  /** Until when it can be restored. */
  readonly expiresAt: number;
  /** Parts of the image went already: it has no tags, and only what hangs on it is left. */
  readonly isBegun: boolean;
}

/**
 * Moves an image to the trash if the policy still says so: its tags, what holds it, its pulls and its protection are looked
 * at again here. 'more': to be asked again. 'stays': it changed since the analysis. 'stopped': the run was ended.
 */
export const deleteImage = defineWrite(
  'lifecycle.retention.delete',
  async (tx: Tx, input: RetentionDeletion): Promise<'gone' | 'more' | 'absent' | 'stays' | 'stopped'> => {
    const { runId, repository, digest, context, expiresAt } = input;
    if ((await rows.outcomeOfRun(tx.db, runId)) !== 'running') return 'stopped';
    const image = await rows.findImage(tx.db, repository.id, digest);
    if (!image) return 'absent';
    if (!(await mayGo(tx, input, image))) return 'stays';
    return deleteManifest.run(tx, {
      repositoryId: repository.id,
      digest,
      guard: undefined,
      by: { actor: RETENTION, accountId: input.accountId, repository: repository.name, at: context.at },
      expiresAt,
    });
  },
  { bulk: true },
);

const mayGo = async (tx: Tx, input: RetentionDeletion, image: rows.StoredImage): Promise<boolean> => {
  const { repository, context, surplus, isBegun } = input;
  const facts = await factsOfOne(tx.db, repository.id, image);
  if (!facts) return false;
  // the first step took its tags, so the policy would take it for another image now
  if (isBegun)
    return facts.tags.length === 0 && !facts.isMore && (facts.attachedTo ?? facts.protection) === undefined;
  return (await decideOn(tx.db, repository.id, context, facts, surplus)).isDeleted;
};

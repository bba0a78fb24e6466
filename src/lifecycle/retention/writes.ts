import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import { type Actor, systemActor } from '../../principal.ts';
import { findNamespaceById, onNamespaceRemoved } from '../../tenancy/tx.ts';
import {
  fingerprintOf,
  isExtended,
  KEEP_EVERYTHING,
  keepsEverything,
  parsePolicy,
  printPolicy,
  type RetentionPolicy,
} from './retention-policy.ts';
import { type NewRun, rowOfRun } from './retention-run.ts';
import * as rows from './rows.ts';

const DAY = 24 * 3_600_000;
/** Runs of a namespace that are remembered. */
const REMEMBERED = 20;
/** Analyses of a namespace that are remembered. */
const MOST_ANALYSES = 20;

/** A namespace that is gone runs nothing; runs that are under way find no row of theirs, and stop. */
onNamespaceRemoved.add(async (tx, { namespaceId }) => {
  await rows.deletePolicy(tx, namespaceId);
  const runs = await rows.latestRuns(tx.db, { namespaceId, skip: 0, limit: 2 * REMEMBERED });
  await rows.deleteRuns(
    tx,
    runs.map(({ id }) => id),
  );
});

/** The namespace whose policy it is. */
export interface RetainedNamespace {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
}

interface PolicySetting {
  readonly namespace: RetainedNamespace;
  readonly policy: RetentionPolicy;
  readonly at: number;
  readonly actor: Actor;
  /** The id that its first run gets. */
  readonly runId: string;
}

/**
 * Sets the policy of a namespace, and begins a run of it; ends runs of the policy before. One that goes beyond IBM's begins
 * only when its analysis was seen. Answers whether it has begun.
 */
export const setPolicy = defineWrite(
  'lifecycle.retention.set',
  async (tx: Tx, { namespace, policy, at, actor, runId }: PolicySetting): Promise<boolean> => {
    const namespaceId = namespace.id;
    await refuseRemoved(tx, namespace);
    const before = await rows.findPolicy(tx.db, namespaceId);
    await endRuns(tx, namespaceId, at);
    await recordEvent(tx, actor, {
      accountId: namespace.accountId,
      at,
      action: 'container-registry.retention.set',
      target: namespaceId,
      targetName: namespace.name,
      targetType: 'namespace',
      changed: {
        settings: {
          from: linesOf(before ? parsePolicy(before.document) : KEEP_EVERYTHING),
          to: linesOf(policy),
        },
      },
    });
    if (keepsEverything(policy)) {
      await rows.deletePolicy(tx, namespaceId);
      return true;
    }
    const fingerprint = fingerprintOf(policy);
    const analyzedAt = await analyzed(tx, namespaceId, fingerprint, at, before);
    const begins = !isExtended(policy) || analyzedAt !== null;
    await rows.putPolicy(tx, {
      namespace_id: namespaceId,
      document: printPolicy(policy),
      fingerprint,
      analyzed_at: analyzedAt,
      due_at: begins ? at + DAY : null,
      set_at: at,
      set_by: actor.principal,
    });
    if (begins)
      await addRun(tx, {
        id: runId,
        namespaceId,
        policy,
        cause: 'set',
        requestedAt: at,
        requestedBy: actor.principal,
      });
    return begins;
  },
);

const linesOf = (policy: RetentionPolicy): string[] => [
  `images_per_repo ${policy.imagesPerRepo}`,
  `retain_untagged ${policy.retainUntagged}`,
  `deletion_threshold_days ${policy.deletionThresholdDays}`,
  ...policy.rules.map((rule) => `rule ${JSON.stringify(rule)}`),
];

/** When the analysis of this policy was seen: of an analysis of the last day, or as the same policy knows it. */
const analyzed = async (
  tx: Tx,
  namespaceId: string,
  fingerprint: string,
  at: number,
  before: { fingerprint: string; analyzed_at: number | null } | undefined,
): Promise<number | null> => {
  if (await rows.wasAnalyzed(tx.db, { namespaceId, fingerprint, since: at - DAY })) return at;
  return before?.fingerprint === fingerprint ? before.analyzed_at : null;
};

const refuseRemoved = async (tx: Tx, { id, name }: RetainedNamespace): Promise<void> => {
  if (await findNamespaceById(tx.db, id)) return;
  throw new RegistryError('NOT_FOUND', {
    message: `there is no namespace ${name} in the account in this region`,
  });
};

/** Ends what runs by the policy of a namespace; a run that a caller asked for by itself goes on. */
const endRuns = async (tx: Tx, namespaceId: string, at: number): Promise<void> => {
  for (const run of await rows.latestRuns(tx.db, { namespaceId, skip: 0, limit: REMEMBERED }))
    if (isUnfinished(run) && run.cause !== 'asked')
      await rows.updateRun(tx, run.id, {
        outcome: 'stopped',
        reason: 'the policy was changed',
        finished_at: at,
      });
};

const isUnfinished = ({ outcome }: { outcome: string }): boolean =>
  outcome === 'waiting' || outcome === 'running';

/** Adds a run, and forgets the oldest that are over. */
const addRun = async (tx: Tx, run: NewRun): Promise<void> => {
  await rows.insertRun(tx, rowOfRun(run));
  const old = await rows.latestRuns(tx.db, { namespaceId: run.namespaceId, skip: REMEMBERED, limit: 10 });
  await rows.deleteRuns(
    tx,
    old.filter((each) => !isUnfinished(each)).map(({ id }) => id),
  );
};

/**
 * Writes down that the analysis of a policy was answered to a caller who may set it. If it is the policy that stands, it
 * runs from the next day on: what the analysis showed can be changed until then.
 */
export const noteAnalysis = defineWrite(
  'lifecycle.retention.analyzed',
  async (
    tx: Tx,
    { namespaceId, fingerprint, at }: { namespaceId: string; fingerprint: string; at: number },
  ): Promise<void> => {
    if (!(await findNamespaceById(tx.db, namespaceId))) return;
    const isMuch = (await rows.countAnalyses(tx.db, namespaceId)) >= MOST_ANALYSES;
    await rows.putAnalysis(tx, { namespaceId, fingerprint, at, forgetBefore: isMuch ? at + 1 : at - DAY });
    const policy = await rows.findPolicy(tx.db, namespaceId);
    if (policy?.fingerprint === fingerprint && policy.due_at === null)
      await rows.changePolicy(tx, namespaceId, { analyzed_at: at, due_at: at + DAY });
  },
);

/** Begins a run that a caller asked for by itself. CONFLICT while one is unfinished, or before its analysis was seen. */
export const askRun = defineWrite(
  'lifecycle.retention.ask',
  async (
    tx: Tx,
    { namespace, run, actor }: { namespace: RetainedNamespace; run: NewRun; actor: Actor },
  ): Promise<void> => {
    await refuseRemoved(tx, namespace);
    const { policy, requestedAt: at, namespaceId } = run;
    const since = at - DAY;
    if (
      isExtended(policy) &&
      !(await rows.wasAnalyzed(tx.db, { namespaceId, fingerprint: fingerprintOf(policy), since }))
    )
      throw new RegistryError('CONFLICT', {
        message:
          'a policy with rules runs only after its analysis was seen: analyze exactly this policy first (POST /api/v1/retentions/analyze)',
      });
    const known = await rows.latestRuns(tx.db, { namespaceId, skip: 0, limit: REMEMBERED });
    if (known.some((each) => isUnfinished(each) && each.cause === 'asked'))
      throw new RegistryError('CONFLICT', {
        message: `a run that was asked for in ${namespace.name} is not finished yet; ask again when it is`,
      });
    await addRun(tx, run);
    await recordEvent(tx, actor, {
      accountId: namespace.accountId,
      at,
      action: 'tidegate.retention.run',
      target: namespaceId,
      targetName: namespace.name,
      targetType: 'namespace',
    });
  },
);

/** Begins the daily run of one policy that is due; false when none is. */
export const beginDue = defineWrite(
  'lifecycle.retention.due',
  async (tx: Tx, { at, runId }: { at: number; runId: string }): Promise<boolean> => {
    const due = await rows.duePolicy(tx.db, at);
    if (!due) return false;
    const namespaceId = due.namespace_id;
    await rows.changePolicy(tx, namespaceId, { due_at: at + DAY });
    const known = await rows.latestRuns(tx.db, { namespaceId, skip: 0, limit: REMEMBERED });
    if (!known.some((each) => isUnfinished(each) && each.cause !== 'asked'))
      await addRun(tx, {
        id: runId,
        namespaceId,
        policy: parsePolicy(due.document),
        cause: 'daily',
        requestedAt: at,
        requestedBy: systemActor('retention').principal,
      });
    return true;
  },
);

import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { Log } from '../../observe/log.ts';
import type { Pulls } from '../../registry/room.ts';
import type { DecisionContext } from './decision.ts';
import type { KnownPulls } from './known-pulls.ts';
import type { RetentionPolicy } from './retention-policy.ts';

export interface RetentionParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly knownPulls: KnownPulls;
  /** What is pulled and not written yet is written before an analysis. */
  readonly recordedPulls: Pick<Pulls, 'flush'>;
  /** How long an untagged image may wait for what is to name it, milliseconds. */
  readonly grace: number;
  /** How long what is deleted can be restored, milliseconds. */
  readonly trashRetention: number;
}

/** What decisions by a policy go by now, for each repository. */
export const contextIn = async (
  { clock, grace, knownPulls }: Pick<RetentionParts, 'clock' | 'grace' | 'knownPulls'>,
  accountId: string,
  policy: RetentionPolicy,
): Promise<(repository: string) => DecisionContext> => {
  const at = clock.now();
  const goesByPulls = policy.rules.some(({ notPulledForDays }) => notPulledForDays !== undefined);
  const pulls = goesByPulls ? await knownPulls.ofAccount(accountId) : 'unknown';
  return (repository) => ({ policy, repository, at, grace, pulls });
};

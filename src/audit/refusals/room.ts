import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { type Job, untilDone } from '../../job.ts';
import { Refusals } from './refusals.ts';

export type { Refusal, Refusals, Refused } from './refusals.ts';

const BATCH = 100;

/** What was refused to whom, so that it can be explained. */
export interface RefusalsRoom extends AsyncDisposable {
  readonly refusals: Refusals;
  readonly jobs: readonly Job[];
}

export const openRefusals = ({ database, clock }: { database: Database; clock: Clock }): RefusalsRoom => {
  const refusals = new Refusals(database, clock);
  return {
    refusals,
    jobs: [
      { name: 'record-refusals', period: 5_000, of: 'process', run: () => refusals.flush() },
      {
        name: 'forget-refusals',
        period: 600_000,
        of: 'installation',
        run: untilDone(BATCH, (limit) => refusals.expire(limit)),
      },
    ],
    [Symbol.asyncDispose]: () => refusals.flush(),
  };
};

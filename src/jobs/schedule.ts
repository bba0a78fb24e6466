import type { Refusals } from '../audit/refusals/refusals.ts';
import type { Job } from '../job.ts';
import { COLLECTION, type Collection } from '../lifecycle/collection/collection.ts';
import type { Uploads } from '../registry/uploads/uploads.ts';
import type { Quotas } from '../tenancy/quotas/quotas.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const BATCH = 100;

export interface Scheduled {
  readonly database: { maintain(): Promise<void> };
  readonly refusals: Refusals;
  readonly quotas: Quotas;
  readonly uploads: Uploads;
  readonly collection: Collection;
}

/** The jobs of rooms that do not list their own. */
export const schedule = ({ database, refusals, quotas, uploads, collection }: Scheduled): Job[] => [
  { name: 'maintain-database', period: 5 * MINUTE, of: 'process', run: () => database.maintain() },
  { name: 'record-refusals', period: 5 * SECOND, of: 'process', run: () => refusals.flush() },
  { name: 'record-traffic', period: 15 * SECOND, of: 'process', run: () => quotas.flush() },
  {
    name: 'forget-refusals',
    period: 10 * MINUTE,
    of: 'installation',
    run: async (signal) => {
      while (!signal.aborted && (await refusals.expire(BATCH)) === BATCH);
    },
  },
  {
    name: 'expire-uploads',
    period: 10 * MINUTE,
    of: 'installation',
    run: async (signal) => {
      while (!signal.aborted && (await uploads.expire(BATCH)) === BATCH);
    },
  },
  { name: COLLECTION, period: 60 * MINUTE, of: 'installation', run: (signal) => collection.run(signal) },
];

import type { Refusals } from '../audit/refusals/refusals.ts';
import type { Activity } from '../identity/activity/activity.ts';
import type { ApiKeys } from '../identity/api-keys/api-keys.ts';
import type { OneTimeCodes } from '../identity/one-time-codes/one-time-codes.ts';
import type { RegistryTokens } from '../identity/registry-tokens/registry-tokens.ts';
import type { Sessions } from '../identity/sessions/sessions.ts';
import type { Job } from '../job.ts';
import { COLLECTION, type Collection } from '../lifecycle/collection/collection.ts';
import type { Quotas } from '../tenancy/quotas/quotas.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const BATCH = 100;

export interface Scheduled {
  readonly database: { maintain(): Promise<void> };
  readonly activity: Activity;
  readonly refusals: Refusals;
  readonly quotas: Quotas;
  readonly registryTokens: RegistryTokens;
  readonly apiKeys: ApiKeys;
  readonly codes: OneTimeCodes;
  readonly sessions: Sessions;
  readonly collection: Collection;
}

/** Every job there is. */
export const schedule = ({
  database,
  activity,
  refusals,
  quotas,
  registryTokens,
  apiKeys,
  codes,
  sessions,
  collection,
}: Scheduled): Job[] => [
  { name: 'maintain-database', period: 5 * MINUTE, of: 'process', run: () => database.maintain() },
  { name: 'record-activity', period: 15 * SECOND, of: 'process', run: () => activity.flush() },
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
    name: 'expire-registry-tokens',
    period: MINUTE,
    of: 'installation',
    run: async (signal) => {
      while (!signal.aborted && (await registryTokens.expire(BATCH)) === BATCH);
    },
  },
  {
    name: 'expire-api-keys',
    period: 60 * MINUTE,
    of: 'installation',
    run: async (signal) => {
      while (!signal.aborted && (await apiKeys.expire(BATCH)) === BATCH);
    },
  },
  {
    name: 'expire-sessions',
    period: 10 * MINUTE,
    of: 'installation',
    run: async (signal) => {
      while (!signal.aborted && (await sessions.expire(BATCH)) >= BATCH);
    },
  },
  {
    name: 'expire-one-time-codes',
    period: 10 * MINUTE,
    of: 'installation',
    run: async (signal) => {
      while (!signal.aborted && (await codes.expire(BATCH)) === BATCH);
    },
  },
  { name: COLLECTION, period: 60 * MINUTE, of: 'installation', run: (signal) => collection.run(signal) },
];

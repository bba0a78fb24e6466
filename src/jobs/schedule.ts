import type { Activity } from '../identity/activity/activity.ts';
import type { ApiKeys } from '../identity/api-keys/api-keys.ts';
import type { OneTimeCodes } from '../identity/one-time-codes/one-time-codes.ts';
import type { RegistryTokens } from '../identity/registry-tokens/registry-tokens.ts';
import type { Sessions } from '../identity/sessions/sessions.ts';
import type { Job } from '../job.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const BATCH = 100;

export interface Scheduled {
  readonly database: { maintain(): Promise<void> };
  readonly activity: Activity;
  readonly registryTokens: RegistryTokens;
  readonly apiKeys: ApiKeys;
  readonly codes: OneTimeCodes;
  readonly sessions: Sessions;
}

/** Every job there is. */
export const schedule = ({
  database,
  activity,
  registryTokens,
  apiKeys,
  codes,
  sessions,
}: Scheduled): Job[] => [
  { name: 'maintain-database', period: 5 * MINUTE, of: 'process', run: () => database.maintain() },
  { name: 'record-activity', period: 15 * SECOND, of: 'process', run: () => activity.flush() },
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
];

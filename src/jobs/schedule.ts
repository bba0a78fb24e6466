import type { Activity } from '../identity/activity.ts';
import type { OneTimeCodes } from '../identity/one-time-codes.ts';
import type { RegistryTokens } from '../identity/registry-tokens.ts';
import type { Uploads } from '../registry/uploads.ts';
import type { Job } from './runner.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const BATCH = 100;

export interface Scheduled {
  readonly metadata: { maintain(): Promise<void> };
  readonly activity: Activity;
  readonly uploads: Uploads;
  readonly registryTokens: RegistryTokens;
  readonly codes: OneTimeCodes;
}

/** Every job there is. */
export const schedule = ({ metadata, activity, uploads, registryTokens, codes }: Scheduled): Job[] => [
  { name: 'maintain-database', period: 5 * MINUTE, run: () => metadata.maintain() },
  { name: 'record-activity', period: 15 * SECOND, run: () => activity.flush() },
  {
    name: 'expire-uploads',
    period: 10 * MINUTE,
    run: async (signal) => {
      while (!signal.aborted && (await uploads.expire(BATCH)) === BATCH);
    },
  },
  {
    name: 'expire-registry-tokens',
    period: MINUTE,
    run: async (signal) => {
      while (!signal.aborted && (await registryTokens.expire(BATCH)) === BATCH);
    },
  },
  {
    name: 'expire-one-time-codes',
    period: 10 * MINUTE,
    run: async (signal) => {
      while (!signal.aborted && (await codes.expire(BATCH)) === BATCH);
    },
  },
];

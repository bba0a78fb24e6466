import type { Job } from '../job.ts';

const MINUTE = 60_000;

export interface Scheduled {
  readonly database: { maintain(): Promise<void> };
}

/** The jobs that belong to no room. */
export const schedule = ({ database }: Scheduled): Job[] => [
  { name: 'maintain-database', period: 5 * MINUTE, of: 'process', run: () => database.maintain() },
];

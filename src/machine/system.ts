import type { Database } from '../database/database.ts';
import type { JobRun } from '../jobs/runner.ts';

/** How many work on the database now, which engine it is, and how the jobs of this process fare. */
export interface Running {
  readonly replicas: number;
  readonly database: 'sqlite' | 'postgresql';
  readonly jobs: readonly JobRun[];
}

export const runningNow =
  ({ database, jobs }: { database: Database; jobs: () => readonly JobRun[] }) =>
  async (): Promise<Running> => ({
    replicas: 1 + (await database.others()),
    database: database.alone ? 'sqlite' : 'postgresql',
    jobs: jobs(),
  });

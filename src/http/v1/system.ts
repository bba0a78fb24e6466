import { System, type SystemJob } from '../../wire/system.ts';
import type { JsonApp } from '../json-app.ts';
import { timestamp } from '../timestamp.ts';
import { operator, type V1Parts } from './parts.ts';
import type { JobState } from './system-state.ts';

/** /api/v1/system, ours, for the operator: an Administrator of the first account. */
export const systemRoutes = (app: JsonApp, { accounts, system }: V1Parts): void => {
  app.get(
    '/api/v1/system',
    {
      schema: {
        summary: 'The version, the replicas, and how the jobs of the replica that answers fare (operator)',
        tags: ['registry'],
        response: { 200: System },
      },
      config: { needs: operator('tidegate.warning.list', accounts) },
    },
    async () => {
      const { startedAt, jobs, ...state } = await system();
      return { ...state, started_at: timestamp(startedAt), jobs: jobs.map(jobOf) };
    },
  );
};

const jobOf = ({ name, period, of, failures, ...job }: JobState): SystemJob => ({
  name,
  period: period / 1000,
  of,
  ...(job.hasSucceeded ? { last_success_at: timestamp(job.lastSuccessAt) } : {}),
  ...(job.lastFailureAt === undefined ? {} : { last_failure_at: timestamp(job.lastFailureAt) }),
  failures,
  ...(job.reason === undefined ? {} : { reason: job.reason }),
});

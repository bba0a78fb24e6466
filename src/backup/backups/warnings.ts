import { NO_WARNINGS, type Warning, type WarningSource } from '../../warning.ts';
import type { Backups } from './backups.ts';

const RUNS = 20;

/** What of backups fails: the last one, or the schedule, where none was made for twice its period. */
export const backupWarnings = ({
  backups,
  every,
}: {
  readonly backups: Pick<Backups, 'latest'>;
  readonly every: number | undefined;
}): WarningSource[] => [
  {
    kind: 'backup-fails',
    of: 'installation',
    find: async (now) => {
      const warning = await backupFails(backups, every, now);
      return warning ? { warnings: [warning], next: undefined } : NO_WARNINGS;
    },
  },
];

const backupFails = async (
  backups: Pick<Backups, 'latest'>,
  every: number | undefined,
  now: number,
): Promise<Warning | undefined> => {
  const runs = await backups.latest(RUNS);
  const ended = runs.find(({ outcome }) => outcome !== 'running');
  const done = runs.find(({ outcome }) => outcome === 'done');
  const hasFailed = ended !== undefined && ended.outcome !== 'done';
  const begun = runs.at(-1)?.startedAt ?? now;
  const isLate = every !== undefined && (done?.startedAt ?? begun) + 2 * every < now;
  if (!hasFailed && !isLate) return undefined;
  const last =
    done === undefined ? 'there is none' : `the last is of ${new Date(done.startedAt).toISOString()}`;
  return {
    kind: 'backup-fails',
    accountId: undefined,
    target: 'backup',
    name: 'backup',
    level: 0,
    at: ended?.startedAt ?? now,
    says: hasFailed
      ? `the last backup failed: ${ended.reason ?? 'no reason is known'}; ${last}`
      : `no backup was made for twice the time of the schedule; ${last}`,
    mend: 'tidegate backup status; tidegate backup',
  };
};

import { NO_WARNINGS, type WarningSource } from '../../warning.ts';
import type { SealLag } from './seal-lag.ts';

/** An event is sealed within a minute or two of its time. */
const LATE_MS = 5 * 60_000;

/** What of the audit log fails: nothing is sealed any more. */
export const sealWarnings = (lag: Pick<SealLag, 'waited'>): WarningSource[] => [
  {
    kind: 'audit-seal-fails',
    of: 'installation',
    find: async (now) => {
      const late = await lag.waited();
      if (late <= LATE_MS) return NO_WARNINGS;
      const since = new Date(now - late).toISOString();
      const warning = {
        kind: 'audit-seal-fails',
        accountId: undefined,
        target: 'audit-seal',
        name: 'the seal of the audit log',
        level: 0,
        at: now - late,
        says: `events of the audit log since ${since} are not sealed: they can still be changed without a trace`,
        mend: 'tidegate audit verify; the log of the server says why the job seal-audit-log fails',
      } as const;
      return { warnings: [warning], next: undefined };
    },
  },
];

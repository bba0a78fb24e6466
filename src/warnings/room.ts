import type { Job } from '../job.ts';
import { HOUR, type WarningParts, Warnings } from './found/warnings.ts';
import { FINDING } from './found/writes.ts';

export type { Counts, FoundWarning, Look, Warnings } from './found/warnings.ts';

/** What ends, sleeps, fills or fails: the rooms say it, and here it is one list, events and metrics. */
export interface WarningsRoom extends AsyncDisposable {
  readonly warnings: Warnings;
  readonly jobs: readonly Job[];
}

const SOON = 30_000;

export const openWarnings = (parts: WarningParts): WarningsRoom => {
  const warnings = new Warnings(parts);
  return {
    warnings,
    jobs: [
      {
        name: FINDING,
        period: HOUR,
        first: SOON,
        of: 'installation',
        run: (signal) => warnings.find(signal),
      },
      {
        name: 'find-own-warnings',
        period: 5 * 60_000,
        first: SOON,
        of: 'process',
        run: (signal) => warnings.findOwn(signal),
      },
    ],
    [Symbol.asyncDispose]: () => warnings[Symbol.asyncDispose](),
  };
};

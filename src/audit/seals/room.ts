import type { Job } from '../../job.ts';
import type { Metrics } from '../../observe/metrics.ts';
import type { WarningSource } from '../../warning.ts';
import type { AuditEvents } from '../events/room.ts';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import type { Verified } from './finding.ts';
import { EventHolds } from './holds/holds.ts';
import { AuditRetention, type RetentionTimes } from './retention.ts';
import { SealLag } from './seal-lag.ts';
import { type SealParts, Seals, sealKeys } from './seals.ts';
import { Verification } from './verification.ts';
import { sealWarnings } from './warnings.ts';

export type { IssuedCheckpoint } from './checkpoint.ts';
export type { Finding, Progress, Verified } from './finding.ts';
export { isFault } from './finding.ts';
export type { EventHold, EventHolds } from './holds/holds.ts';
export type { Seals } from './seals.ts';

/** The audit log, sealed: blocks, checkpoints, what verifies them, and what removes what is old. */
export interface SealsRoom {
  readonly seals: Seals;
  readonly holds: EventHolds;
  /** A checkpoint that was kept elsewhere; undefined for what is none. */
  open(note: string): Promise<(Checkpoint & { readonly signed: boolean }) | undefined>;
  /** Reads the whole log against its blocks, and against such a checkpoint; what it finds, as it is found. It ends with the signal. */
  verify(kept: Checkpoint | undefined, signal: AbortSignal): AsyncIterable<Verified>;
  readonly jobs: readonly Job[];
  readonly warnings: readonly WarningSource[];
}

export interface SealsRoomParts extends Omit<SealParts, 'events'> {
  readonly events: AuditEvents;
  readonly metrics: Metrics;
  readonly times: RetentionTimes;
}

const MINUTE = 60_000;

export const openSeals = (parts: SealsRoomParts): SealsRoom => {
  const { database, clock, signingKeys, metrics, times } = parts;
  const { log: events, collected } = parts.events;
  const seals = new Seals({ ...parts, events });
  const lag = new SealLag({ events, seals, clock });
  const retention = new AuditRetention({ database, clock, events, collected, signingKeys, times });
  return {
    seals,
    holds: new EventHolds(database, clock),
    open: async (note) => openCheckpoint(note, await sealKeys(signingKeys)),
    verify: (kept, signal) => Verification.run({ database, events, signingKeys }, kept, signal),
    warnings: sealWarnings(lag),
    jobs: [
      { name: 'seal-audit-log', period: MINUTE, of: 'installation', run: (signal) => seals.run(signal) },
      {
        name: 'expire-audit-log',
        period: 10 * MINUTE,
        of: 'installation',
        run: (signal) => retention.run(signal),
      },
      {
        name: 'watch-seals',
        period: 15_000,
        of: 'process',
        run: async () => metrics.auditSealLag.set((await lag.look()) / 1000),
      },
    ],
  };
};

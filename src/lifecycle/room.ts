import type { AuditSettings } from '../audit/events/room.ts';
import type { BlobStore } from '../blobs/blob-store.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Job } from '../job.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Pulls } from '../registry/room.ts';
import type { Quotas, Stored } from '../tenancy/room.ts';
import type { WarningSource } from '../warning.ts';
import { COLLECTION, Collection } from './collection/collection.ts';
import { ExpiredTrash } from './expired-trash/expired-trash.ts';
import { Leases } from './leases/leases.ts';
import { RemovedAccounts } from './removed-accounts/removed-accounts.ts';
import { RemovedNamespaces } from './removed-namespaces/removed-namespaces.ts';
import { KnownPulls } from './retention/known-pulls.ts';
import { Retention } from './retention/retention.ts';
import { TrashBound } from './trash-bound/trash-bound.ts';
import { lifecycleWarnings } from './warnings/warnings.ts';

export { ByteHold, type HeldBytes } from './byte-hold/byte-hold.ts';
export type { Collection } from './collection/collection.ts';
export type { Holders } from './holders/holders.ts';
export { type Lease, Leases } from './leases/leases.ts';
export { judgePosition, newestWithoutBytes } from './position/judge.ts';
export { acceptStorage, StoragePosition } from './position/position.ts';
export type { Judged } from './retention/analysis.ts';
export type { Retention, StandingPolicy } from './retention/retention.ts';
export type { RetentionPolicy, RetentionRule } from './retention/retention-policy.ts';
export { ALL as ALL_IMAGES, keepsEverything } from './retention/retention-policy.ts';
export type { RetentionRun } from './retention/retention-run.ts';
export type { CollectionRun } from './runs/collection-run.ts';
export { type Finding, type Progress, Scrub } from './scrub/scrub.ts';

/** What goes and when, of that which the registry keeps; and the leases under which jobs run on one replica only. */
export interface Lifecycle extends AsyncDisposable {
  readonly collection: Collection;
  readonly retention: Retention;
  readonly leases: Leases;
  readonly jobs: readonly Job[];
  readonly warnings: readonly WarningSource[];
}

export interface LifecycleParts {
  readonly database: Database;
  readonly store: BlobStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly auditSettings: AuditSettings;
  readonly pulls: Pick<Pulls, 'flush'>;
  /** How long what is unreferenced stays after it was last wanted, milliseconds. */
  readonly grace: number;
  readonly quotas: Quotas;
  readonly stored: Stored;
  /** Bytes that the trash of an account without a quota may hold. */
  readonly trashLimit: number;
  /** How long what is deleted can be restored, milliseconds. */
  readonly trashRetention: number;
}

export const openLifecycle = async (parts: LifecycleParts): Promise<Lifecycle> => {
  const leases = new Leases(parts.database, parts.clock);
  await leases.start();
  const trashBound = new TrashBound({ ...parts, limit: parts.trashLimit });
  const collection = new Collection({ ...parts, leases, trashBound });
  const removed = new RemovedNamespaces(parts.database, leases);
  const { database, clock, auditSettings, pulls: recordedPulls } = parts;
  const removedAccounts = new RemovedAccounts(database, clock, leases);
  const knownPulls = new KnownPulls(database, clock, auditSettings);
  const retention = new Retention({ ...parts, knownPulls, recordedPulls }, leases);
  const expired = new ExpiredTrash(parts.database, parts.clock);
  return {
    collection,
    retention,
    leases,
    warnings: lifecycleWarnings({ database, collection }),
    jobs: [
      {
        name: COLLECTION,
        period: 3_600_000,
        of: 'installation',
        run: (signal) => collection.run(signal),
      },
      {
        name: 'clear-expired-trash',
        period: 10 * 60_000,
        of: 'installation',
        run: (signal) => expired.run(signal),
      },
      {
        name: 'bound-trash',
        period: 60_000,
        of: 'installation',
        run: (signal) => trashBound.run(signal),
      },
      {
        name: 'clear-removed-namespaces',
        period: 5_000,
        of: 'process',
        run: (signal) => removed.run(signal),
      },
      {
        name: 'clear-removed-accounts',
        period: 5_000,
        of: 'process',
        run: (signal) => removedAccounts.run(signal),
      },
      ...retention.jobs,
    ],
    [Symbol.asyncDispose]: async () => {
      await retention[Symbol.asyncDispose]();
      await collection[Symbol.asyncDispose]();
    },
  };
};

/** Backups, /api/v1/backups: Tidegate's own, for its operator. Times are RFC 3339, sizes bytes. */
import { type Static, Type } from 'typebox';

const Time = Type.String({ format: 'date-time' });
const Count = Type.Integer({ minimum: 0 });

/** A folder, or s3://bucket/prefix. Without it TIDEGATE_BACKUP_TO. */
const Target = Type.String({ minLength: 1, maxLength: 1024, description: 'Where the backups are' });
const SnapshotId = Type.String({ pattern: '^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}$', maxLength: 25 });
const KeyId = Type.String({ pattern: '^[0-9a-f]{16}$', maxLength: 16, description: 'Id of a key' });

export const BackupRequest = Type.Object({ to: Type.Optional(Target) });
export type BackupRequest = Static<typeof BackupRequest>;

export const BackupRun = Type.Object({
  id: Type.String(),
  started_at: Time,
  started_by: Type.String(),
  finished_at: Type.Optional(Time),
  target: Type.String(),
  outcome: Type.Union([
    Type.Literal('running'),
    Type.Literal('done'),
    Type.Literal('failed'),
    Type.Literal('stopped'),
  ]),
  reason: Type.Optional(Type.String()),
  snapshot: Type.Optional(Type.String({ description: 'Its id in the target' })),
  blobs: Count,
  bytes: Count,
  copied: Type.Object({ blobs: Count, bytes: Count }, { description: 'What the target did not have before' }),
  damaged: Type.Integer({ minimum: 0, description: 'Blobs whose bytes were gone or damaged before' }),
});
export type BackupRun = Static<typeof BackupRun>;

export const BackupStatus = Type.Object({
  key: Type.Object({
    id: Type.String(),
    confirmed: Type.Boolean({ description: 'A copy of the master key was compared once' }),
  }),
  runs: Type.Array(BackupRun, { description: 'The latest, newest first' }),
});
export type BackupStatus = Static<typeof BackupStatus>;

export const SnapshotQuery = Type.Object({ target: Type.Optional(Target) });
export type SnapshotQuery = Static<typeof SnapshotQuery>;

export const Snapshot = Type.Object({
  id: Type.String(),
  fault: Type.Optional(Type.String({ description: 'Why it cannot be read; the rest is absent then' })),
  taken_at: Type.Optional(Time),
  product: Type.Optional(Type.String()),
  engine: Type.Optional(Type.String()),
  blobs: Type.Optional(Count),
  bytes: Type.Optional(Count),
  rows: Type.Optional(Count),
  damaged: Type.Optional(Count),
  master_key: Type.Optional(Type.String({ description: 'Id of the master key that it needs' })),
});
export type Snapshot = Static<typeof Snapshot>;

export const SnapshotList = Type.Object({
  target: Type.String(),
  sealed_to: Type.Optional(Type.String({ description: 'Id of the key that it is sealed to' })),
  total: Count,
  snapshots: Type.Array(Snapshot, { description: 'The newest 100, newest first' }),
});
export type SnapshotList = Static<typeof SnapshotList>;

export const BackupVerifyRequest = Type.Object({
  target: Type.Optional(Target),
  snapshot: Type.Optional(SnapshotId),
});
export type BackupVerifyRequest = Static<typeof BackupVerifyRequest>;

/** A line of the answer of POST /api/v1/backups/verify. The last has the kind `end`; without it the check broke off. */
export const BackupVerifyEvent = Type.Union([
  Type.Object({
    kind: Type.Literal('finding'),
    fault: Type.String(),
    snapshot: Type.Optional(Type.String()),
    name: Type.String(),
    detail: Type.String(),
  }),
  Type.Object({
    kind: Type.Union([Type.Literal('progress'), Type.Literal('end')]),
    snapshots: Count,
    blobs: Count,
    bytes: Count,
    findings: Count,
    /** False: the target is sealed, and its content can only be read with the private key. */
    read: Type.Boolean(),
  }),
]);
export type BackupVerifyEvent = Static<typeof BackupVerifyEvent>;

/** Exactly one of `keep`, `older_than_seconds` and `snapshot`. */
export const PruneRequest = Type.Object({
  target: Type.Optional(Target),
  keep: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 10_000, description: 'How many of the newest stay' }),
  ),
  older_than_seconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 315_360_000 })),
  snapshot: Type.Optional(SnapshotId),
  dry_run: Type.Optional(Type.Boolean({ description: 'Count what would go, and remove nothing' })),
});
export type PruneRequest = Static<typeof PruneRequest>;

/** A line of the answer of POST /api/v1/backups/prune. The last has the kind `end`; without it the work broke off. */
export const PruneEvent = Type.Union([
  Type.Object({ kind: Type.Literal('removed'), snapshot: Type.String() }),
  Type.Object({
    kind: Type.Union([Type.Literal('progress'), Type.Literal('end')]),
    snapshots: Count,
    kept: Count,
    blobs: Count,
    bytes: Count,
  }),
]);
export type PruneEvent = Static<typeof PruneEvent>;

export const KeyConfirmation = Type.Object({ key: KeyId });
export type KeyConfirmation = Static<typeof KeyConfirmation>;

/** Garbage collection, /api/v1/gc: Tidegate's own, for its operator. Times are RFC 3339, sizes bytes. */
import { type Static, Type } from 'typebox';

const Time = Type.String({ format: 'date-time' });

export const CollectionRequest = Type.Object({
  dry_run: Type.Optional(Type.Boolean({ description: 'Count what would go, and remove nothing' })),
});
export type CollectionRequest = Static<typeof CollectionRequest>;

const Count = Type.Integer({ minimum: 0 });

/** One run. What it removed, or in a dry run would have, is in `removed`; what is within its grace in `waiting`. */
export const CollectionRun = Type.Object({
  id: Type.String(),
  started_at: Time,
  started_by: Type.String(),
  finished_at: Type.Optional(Time),
  dry_run: Type.Boolean(),
  outcome: Type.Union([
    Type.Literal('running'),
    Type.Literal('done'),
    Type.Literal('failed'),
    Type.Literal('stopped'),
  ]),
  reason: Type.Optional(Type.String()),
  /** False: the rows alone; the blob store is listed every twelve hours, and whenever an operator asks for a run. */
  storage: Type.Boolean(),
  removed: Type.Object({
    links: Count,
    blobs: Count,
    bytes: Count,
    unnamed: Count,
    stagings: Count,
  }),
  waiting: Type.Object({ links: Count, blobs: Count, bytes: Count, unnamed: Count }),
});
export type CollectionRun = Static<typeof CollectionRun>;

export const CollectionStatus = Type.Object({
  grace_seconds: Type.Number(),
  runs: Type.Array(CollectionRun, { description: 'The latest, newest first' }),
});
export type CollectionStatus = Static<typeof CollectionStatus>;

const Manifest = Type.Object({ digest: Type.String(), tags: Type.Array(Type.String()) });

export const VerifyRequest = Type.Object({
  repair: Type.Optional(
    Type.Boolean({
      description: 'Take out rows whose bytes are gone or damaged, so that a push brings them back',
    }),
  ),
});
export type VerifyRequest = Static<typeof VerifyRequest>;

/** A line of the answer of POST /api/v1/gc/verify. The last has the kind `end`; without it the check broke off. */
export const VerifyEvent = Type.Union([
  Type.Object({
    kind: Type.Literal('finding'),
    fault: Type.String(),
    region: Type.String(),
    digest: Type.String(),
    repository: Type.Optional(Type.String()),
    detail: Type.String(),
    repaired: Type.Boolean(),
  }),
  Type.Object({
    kind: Type.Union([Type.Literal('progress'), Type.Literal('end')]),
    blobs: Count,
    bytes: Count,
    manifests: Count,
    findings: Count,
  }),
]);
export type VerifyEvent = Static<typeof VerifyEvent>;

/** Who holds a digest. */
export const Holders = Type.Object({
  digest: Type.String(),
  blobs: Type.Array(
    Type.Object({
      region: Type.String(),
      size: Count,
      created_at: Time,
      wanted_at: Time,
      removable_at: Type.Optional(Time),
    }),
  ),
  links: Type.Array(
    Type.Object({
      region: Type.String(),
      repository: Type.String(),
      wanted_at: Time,
      manifests: Type.Array(Manifest),
    }),
  ),
  manifests: Type.Array(
    Type.Object({
      region: Type.String(),
      repository: Type.String(),
      media_type: Type.String(),
      tags: Type.Array(Type.String()),
      indexes: Type.Array(Manifest),
    }),
  ),
  more: Type.Boolean({ description: 'More hold it than are listed' }),
});
export type Holders = Static<typeof Holders>;

/** Deleting images, and the trash of /api/v1. Source: IBM Container Registry API, `BulkDeleteImages` and `ListDeletedImages`. */
import { type Static, Type } from 'typebox';

/** Body of POST /api/v1/images/bulkdelete. */
export const BulkDelete = Type.Array(
  Type.String({ maxLength: 700, description: 'HOST/NAMESPACE/REPOSITORY:TAG or …@sha256:…' }),
  { maxItems: 200 },
);
export type BulkDelete = Static<typeof BulkDelete>;

export const BulkDeleteFailure = Type.Object({ code: Type.String(), message: Type.String() });
export type BulkDeleteFailure = Static<typeof BulkDeleteFailure>;

/** Answer: what was deleted, and what was not with the reason. */
export const BulkDeleted = Type.Object({
  success: Type.Array(Type.String()),
  error: Type.Record(Type.String(), BulkDeleteFailure),
});
export type BulkDeleted = Static<typeof BulkDeleted>;

/** Query of GET /api/v1/trash. Without a limit all is listed, as IBM does. */
export const TrashQuery = Type.Object({
  namespace: Type.Optional(Type.String({ maxLength: 255 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, description: 'Ours: entries of a page' })),
  start: Type.Optional(
    Type.String({
      maxLength: 500,
      description: 'Ours, with limit: what X-Next-Start of the page before says',
    }),
  ),
});

/** The header with what the next page starts at; absent on the last one. */
export const NEXT_START = 'X-Next-Start';
export const TrashEmptyQuery = Type.Object({ namespace: Type.String({ maxLength: 255 }) });

/** One deleted image. Fields behind `tags` are Tidegate's own. */
export const TrashedImage = Type.Object({
  daysUntilExpiry: Type.Integer({ description: 'Whole days, rounded up, for which it can be restored' }),
  tags: Type.Array(Type.String(), { description: 'host/namespace/repository:tag that it bore' }),
  deletedAt: Type.String({ description: 'RFC 3339' }),
  deletedBy: Type.String({ description: 'As in the audit log' }),
  expiresAt: Type.String({ description: 'RFC 3339' }),
  manifestType: Type.String(),
  size: Type.Integer({ description: 'Bytes' }),
  deletedWith: Type.Optional(
    Type.String({ description: 'Digest of the image with which it was deleted, where that is another one' }),
  ),
});
export type TrashedImage = Static<typeof TrashedImage>;

/** Answer of GET /api/v1/trash: by host/namespace/repository@digest. */
export const TrashList = Type.Record(Type.String(), TrashedImage);
export type TrashList = Static<typeof TrashList>;

/** Answer of POST /api/v1/trash/{digest}/restoretags. */
export const RestoredTags = Type.Object({
  successful: Type.Array(Type.String()),
  unsuccessful: Type.Array(Type.String(), { description: 'Tags that stand for something else by now' }),
});
export type RestoredTags = Static<typeof RestoredTags>;

/** Answer of DELETE /api/v1/trash. */
export const TrashEmptied = Type.Object({ removed: Type.Integer() });

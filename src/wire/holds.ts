/** Tidegate's own: images that cannot be deleted until a hold is taken off, /api/v1/holds. */
import { type Static, Type } from 'typebox';

/** Query of GET. */
export const HoldQuery = Type.Object({
  namespace: Type.Optional(Type.String({ maxLength: 255 })),
});

/** Body of PUT. */
export const NewHold = Type.Object({
  reason: Type.String({
    minLength: 1,
    maxLength: 500,
    pattern: '\\S',
    description: 'Shown to those who may not delete it',
  }),
});
export type NewHold = Static<typeof NewHold>;

export const Hold = Type.Object({
  image: Type.String({ description: 'host/namespace/repository@sha256:…' }),
  repository: Type.String({ description: 'namespace/repository' }),
  digest: Type.String(),
  reason: Type.String(),
  created_at: Type.String({ description: 'RFC 3339' }),
  created_by: Type.String({ description: 'As in the audit log' }),
  created_by_name: Type.Optional(
    Type.String({ description: "What that identity is called now, if it is one of the caller's account" }),
  ),
});
export type Hold = Static<typeof Hold>;

/** Answer of GET. */
export const HoldList = Type.Array(Hold);
export type HoldList = Static<typeof HoldList>;

/** Answer of PUT. */
export const HeldImage = Type.Object({
  image: Type.String({ description: 'host/namespace/repository@sha256:…' }),
  digest: Type.String(),
});
export type HeldImage = Static<typeof HeldImage>;

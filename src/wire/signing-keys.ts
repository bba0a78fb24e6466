/** Signing keys, /api/v1/signing-keys: Tidegate's own, for its operator. No secret is in any answer. */
import { type Static, Type } from 'typebox';

export const SigningPurpose = Type.Union([
  Type.Literal('access-token'),
  Type.Literal('audit-seal'),
  Type.Literal('bearer'),
  Type.Literal('registry-token'),
]);

export const SigningKey = Type.Object({
  id: Type.String(),
  purpose: SigningPurpose,
  created_at: Type.String({ format: 'date-time' }),
  state: Type.Union([Type.Literal('signs'), Type.Literal('verifies'), Type.Literal('retired')]),
});
export type SigningKey = Static<typeof SigningKey>;

export const SigningKeyList = Type.Object({ signing_keys: Type.Array(SigningKey) });

export const SigningKeyRotate = Type.Object({ purpose: SigningPurpose });
export type SigningKeyRotate = Static<typeof SigningKeyRotate>;

export const SignedTokenQuery = Type.Object({
  start: Type.Optional(Type.String({ maxLength: 100, description: '`next` of the page before' })),
});

/** Registry tokens that a signing key signed: what stops working when it is retired. */
export const SignedTokenList = Type.Object({
  tokens: Type.Array(
    Type.Object({ id: Type.String(), account_id: Type.String(), description: Type.String() }),
  ),
  next: Type.Optional(Type.String()),
});
export type SignedTokenList = Static<typeof SignedTokenList>;

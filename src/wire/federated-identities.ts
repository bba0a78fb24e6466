/** People as their identity providers know them: ours, below /v1/federated_identities. */
import { type Static, Type } from 'typebox';

const Time = Type.String({ description: 'RFC 3339' });

export const FederatedIdentity = Type.Object({
  id: Type.String({ description: 'FederatedIdentity-<uuid>' }),
  iam_id: Type.String(),
  issuer: Type.String({ description: 'Name of the declared issuer' }),
  subject: Type.String({ description: 'Who it is there' }),
  email: Type.Optional(Type.String()),
  name: Type.Optional(Type.String()),
  state: Type.Union([Type.Literal('ACTIVE'), Type.Literal('OVER')], {
    description: 'Whether it counts in the account that is asked in',
  }),
  reason: Type.Optional(Type.String({ description: 'Why it does not count' })),
  claims_fault: Type.Optional(Type.String({ description: 'Why groups are missing in the claims' })),
  claims: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), {
      description: 'What the provider said; told to the person alone',
    }),
  ),
  claims_at: Time,
  checked_at: Time,
  failing_since: Type.Optional(Type.String({ description: 'Since when the provider cannot be asked' })),
  created_at: Time,
});
export type FederatedIdentity = Static<typeof FederatedIdentity>;

export const FederatedIdentityList = Type.Object({ federated_identities: Type.Array(FederatedIdentity) });
export type FederatedIdentityList = Static<typeof FederatedIdentityList>;

export const FederatedIdentityQuery = Type.Object({
  iam_id: Type.Optional(Type.String({ maxLength: 256, description: "Whose; the caller's own" })),
});

/** Issuers of tokens of workloads and people, /api/v1/issuers: Tidegate's own, for its operator. Times are RFC 3339. */
import { type Static, Type } from 'typebox';

const Time = Type.String({ format: 'date-time' });

export const Issuer = Type.Object({
  name: Type.String(),
  preset: Type.Optional(Type.String()),
  issuer: Type.String({ description: 'iss of its tokens' }),
  for: Type.Array(Type.Union([Type.Literal('workloads'), Type.Literal('people')])),
  audiences: Type.Array(Type.String(), { description: 'Of tokens of workloads' }),
  client_id: Type.Optional(
    Type.String({ description: 'What this registry is there, where it is for people' }),
  ),
  accounts: Type.Optional(Type.Array(Type.String(), { description: 'Ids; absent for all' })),
  state: Type.Union([Type.Literal('enabled'), Type.Literal('disabled')]),
  disabled_at: Type.Optional(Time),
  disabled_by: Type.Optional(Type.String()),
  keys_read_at: Type.Optional(Time),
  keys_fault: Type.Optional(Type.String({ description: 'Why keys could not be read the last time' })),
});
export type Issuer = Static<typeof Issuer>;

export const IssuerList = Type.Object({
  issuers: Type.Array(Issuer),
  file_fault: Type.Optional(
    Type.String({ description: 'Why the file could not be read again; what it said before holds' }),
  ),
});
export type IssuerList = Static<typeof IssuerList>;

export const IssuerChange = Type.Object({
  state: Type.Union([Type.Literal('enabled'), Type.Literal('disabled')]),
});
export type IssuerChange = Static<typeof IssuerChange>;

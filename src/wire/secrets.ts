/** Tidegate's own: everything that expires or sleeps in one list, /api/v1/secrets. */
import { type Static, Type } from 'typebox';

const Span = Type.String({
  maxLength: 6,
  pattern: '^[1-9][0-9]{0,4}[hd]$',
  description: 'Hours or days: 12h, 30d',
});

export const SecretQuery = Type.Object({
  expiring: Type.Optional(
    Type.Unsafe<string>({ ...Span, description: 'What ends within so many hours or days: 12h, 30d' }),
  ),
  unused: Type.Optional(
    Type.Unsafe<string>({
      ...Span,
      description: 'What was not used for so long, and is that old; with `expiring` either is enough',
    }),
  ),
  start: Type.Optional(Type.String({ maxLength: 1000, description: '`next` of the page before' })),
});

/** Why an entry is in the list: one of the two that the query asks for. */
const Because = Type.Union([Type.Literal('expiring'), Type.Literal('unused')]);

export const SecretEntry = Type.Object({
  kind: Type.Union([Type.Literal('api-key'), Type.Literal('registry-token'), Type.Literal('invitation')]),
  id: Type.String({ description: 'Of the key, the token, or the invited member' }),
  name: Type.String({
    description: 'Name of the key, description of the token, address of the invited member',
  }),
  secret: Type.Optional(Type.Integer({ description: 'API keys: the number of the secret' })),
  iam_id: Type.Optional(Type.String({ description: 'API keys: the identity it signs in as' })),
  region: Type.Optional(Type.String({ description: 'Registry tokens: the only region it is good in' })),
  disabled: Type.Optional(Type.Boolean()),
  created_at: Type.String({ description: 'RFC 3339' }),
  created_by: Type.String(),
  expires_at: Type.Optional(Type.String({ description: 'RFC 3339' })),
  last_used_at: Type.Optional(Type.String({ description: 'RFC 3339' })),
  last_used_from: Type.Optional(Type.String({ description: 'Address of the client' })),
  last_used_with: Type.Optional(Type.String({ description: 'User-Agent of the client' })),
  safe_to_delete: Type.Optional(Type.Boolean({ description: 'API keys: of a secret that was replaced' })),
  because: Type.Array(Because),
});
export type SecretEntry = Static<typeof SecretEntry>;

export const SecretList = Type.Object({
  secrets: Type.Array(SecretEntry),
  next: Type.Optional(
    Type.String({ description: 'Begins the next page; a page may be empty and not the last' }),
  ),
});

/** GET /api/v1/search: Tidegate's own. Things by a part of their name, of those that the caller may see. */
import { type Static, Type } from 'typebox';

export const SearchQuery = Type.Object({
  q: Type.String({ minLength: 1, maxLength: 255, description: 'A part of the name, in capitals or not' }),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 20, description: 'Of each kind; default 5' })),
});
export type SearchQuery = Static<typeof SearchQuery>;

const Kind = Type.Union([
  Type.Literal('namespace'),
  Type.Literal('repository'),
  Type.Literal('service-id'),
  Type.Literal('user'),
  Type.Literal('access-group'),
  Type.Literal('profile'),
  Type.Literal('policy'),
  Type.Literal('api-key'),
  Type.Literal('registry-token'),
]);

export const SearchHit = Type.Object({
  kind: Kind,
  id: Type.String({ description: 'What its door calls it: of a namespace and a repository the name' }),
  name: Type.String({
    description: 'Of a user the login, of a policy and a registry token the description',
  }),
  iam_id: Type.Optional(Type.String({ description: 'Of an API key: whose it is' })),
});
export type SearchHit = Static<typeof SearchHit>;

export const SearchResult = Type.Object({
  hits: Type.Array(SearchHit),
  more: Type.Array(Kind, {
    description: 'Kinds of which there may be more that were not looked at or shown',
  }),
});
export type SearchResult = Static<typeof SearchResult>;

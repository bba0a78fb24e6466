/** Repositories and tags in pages, GET /api/v1/repositories and GET /api/v1/tags: Tidegate's own. All sizes are bytes. */
import { type Static, Type } from 'typebox';

const Text = Type.String();
const Count = Type.Integer({ minimum: 0 });
const Moment = (description: string) => Type.String({ description: `RFC 3339. ${description}` });

const Page = {
  filter: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      description: 'Only names that contain this, in capitals or not',
    }),
  ),
  sort: Type.Optional(
    Type.Union([Type.Literal('newest'), Type.Literal('oldest'), Type.Literal('name')], {
      description: 'Newest push first (default), oldest first, or by name',
    }),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, description: 'Default 50' })),
  start: Type.Optional(
    Type.String({ maxLength: 1000, description: '`next` of the page before, with the same filter and sort' }),
  ),
};

const Totals = {
  total: Type.Integer({ minimum: 0, description: 'Entries of the list' }),
  total_is_exact: Type.Boolean({ description: 'False: there are at least so many' }),
  next: Type.Optional(
    Type.String({ description: 'Where the next page starts. A page may be short, or empty, and have one' }),
  ),
};

/** Query of GET /api/v1/repositories. */
export const RepositoryListQuery = Type.Object({
  namespace: Type.Optional(
    Type.String({ minLength: 1, maxLength: 255, description: 'Of this namespace only' }),
  ),
  ...Page,
});
export type RepositoryListQuery = Static<typeof RepositoryListQuery>;

/** What is not there is not told: the caller may see only some of the tags. */
export const ListedRepository = Type.Object({
  name: Type.String({ description: 'NAMESPACE/REPOSITORY' }),
  namespace: Text,
  tags: Type.Optional(Count),
  tags_is_exact: Type.Optional(Type.Boolean({ description: 'False: there are at least so many' })),
  untagged: Type.Optional(
    Type.Integer({ minimum: 0, description: 'Images that no tag, index or subject holds' }),
  ),
  size: Type.Optional(
    Type.Integer({ minimum: 0, description: 'Each digest once, without what is in the trash' }),
  ),
  pushed_at: Type.Optional(Moment('The last push')),
  pulled_at: Type.Optional(Type.Union([Type.Null(), Moment('The last pull; null: never')])),
});
export type ListedRepository = Static<typeof ListedRepository>;

export const RepositoryList = Type.Object({ repositories: Type.Array(ListedRepository), ...Totals });
export type RepositoryList = Static<typeof RepositoryList>;

/** Query of GET /api/v1/tags. */
export const TagListQuery = Type.Object({
  repository: Type.String({
    minLength: 1,
    maxLength: 600,
    description: 'NAMESPACE/REPOSITORY, with or without host[:port]/',
  }),
  ...Page,
});
export type TagListQuery = Static<typeof TagListQuery>;

export const ListedPlatform = Type.Object({
  os: Text,
  architecture: Text,
  variant: Type.Optional(Text),
  digest: Text,
  size: Type.Optional(Count),
});

export const ListedTag = Type.Object({
  tag: Text,
  digest: Type.String({ description: 'What the tag stands for: of an image of several platforms the index' }),
  media_type: Text,
  kind: Type.String({ description: '`image`, `index`, or the type of another artifact' }),
  platforms: Type.Array(ListedPlatform, {
    description: 'Of an index, at most 50; attestations are none. Of a single image what its config says',
  }),
  size_min: Type.Integer({ minimum: 0, description: 'Of an index the smallest platform' }),
  size_max: Type.Integer({ minimum: 0, description: 'Of an index the largest; else the same' }),
  pushed_at: Moment('When the tag was set'),
  pushed_by: Type.String({ description: 'Who pushed the image first, as in the audit log' }),
  pushed_by_name: Type.Optional(
    Type.String({ description: "What that identity is called now, if it is one of the caller's account" }),
  ),
  pulled_at: Type.Union([Type.Null(), Moment('The last pull by this tag; null: never')]),
  referrers: Type.Object(
    { signatures: Count, sboms: Count, provenance: Count, other: Count },
    { description: 'What hangs on the digest, counted up to 200' },
  ),
  protected_by: Type.Optional(
    Type.String({ description: 'The rule that keeps the tag from being moved and deleted' }),
  ),
  held: Type.Boolean({ description: 'The image cannot be deleted' }),
});
export type ListedTag = Static<typeof ListedTag>;

export const TagList = Type.Object({ tags: Type.Array(ListedTag), ...Totals });
export type TagList = Static<typeof TagList>;

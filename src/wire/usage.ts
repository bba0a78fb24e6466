/** What is stored, /api/v1/usage: Tidegate's own. All sizes are bytes. */
import { type Static, Type } from 'typebox';

const Count = Type.Integer({ minimum: 0 });

/** Each digest counts once, for the first of the four that it is for. */
export const StorageUsage = Type.Object({
  tagged: Type.Integer({
    description: 'What tagged images need, what an index lists, and what refers to an image',
  }),
  untagged: Type.Integer({ description: 'What untagged images need and nothing tagged does' }),
  trash: Type.Integer({ description: 'What only deleted images hold that can be restored' }),
  waiting: Type.Integer({ description: 'What was uploaded and no image needs (yet)' }),
  shared: Type.Integer({
    description:
      'The part that several repositories of the account have; in the sums of the account it is there once',
  }),
  images: Count,
  untagged_images: Count,
  trashed_images: Count,
});
export type StorageUsage = Static<typeof StorageUsage>;

/** GET /api/v1/usage. */
export const AccountUsage = Type.Object({
  counting: Type.Boolean({
    description: 'True after an upgrade, until all that was stored before has been counted',
  }),
  account: StorageUsage,
  namespaces: Type.Record(Type.String(), StorageUsage, {
    description: 'By name: the namespaces that the caller may list',
  }),
});
export type AccountUsage = Static<typeof AccountUsage>;

/** Query of GET /api/v1/usage/repositories. */
export const RepositoryUsageQuery = Type.Object({
  namespace: Type.Optional(Type.String({ maxLength: 255, description: 'Of this namespace only' })),
});
export type RepositoryUsageQuery = Static<typeof RepositoryUsageQuery>;

export const RepositoryUsage = Type.Object({
  repository: Type.String({ description: 'namespace/repository' }),
  usage: StorageUsage,
});
export type RepositoryUsage = Static<typeof RepositoryUsage>;

/** GET /api/v1/usage/repositories. */
export const RepositoryUsageList = Type.Array(RepositoryUsage);
export type RepositoryUsageList = Static<typeof RepositoryUsageList>;

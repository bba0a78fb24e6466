/** Images of /api/v1. Source: IBM Container Registry API, `Images`; the keys are capitalised there too. */
import { type Static, Type } from 'typebox';

/** Query of GET /api/v1/images. `repository` is `namespace/repository`, with or without the registry's host. */
export const ImageQuery = Type.Object({
  namespace: Type.Optional(Type.String({ maxLength: 255 })),
  repository: Type.Optional(Type.String({ maxLength: 600, description: 'With or without host[:port]/' })),
  includeIBM: Type.Optional(Type.Boolean()),
  includePrivate: Type.Optional(Type.Boolean({ description: 'false: leave out the images of the account' })),
  includeManifestLists: Type.Optional(Type.Boolean()),
  vulnerabilities: Type.Optional(Type.Boolean()),
});
export type ImageQuery = Static<typeof ImageQuery>;

/** Who pushed an image. Tidegate's own, as are all fields here whose names begin with a small letter. */
export const ImagePush = Type.Object({
  at: Type.String({ description: 'RFC 3339' }),
  by: Type.String({ description: 'As in the audit log: user:ACCOUNT/IBMid-…, service-id:…, profile:…' }),
  name: Type.Optional(
    Type.String({ description: "What that identity is called now, if it is one of the caller's account" }),
  ),
  credential: Type.Optional(Type.String({ description: 'Id of the API key, session or registry token' })),
  address: Type.Optional(Type.String({ description: 'Where it came from' })),
  claims: Type.Optional(
    Type.Record(Type.String(), Type.String(), {
      description:
        'Of a build that pushed with the token of its platform: repository, ref, workflow, run, environment',
    }),
  ),
});
export type ImagePush = Static<typeof ImagePush>;

/** What was pulled of a tag or a digest. */
export const ImagePulls = Type.Object({
  last: Type.Optional(Type.String({ description: 'RFC 3339; absent where no pull is recorded' })),
  recent: Type.Integer({ description: 'Pulls of the last 30 days' }),
});
export type ImagePulls = Static<typeof ImagePulls>;

/** By tag, those that were pulled. */
const TagPulls = Type.Record(Type.String(), ImagePulls, { description: 'By tag; those that were pulled' });

/** One digest in one repository. */
export const RemoteApiImage = Type.Object({
  Id: Type.String({
    description: 'Digest of the image configuration, or of the manifest where there is none',
  }),
  ParentId: Type.Optional(Type.String()),
  RepoTags: Type.Array(Type.String(), { description: 'host/namespace/repository:tag' }),
  RepoDigests: Type.Array(Type.String(), { description: 'host/namespace/repository@sha256:…' }),
  DigestTags: Type.Record(Type.String(), Type.Array(Type.String()), {
    description: 'Digest to its host/namespace/repository:tag',
  }),
  ManifestType: Type.Optional(Type.String({ description: 'Media type of the manifest' })),
  Created: Type.Integer({ description: 'Seconds since the epoch; 0 where the image does not say' }),
  Size: Type.Integer({ description: 'Bytes' }),
  VirtualSize: Type.Optional(Type.Integer({ description: 'Bytes' })),
  Labels: Type.Optional(Type.Record(Type.String(), Type.String())),
  Vulnerable: Type.Optional(Type.String()),
  VulnerabilityCount: Type.Optional(Type.Integer()),
  ConfigurationIssueCount: Type.Optional(Type.Integer()),
  IssueCount: Type.Optional(Type.Integer()),
  ExemptIssueCount: Type.Optional(Type.Integer()),
  push: Type.Optional(ImagePush),
  pulls: Type.Optional(ImagePulls),
  tagPulls: Type.Optional(TagPulls),
});
export type RemoteApiImage = Static<typeof RemoteApiImage>;

/** GET /api/v1/images. */
export const RemoteApiImageList = Type.Array(RemoteApiImage);
export type RemoteApiImageList = Static<typeof RemoteApiImageList>;

/** Body of POST /api/v1/images/digests. */
export const ImageDigestQuery = Type.Object({
  exclude_tagged: Type.Optional(Type.Boolean({ description: 'Only digests without a tag' })),
  exclude_va: Type.Optional(Type.Boolean()),
  include_ibm: Type.Optional(Type.Boolean()),
  repositories: Type.Optional(
    Type.Array(Type.String({ maxLength: 600 }), {
      maxItems: 100,
      description: 'NAMESPACE/REPOSITORY or NAMESPACE, with or without host[:port]/; none: all',
    }),
  ),
});
export type ImageDigestQuery = Static<typeof ImageDigestQuery>;

/** What Vulnerability Advisor says of a tag, and what was pulled of it. */
export const ImageDigestTag = Type.Object({
  configurationIssueCount: Type.Integer(),
  exemptIssueCount: Type.Integer(),
  issueCount: Type.Integer(),
  vulnerabilityCount: Type.Integer(),
  vulnerable: Type.String(),
  pulls: Type.Optional(ImagePulls),
});
export type ImageDigestTag = Static<typeof ImageDigestTag>;

/** One digest in one repository, tagged or not. */
export const ImageDigest = Type.Object({
  id: Type.String({ description: 'Digest of the manifest' }),
  created: Type.Integer({ description: 'Seconds since the epoch' }),
  manifestType: Type.String({ description: 'Media type of the manifest' }),
  size: Type.Integer({ description: 'Bytes' }),
  repoTags: Type.Record(Type.String(), Type.Record(Type.String(), ImageDigestTag), {
    description: 'host/namespace/repository to its tags of this digest',
  }),
  held: Type.Optional(
    Type.Boolean({
      description: 'An index lists it, or it belongs to an image: without a tag it is wanted still',
    }),
  ),
  waits_until: Type.Optional(
    Type.String({
      description:
        'RFC 3339. It has no tag and was pushed a short while ago: until then its tag or its index may follow',
    }),
  ),
  push: Type.Optional(ImagePush),
  pulls: Type.Optional(ImagePulls),
});
export type ImageDigest = Static<typeof ImageDigest>;

/** Answer of POST /api/v1/images/digests. */
export const ImageDigestList = Type.Array(ImageDigest);

/** Query of POST /api/v1/images/tags. */
export const ImageTagQuery = Type.Object({
  fromimage: Type.String({ maxLength: 700, description: 'The image, by tag or digest' }),
  toimage: Type.String({ maxLength: 700, description: 'The name it gets: with a tag, or the tag latest' }),
});
export type ImageTagQuery = Static<typeof ImageTagQuery>;

/** Answer of what deletes an image. The fields in small letters are Tidegate's own. */
export const DeletedImage = Type.Object({
  Untagged: Type.String({ description: 'host/namespace/repository:tag, or @digest, as it was named' }),
  deleted: Type.Optional(
    Type.String({ description: 'host/namespace/repository@sha256:…: the name that restores all of it' }),
  ),
  restorable_until: Type.Optional(Type.String({ description: 'RFC 3339' })),
});
export type DeletedImage = Static<typeof DeletedImage>;

/** Answer of what takes a tag away. */
export const Untagged = Type.Object({
  Untagged: Type.String({ description: 'host/namespace/repository:tag' }),
});
export type Untagged = Static<typeof Untagged>;

/** Images of /api/v1. Source: IBM Container Registry API, `Images`; the keys are capitalised there too. */
import { type Static, Type } from 'typebox';

/** Query of GET /api/v1/images. `repository` is `namespace/repository`, with or without the registry's host. */
export const ImageQuery = Type.Object({
  namespace: Type.Optional(Type.String({ maxLength: 255 })),
  repository: Type.Optional(Type.String({ maxLength: 600, description: 'With or without host[:port]/' })),
  includeIBM: Type.Optional(Type.Boolean()),
  includePrivate: Type.Optional(Type.Boolean()),
  includeManifestLists: Type.Optional(Type.Boolean()),
  vulnerabilities: Type.Optional(Type.Boolean()),
});
export type ImageQuery = Static<typeof ImageQuery>;

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
});
export type RemoteApiImage = Static<typeof RemoteApiImage>;

/** GET /api/v1/images. */
export const RemoteApiImageList = Type.Array(RemoteApiImage);
export type RemoteApiImageList = Static<typeof RemoteApiImageList>;

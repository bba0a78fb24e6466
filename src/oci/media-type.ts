/** Media types the registry knows by name. Sources: OCI image-spec media-types.md; Docker Image Manifest V2, Schema 2. */
export const MEDIA_TYPES = {
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  ociEmpty: 'application/vnd.oci.empty.v1+json',
  octetStream: 'application/octet-stream',
} as const;

const INDEXES: ReadonlySet<string> = new Set([MEDIA_TYPES.ociIndex, MEDIA_TYPES.dockerList]);

/** The manifest types that may be pushed. */
export const MANIFEST_TYPES: readonly string[] = [
  MEDIA_TYPES.ociManifest,
  MEDIA_TYPES.ociIndex,
  MEDIA_TYPES.dockerManifest,
  MEDIA_TYPES.dockerList,
];

const SCHEMA_1_ADVICE =
  'Docker image manifest schema 1 is no longer accepted; push a schema 2 or OCI image manifest (any Docker since 1.10, podman or skopeo does)';

/** Manifest types that are known and not accepted, with what to push instead. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['application/vnd.docker.distribution.manifest.v1+json', SCHEMA_1_ADVICE],
  ['application/vnd.docker.distribution.manifest.v1+prettyjws', SCHEMA_1_ADVICE],
  [
    'application/vnd.oci.artifact.manifest.v1+json',
    `the OCI artifact manifest was withdrawn before image-spec 1.1; push an ${MEDIA_TYPES.ociManifest} with artifactType set`,
  ],
]);

const NON_DISTRIBUTABLE: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.layer.nondistributable.v1.tar',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd',
  'application/vnd.docker.image.rootfs.foreign.diff.tar',
  'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
]);

// Not toLowerCase: that maps some characters beyond ASCII onto ASCII letters.
const lowerAscii = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** The type of a Content-Type without its parameters, in lower case; undefined if the header is absent or empty. */
export const essence = (contentType: string | undefined): string | undefined => {
  if (contentType === undefined) return undefined;
  const semicolon = contentType.indexOf(';');
  const type = (semicolon === -1 ? contentType : contentType.slice(0, semicolon)).trim();
  return type === '' ? undefined : lowerAscii(type);
};

/**
 * A media type as a query parameter says it; undefined if it is absent or empty. Many clients send the + of a type bare,
 * which every parser of queries reads as a space; no type has a space before its parameters (RFC 6838, 4.2).
 */
export const mediaTypeOfQuery = (text: string | null): string | undefined =>
  text
    ? text.replace(/^[^;]*/, (type) => type.replaceAll(' ', '+')).replace(NEVER_IN_A_TYPE, '\u{fffd}')
    : undefined;

/** Control characters and what is beyond ASCII: a type with them matches nothing, and PostgreSQL takes no NUL. */
const NEVER_IN_A_TYPE = /[^\x20-\x7e]/g;

export const isIndex = (mediaType: string): boolean => INDEXES.has(mediaType);

export const isManifestType = (mediaType: string): boolean => MANIFEST_TYPES.includes(mediaType);

/** Whether a layer of this type may be absent from the registry. */
export const isNonDistributable = (layerMediaType: string): boolean => NON_DISTRIBUTABLE.has(layerMediaType);

/** What to push instead of this type, if it is one of the known manifest types that are not accepted. */
export const refusalOf = (mediaType: string): string | undefined => REFUSED.get(mediaType);

/** The advice for a schema 1 manifest recognised by its body rather than by its type. */
export const schema1Refusal = (): string => SCHEMA_1_ADVICE;

import { RegistryError } from '../errors.ts';
import { type Descriptor, parseAnnotations, parseDescriptor, parseOptionalMediaType } from './descriptor.ts';
import {
  essence,
  isIndex,
  isManifestType,
  isNonDistributable,
  MANIFEST_TYPES,
  MEDIA_TYPES,
  refusalOf,
  schema1Refusal,
} from './media-type.ts';
import { isJsonObject, type JsonObject, parseStrictJson, quote, refuseLookalikes } from './strict-json.ts';

/** Bytes. Clients refuse more when they pull, so nobody may push more. */
export const MANIFEST_LIMIT = 4 * 1024 * 1024;

/** What the registry needs to know of a manifest; the bytes themselves are what is stored and served. */
export interface Manifest {
  /** One of the four accepted types: the Content-Type it is served with. */
  readonly mediaType: string;
  readonly kind: 'image' | 'index';
  /** As the referrers API lists it: the manifest's own, else an image's config type. */
  readonly artifactType: string | undefined;
  /** Images only, and always there. */
  readonly config: Descriptor | undefined;
  /** Images only. */
  readonly layers: Descriptor[];
  /** Entries of an index: manifests, or (BuildKit caches) blobs. */
  readonly children: Descriptor[];
  readonly subject: Descriptor | undefined;
  readonly annotations: Record<string, string>;
}

const FIELDS = [
  'schemaVersion',
  'mediaType',
  'artifactType',
  'config',
  'layers',
  'manifests',
  'subject',
  'annotations',
  'fsLayers',
];

const refuse = (message: string): RegistryError => new RegistryError('MANIFEST_INVALID', { message });

const detectType = (body: JsonObject): string => {
  if ('manifests' in body) return MEDIA_TYPES.ociIndex;
  if ('layers' in body && 'config' in body) return MEDIA_TYPES.ociManifest;
  throw refuse('the manifest has no media type; send it as Content-Type and as the field mediaType');
};

const refuseKnownType = (mediaType: string | undefined): void => {
  const advice = mediaType === undefined ? undefined : refusalOf(mediaType);
  if (advice !== undefined) throw refuse(advice);
};

/** The type both sides agree on. A client trusts the header or the body, so they must not differ. */
const agreeOnType = (body: JsonObject, declared: string | undefined, written: string | undefined): string => {
  if (declared !== undefined && written !== undefined && declared !== written)
    throw refuse(
      `Content-Type ${quote(declared)} and the field mediaType ${quote(written)} differ; make them equal`,
    );
  const mediaType = declared ?? written ?? detectType(body);
  if (!isManifestType(mediaType))
    throw refuse(`${quote(mediaType)} is not a manifest type; use one of ${MANIFEST_TYPES.join(', ')}`);
  return mediaType;
};

const checkVersion = (body: JsonObject): void => {
  if (body.schemaVersion === 1 || 'fsLayers' in body) throw refuse(schema1Refusal());
  if (body.schemaVersion !== 2) throw refuse('schemaVersion must be 2');
};

/** An index that also carries layers (or the reverse) would be two different images to two clients: GHSA-mc8v-mgrf-8f4m. */
const refuseForeignFields = (body: JsonObject, fields: readonly string[], kind: string): void => {
  for (const field of fields) {
    if (field in body) throw refuse(`an ${kind} must not have the field ${quote(field)}; remove it`);
  }
};

const parseList = (value: unknown, where: string): Descriptor[] => {
  // Go encoders write null for an empty list.
  if (value === null) return [];
  if (!Array.isArray(value))
    throw refuse(`${where} must be an array of descriptors; write [] if there are none`);
  return value.map((entry, index) => parseDescriptor(entry, `${where}[${index}]`));
};

const commonParts = (body: JsonObject) => ({
  subject: body.subject == null ? undefined : parseDescriptor(body.subject, 'subject'),
  annotations: parseAnnotations(body.annotations, 'annotations') ?? {},
});

const parseIndex = (body: JsonObject, mediaType: string): Manifest => {
  refuseForeignFields(body, ['layers', 'config'], 'index');
  return {
    mediaType,
    kind: 'index',
    artifactType: parseOptionalMediaType(body.artifactType, 'artifactType'),
    config: undefined,
    layers: [],
    children: parseList(body.manifests, 'manifests'),
    ...commonParts(body),
  };
};

const parseImage = (body: JsonObject, mediaType: string): Manifest => {
  refuseForeignFields(body, ['manifests'], 'image manifest');
  const config = parseDescriptor(body.config, 'config');
  return {
    mediaType,
    kind: 'image',
    artifactType: parseOptionalMediaType(body.artifactType, 'artifactType') ?? config.mediaType,
    config,
    layers: parseList(body.layers, 'layers'),
    children: [],
    ...commonParts(body),
  };
};

/**
 * A pushed manifest, checked in form: MANIFEST_TOO_LARGE above the limit, else MANIFEST_INVALID with what to change.
 * Unknown fields and unknown types of config, layers and artifacts pass. Whether what it points to exists is not
 * asked here. Source: OCI image-spec manifest.md and image-index.md.
 */
export const parseManifest = (bytes: Uint8Array, contentType: string | undefined): Manifest => {
  if (bytes.length > MANIFEST_LIMIT) throw new RegistryError('MANIFEST_TOO_LARGE');
  const declared = essence(contentType);
  refuseKnownType(declared);
  const body = parseStrictJson(bytes);
  if (!isJsonObject(body)) throw refuse('the manifest must be a JSON object');
  refuseLookalikes(body, FIELDS, 'the manifest');
  const written = parseOptionalMediaType(body.mediaType, 'mediaType');
  refuseKnownType(written);
  checkVersion(body);
  const mediaType = agreeOnType(body, declared, written);
  return isIndex(mediaType) ? parseIndex(body, mediaType) : parseImage(body, mediaType);
};

/** The config and layers that must be in the repository before the manifest, each digest once. */
export const requiredBlobs = ({ config, layers }: Manifest): Descriptor[] => {
  const required = layers.filter(
    ({ mediaType, urls }) => urls === undefined && !isNonDistributable(mediaType),
  );
  if (config !== undefined) required.unshift(config);
  return [...new Map(required.map((descriptor) => [descriptor.digest, descriptor])).values()];
};

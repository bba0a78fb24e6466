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

/** Bytes. Clients refuse more when they pull, so more cannot be pushed. */
export const MANIFEST_LIMIT = 4 * 1024 * 1024;

/** Blobs and manifests that one manifest refers to: the transaction that stores it writes a row for each. */
const MOST_REFERENCES = 1000;

/** Bytes that the contents of one manifest may add up to. Sums of a thousand such sizes are exact numbers still. */
const MOST_BYTES = 2 ** 43;

/** Numbers, strings, arrays and objects: a thousand descriptors with annotations have fewer. */
const MOST_VALUES = 20_000;

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
  const manifest = readManifest(bytes, contentType, MOST_VALUES);
  refuseBeyondLimits(manifest);
  return manifest;
};

/** A manifest that is stored already: it may have been pushed before there were limits to what it refers to. */
export const parseStoredManifest = (bytes: Uint8Array, mediaType: string): Manifest =>
  readManifest(bytes, mediaType, Number.POSITIVE_INFINITY);

/** What a manifest's clients fetch after it, in its order: the config and the layers of an image, an index's children. */
export const contentsOf = ({ config, layers, children }: Manifest): Descriptor[] => [
  ...(config ? [config] : []),
  ...layers,
  ...children,
];

/** What a person calls an image's size: its contents as they are sent. */
export const imageSize = (manifest: Manifest): number =>
  contentsOf(manifest).reduce((sum, { size }) => sum + size, 0);

const refuseBeyondLimits = (manifest: Manifest): void => {
  const { length } = contentsOf(manifest);
  if (length > MOST_REFERENCES)
    throw refuse(
      `the manifest refers to ${length} blobs and manifests, and ${MOST_REFERENCES} is the most: divide it`,
    );
  if (imageSize(manifest) > MOST_BYTES)
    throw refuse('the sizes in the manifest add up to more than 8 TiB: state the lengths the contents have');
};

const readManifest = (bytes: Uint8Array, contentType: string | undefined, mostValues: number): Manifest => {
  const declared = essence(contentType);
  refuseKnownType(declared);
  const body = parseStrictJson(bytes, mostValues);
  if (!isJsonObject(body)) throw refuse('the manifest must be a JSON object');
  refuseLookalikes(body, FIELDS, 'the manifest');
  const written = parseOptionalMediaType(body.mediaType, 'mediaType');
  refuseKnownType(written);
  checkVersion(body);
  const mediaType = agreeOnType(body, declared, written);
  return isIndex(mediaType) ? parseIndex(body, mediaType) : parseImage(body, mediaType);
};

/** Whether a layer must be in the repository before the manifest that names it. */
export const isRequired = ({ mediaType, urls }: Descriptor): boolean =>
  urls === undefined && !isNonDistributable(mediaType);

/** The config and layers that must be in the repository before the manifest, each digest once. */
export const requiredBlobs = ({ config, layers }: Manifest): Descriptor[] => {
  const required = layers.filter(isRequired);
  if (config !== undefined) required.unshift(config);
  return [...new Map(required.map((descriptor) => [descriptor.digest, descriptor])).values()];
};

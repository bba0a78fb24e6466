import { RegistryError } from '../errors.ts';
import { type Digest, parseDigest } from './digest.ts';
import { isJsonObject, type JsonObject, quote, refuseLookalikes } from './strict-json.ts';

export interface Platform {
  readonly os?: string;
  readonly architecture?: string;
  readonly variant?: string;
}

/** A pointer to content: its type, digest and size in bytes. Source: OCI image-spec, descriptor.md. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** The content itself, base64; compared with the digest where a manifest is pushed. */
  readonly data?: string;
  /** Other places to fetch the content from; never empty. */
  readonly urls?: readonly string[];
  readonly platform?: Platform;
}

const FIELDS = ['mediaType', 'digest', 'size', 'artifactType', 'annotations', 'data', 'urls', 'platform'];

/** RFC 6838 allows 127 characters on each side of the slash. Unknown types pass; control characters and the like do not. */
const MEDIA_TYPE = /^[\x20-\x7e]{1,255}$/;

const refuse = (message: string): RegistryError => new RegistryError('MANIFEST_INVALID', { message });

/** Go encoders write null for an empty optional field, and empty strings mean the same. */
const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === '';

/** A media type or artifact type of a manifest or descriptor. */
const parseMediaType = (value: unknown, where: string): string => {
  if (typeof value !== 'string' || !MEDIA_TYPE.test(value))
    throw refuse(`${where} must be a media type such as "application/vnd.oci.image.config.v1+json"`);
  return value;
};

export const parseOptionalMediaType = (value: unknown, where: string): string | undefined =>
  isAbsent(value) ? undefined : parseMediaType(value, where);

/** A map of strings to strings; undefined if absent. */
export const parseAnnotations = (value: unknown, where: string): Record<string, string> | undefined => {
  if (isAbsent(value)) return undefined;
  if (!isJsonObject(value)) throw refuse(`${where} must be an object of strings`);
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string')
      throw refuse(`${where}[${quote(key)}] must be a string; write the value in quotes`);
  }
  return value as Record<string, string>;
};

const parseDescriptorDigest = (value: unknown, where: string): Digest => {
  const digest = typeof value === 'string' ? parseDigest(value) : undefined;
  if (digest === undefined)
    throw refuse(`${where}.digest must be "sha256:" with 64 or "sha512:" with 128 lower case hex digits`);
  return digest;
};

const parseSize = (value: unknown, where: string): number => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw refuse(`${where}.size must be the content's length in bytes, a whole number of 0 or more`);
  return value;
};

const parseUrls = (value: unknown, where: string): string[] | undefined => {
  if (isAbsent(value)) return undefined;
  if (!Array.isArray(value) || !value.every((url) => typeof url === 'string'))
    throw refuse(`${where}.urls must be an array of strings`);
  return value.length === 0 ? undefined : value;
};

const parseData = (value: unknown, where: string): string | undefined => {
  if (isAbsent(value)) return undefined;
  if (typeof value !== 'string') throw refuse(`${where}.data must be a base64 string`);
  return value;
};

const parsePlatform = (value: unknown, where: string): Platform | undefined => {
  if (isAbsent(value)) return undefined;
  if (!isJsonObject(value)) throw refuse(`${where}.platform must be an object with os and architecture`);
  const text = (field: keyof Platform): Platform => {
    const found = value[field];
    return typeof found === 'string' && found !== '' ? { [field]: found } : {};
  };
  return { ...text('os'), ...text('architecture'), ...text('variant') };
};

const optionalFields = (value: JsonObject, where: string): Partial<Descriptor> => {
  const found = {
    artifactType: parseOptionalMediaType(value.artifactType, `${where}.artifactType`),
    annotations: parseAnnotations(value.annotations, `${where}.annotations`),
    data: parseData(value.data, where),
    urls: parseUrls(value.urls, where),
    platform: parsePlatform(value.platform, where),
  };
  return Object.fromEntries(Object.entries(found).filter(([, field]) => field !== undefined));
};

/** `value` as a descriptor, unknown fields left out; else MANIFEST_INVALID. `where` is its place, such as "layers[3]". */
export const parseDescriptor = (value: unknown, where: string): Descriptor => {
  if (!isJsonObject(value))
    throw refuse(`${where} must be a descriptor: an object with mediaType, digest and size`);
  refuseLookalikes(value, FIELDS, where);
  return {
    mediaType: parseMediaType(value.mediaType, `${where}.mediaType`),
    digest: parseDescriptorDigest(value.digest, where),
    size: parseSize(value.size, where),
    ...optionalFields(value, where),
  };
};

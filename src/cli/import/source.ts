import { createHash, type Hash } from 'node:crypto';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';

/** A pointer to content, as manifests write it. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly urls?: readonly string[];
}

export interface Manifest {
  readonly mediaType: string;
  readonly digest: string;
  /** What is pushed: not one byte differs, or the digest would. */
  readonly bytes: Buffer;
}

/** One thing to copy: what a tag names, or what lies there without one. */
export interface SourceImage {
  /** Its repository at the source; empty where it has no name there. */
  readonly repository: string;
  readonly tag: string | undefined;
  /** The tag or digest by which the source gives it. */
  readonly reference: string;
}

/** Images that the source does not list: those of a repository, or those of the repositories below one. */
export interface Unlisted {
  readonly unlisted: string;
  readonly error: CliError;
}

/** Where images come from. */
export interface Source extends AsyncDisposable {
  /** Ends with an error only where nothing more can be had of this source. */
  images(): AsyncIterable<SourceImage | Unlisted>;
  manifest(repository: string, reference: string): Promise<Manifest>;
  /** The digests of the manifests whose subject this is. */
  referrers(repository: string, digest: string): Promise<readonly string[]>;
  blob(repository: string, descriptor: Descriptor): Promise<ReadableStream<Uint8Array>>;
}

const INDEXES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];

export const MANIFEST_TYPES: readonly string[] = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  ...INDEXES,
];

/** More than any client takes. */
export const LARGEST_MANIFEST = 4 * 1024 * 1024;
/** As many as a registry takes in one manifest. */
const MOST_REFERENCES = 1000;

const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

export const isDigest = (text: string): boolean => DIGEST.test(text);

export const isTag = (text: string): boolean => /^\w[\w.-]{0,127}$/.test(text);

/** A repository as the distribution specification has it. */
export const isRepository = (text: string): boolean =>
  text.length <= 255 &&
  /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/.test(text);

export const hashFor = (digest: string): Hash => createHash(digest.slice(0, digest.indexOf(':')));

export const digestOf = (bytes: Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** A content ended before its end. It may be whole the next time. */
export class BrokenOff extends CliError {
  constructor(message: string, options: ErrorOptions = {}) {
    super(EXIT.FAILED, message, options);
  }
}

/** What a source must not do. */
export const sourceFailed = (message: string): CliError => new CliError(EXIT.FAILED, message);

interface Written {
  readonly mediaType?: unknown;
  readonly schemaVersion?: unknown;
  readonly config?: unknown;
  readonly layers?: unknown;
  readonly manifests?: unknown;
}

const isDescriptor = (value: unknown): value is Descriptor => {
  if (typeof value !== 'object' || value === null) return false;
  const { mediaType, digest, size } = value as Record<string, unknown>;
  return (
    typeof mediaType === 'string' &&
    typeof digest === 'string' &&
    isDigest(digest) &&
    Number.isSafeInteger(size)
  );
};

const jsonOf = (bytes: Buffer): Written => {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // said below
  }
  throw sourceFailed('The source has a manifest that is no JSON object.');
};

/** The bytes of a manifest with its type; `declared` is what the source says it is. */
export const manifestOf = (
  bytes: Buffer,
  declared: string | undefined,
  digest = digestOf(bytes),
): Manifest => {
  const written = jsonOf(bytes);
  if (written.schemaVersion === 1)
    throw sourceFailed(
      'It is an image manifest of schema 1, which is not accepted any more; push the image again.',
    );
  const guessed = written.manifests === undefined ? MANIFEST_TYPES[0] : INDEXES[0];
  const mediaType = [written.mediaType, declared, guessed].find(
    (type): type is string => typeof type === 'string' && MANIFEST_TYPES.includes(type),
  );
  if (mediaType === undefined) throw sourceFailed('The source has a manifest of an unknown type.');
  return { mediaType, digest, bytes };
};

/** What a manifest names: other manifests, and contents. */
export const partsOf = ({ bytes }: Manifest): { manifests: Descriptor[]; blobs: Descriptor[] } => {
  const { config, layers = [], manifests = [] } = jsonOf(bytes);
  const named = [...(config === undefined ? [] : [config]), ...listOf(layers), ...listOf(manifests)];
  if (named.length > MOST_REFERENCES || !named.every(isDescriptor))
    throw sourceFailed('The source has a manifest that is not valid.');
  const unique = [...new Map(named.map((each) => [each.digest, each])).values()];
  const isManifest = ({ mediaType }: Descriptor): boolean => MANIFEST_TYPES.includes(mediaType);
  return { manifests: unique.filter(isManifest), blobs: unique.filter((each) => !isManifest(each)) };
};

// programs in Go write null for an empty list
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** Layers that registries may lack: their owner hands them out elsewhere. */
export const isElsewhere = ({ mediaType, urls = [] }: Descriptor): boolean =>
  urls.length > 0 || /nondistributable|rootfs\.foreign/.test(mediaType);

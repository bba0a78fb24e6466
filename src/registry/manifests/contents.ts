import type { Db } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import { algorithmOf, digestOf } from '../../oci/digest.ts';
import { isRequired, type Manifest } from '../../oci/manifest.ts';
import { essence, isManifestType } from '../../oci/media-type.ts';
import { quote } from '../../oci/strict-json.ts';
import { type HeldBlobs, heldBlobs } from '../blobs/rows.ts';
import { type HeldManifests, heldManifests } from './rows.ts';

/** What a pushed manifest says of one thing it refers to. */
export interface Content {
  /** Its descriptor's place in the manifest, such as `layers[3]`. */
  readonly where: string;
  readonly kind: 'blob' | 'child';
  readonly digest: string;
  readonly size: number;
  readonly mediaType: string;
  /** Whether the repository must hold it. */
  readonly required: boolean;
}

/** `sparse`: the children of an index may be absent. */
export const contentsIn = (manifest: Manifest, sparse: boolean): Content[] => {
  const { config, layers, children } = manifest;
  const content = (where: string, kind: Content['kind'], required: boolean, each: Descriptor): Content => ({
    where,
    kind,
    digest: each.digest,
    size: each.size,
    mediaType: each.mediaType,
    required,
  });
  return [
    ...(config ? [content('config', 'blob', true, config)] : []),
    ...layers.map((layer, at) => content(`layers[${at}]`, 'blob', isRequired(layer), layer)),
    ...children.map((child, at) => content(`manifests[${at}]`, 'child', !sparse, child)),
  ];
};

/**
 * Throws MANIFEST_INVALID for the first descriptor whose embedded content (`data`) is not what its digest names: clients that
 * read the content there must refuse it. Source: OCI image-spec, descriptor.md, "Embedded Content".
 */
export const refuseForeignData = (manifest: Manifest): void => {
  const { config, layers, children, subject } = manifest;
  refuseData('config', config);
  for (const [at, layer] of layers.entries()) refuseData(`layers[${at}]`, layer);
  for (const [at, child] of children.entries()) refuseData(`manifests[${at}]`, child);
  refuseData('subject', subject);
};

const refuseData = (where: string, descriptor: Descriptor | undefined): void => {
  if (descriptor?.data === undefined) return;
  const { data, digest, size } = descriptor;
  const bytes = Buffer.from(data, 'base64');
  if (bytes.toString('base64') !== data)
    throw new RegistryError('MANIFEST_INVALID', { message: `${where}.data is not base64 with its padding` });
  if (bytes.length !== size || digestOf(bytes, algorithmOf(digest)) !== digest)
    throw new RegistryError('MANIFEST_INVALID', {
      message: `${where}.data is not the content of ${digest}; embed that content, or leave the field out`,
    });
};

/**
 * Refuses a manifest whose clients could not pull it: MANIFEST_BLOB_UNKNOWN names all that is missing, MANIFEST_INVALID
 * the first descriptor that says something else than what is stored.
 */
export const refuseContents = async (
  db: Db,
  repository: { readonly id: string; readonly regionId: string },
  contents: readonly Content[],
): Promise<void> => {
  const blobs = await heldBlobs(db, repository, unique(contents));
  const children = contents.filter(({ kind }) => kind === 'child');
  const manifests = await heldManifests(db, repository.id, unique(children));
  const isHeld = ({ kind, digest }: Content) =>
    blobs.has(digest) || (kind === 'child' && manifests.has(digest));
  const missing = unique(contents.filter((content) => content.required && !isHeld(content)));
  if (missing.length > 0)
    throw new RegistryError('MANIFEST_BLOB_UNKNOWN', { detail: missing.map((digest) => ({ digest })) });
  for (const content of contents) {
    const fault = faultOf(content, blobs, manifests);
    if (fault !== undefined) throw new RegistryError('MANIFEST_INVALID', { message: fault });
  }
};

const unique = (contents: readonly Content[]): string[] => [...new Set(contents.map(({ digest }) => digest))];

const faultOf = (content: Content, blobs: HeldBlobs, manifests: HeldManifests): string | undefined => {
  const { kind, digest, mediaType } = content;
  const manifest = kind === 'child' ? manifests.get(digest) : undefined;
  const size = blobs.get(digest);
  // an index of BuildKit's cache lists blobs: what is held as both is what its descriptor says it is
  if (manifest === undefined || (size !== undefined && !isManifestType(mediaType)))
    return size === undefined ? undefined : faultOfSize(content, size);
  if (essence(mediaType) !== manifest.mediaType)
    return `${content.where}.mediaType is ${quote(mediaType)}, but ${digest} was pushed as ${manifest.mediaType}; state the type it has`;
  return faultOfSize(content, manifest.size);
};

const faultOfSize = ({ where, digest, size }: Content, actual: number): string | undefined =>
  size === actual
    ? undefined
    : `${where}.size is ${size}, but ${digest} has ${actual} bytes; state the length it has`;

import { RegistryError } from '../../errors.ts';
import { type Digest, parseDigest } from '../../oci/digest.ts';
import { parseReference, type Reference } from '../../oci/reference.ts';
import { parseRepositoryName, type RepositoryName } from '../../oci/repository-name.ts';

/** A path below /v2/ as its parts, still text: what it is about, before it is decided whether that is allowed. */
export interface RawPath {
  readonly kind: 'base' | 'catalog' | 'tags' | 'manifest' | 'blob' | 'uploads' | 'upload' | 'referrers';
  readonly name: string;
  readonly last: string;
}

/** The pattern of each kind of path, for those who watch: names of repositories would be without number. */
export const PATTERNS: Readonly<Record<RawPath['kind'], string>> = {
  base: '/v2/',
  catalog: '/v2/_catalog',
  tags: '/v2/:name/tags/list',
  manifest: '/v2/:name/manifests/:reference',
  blob: '/v2/:name/blobs/:digest',
  uploads: '/v2/:name/blobs/uploads/',
  upload: '/v2/:name/blobs/uploads/:id',
  referrers: '/v2/:name/referrers/:digest',
};

/**
 * Reads a path from the right, since a repository name may itself have components named blobs, tags or manifests.
 * Undefined for a path no endpoint has.
 */
export const splitPath = (path: string): RawPath | undefined => {
  if (path === '/v2/' || path === '/v2') return { kind: 'base', name: '', last: '' };
  if (path === '/v2/_catalog') return { kind: 'catalog', name: '', last: '' };
  if (!path.startsWith('/v2/')) return undefined;
  const decoded = decode(path.slice('/v2/'.length));
  const segments = decoded?.split('/') ?? [];
  const last = segments.pop();
  const word = segments.pop();
  if (last === undefined || word === undefined) return undefined;
  const name = segments.join('/');
  if (word === 'tags' && last === 'list') return { kind: 'tags', name, last };
  if (word === 'manifests') return { kind: 'manifest', name, last };
  if (word === 'referrers') return { kind: 'referrers', name, last };
  if (word === 'blobs' && last === 'uploads') return { kind: 'uploads', name, last: '' };
  if (word === 'blobs') return { kind: 'blob', name, last };
  if (word === 'uploads' && segments.at(-1) === 'blobs') {
    return { kind: last === '' ? 'uploads' : 'upload', name: segments.slice(0, -1).join('/'), last };
  }
  return undefined;
};

/** Percent-decoded once; undefined where that is impossible. */
const decode = (text: string): string | undefined => {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};

export const repositoryNameOf = (text: string): RepositoryName => {
  const name = parseRepositoryName(text);
  if (!name) {
    throw new RegistryError('NAME_INVALID', {
      message:
        'the repository name is not valid: lower case letters and digits, separated by . _ __ - or /, at most 255 characters, beginning with the namespace',
    });
  }
  return name;
};

export const digestOfPath = (text: string): Digest => {
  const digest = parseDigest(text);
  if (!digest) {
    throw new RegistryError('DIGEST_INVALID', {
      message: 'the digest is not valid: sha256: and 64, or sha512: and 128 lower case hexadecimal digits',
    });
  }
  return digest;
};

export const referenceOf = (text: string): Reference => {
  const reference = parseReference(text);
  if (reference) return reference;
  if (text.includes(':')) throw new RegistryError('DIGEST_INVALID');
  throw new RegistryError('TAG_INVALID');
};

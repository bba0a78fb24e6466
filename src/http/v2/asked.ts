import { parseDigest } from '../../oci/digest.ts';
import { parseReference } from '../../oci/reference.ts';
import type { RawPath } from './path.ts';

/**
 * What of a repository a request is about: what a right that is limited to tags is decided on.
 * `tags`: the list of its tags. `content`: bytes that no tag stands for yet. `named`: these tags. `digest`: what a digest
 * names, to be read; `look`: only whether the blob is there. `image`: a manifest with all that bears it, to be deleted. `whole`: the repository itself.
 */
export type Asked =
  | { readonly of: 'tags' | 'content' | 'whole' }
  | { readonly of: 'named'; readonly tags: readonly string[] }
  | { readonly of: 'digest' | 'look' | 'image'; readonly digest: string };

export const askedOf = (method: string | undefined, path: RawPath, query: URLSearchParams): Asked => {
  switch (path.kind) {
    case 'tags':
      return { of: 'tags' };
    case 'uploads':
    case 'upload':
      return { of: 'content' };
    case 'referrers':
      return ofDigest('digest', path.last);
    case 'blob':
      if (method === 'DELETE') return { of: 'whole' };
      return ofDigest(method === 'HEAD' ? 'look' : 'digest', path.last);
    case 'manifest':
      return ofManifest(method, path.last, query);
    default:
      return { of: 'whole' };
  }
};

const ofManifest = (method: string | undefined, text: string, query: URLSearchParams): Asked => {
  const reference = parseReference(text);
  const more = method === 'PUT' ? query.getAll('tag') : [];
  if (reference?.kind === 'tag') return { of: 'named', tags: [reference.tag, ...more] };
  if (more.length > 0) return { of: 'named', tags: more };
  if (method === 'PUT') return { of: 'content' };
  return ofDigest(method === 'DELETE' ? 'image' : 'digest', text);
};

/** A text that is no digest is about the whole: who may not read that learns nothing of it. */
const ofDigest = (of: 'digest' | 'look' | 'image', text: string): Asked => {
  const digest = parseDigest(text);
  return digest === undefined ? { of: 'whole' } : { of, digest };
};

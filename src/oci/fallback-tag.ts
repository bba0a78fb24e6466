import type { Digest } from './digest.ts';
import type { Tag } from './reference.ts';

const FALLBACK = /^sha(?:256|512)-[0-9a-f]{64}(?:\.(?:sig|att|sbom))?$/;

/**
 * The tag under which clients keep the referrers of `digest` on registries without the referrers API.
 * Source: distribution-spec, "Referrers tag schema".
 */
export const referrersTag = (digest: Digest): Tag => {
  const [algorithm = '', encoded = ''] = digest.split(':');
  return `${algorithm.slice(0, 32)}-${encoded.slice(0, 64)}`.replace(/[^a-zA-Z0-9._-]/g, '-') as Tag;
};

/** Whether `referrersTag` makes this tag of some digest. */
export const isReferrersTag = (tag: string): boolean => FALLBACK.test(tag) && !tag.includes('.');

/**
 * Whether clients keep attachments of another image under this tag: the fallback above, or cosign's
 * `sha256-<hex>.sig`, `.att` and `.sbom`. Clients rewrite these at will.
 */
export const isAttachmentTag = (tag: string): boolean => FALLBACK.test(tag);

import { type Digest, parseDigest } from './digest.ts';

declare const tagBrand: unique symbol;

/** A checked tag. Source: distribution-spec, "Pulling manifests". */
export type Tag = string & { readonly [tagBrand]: true };

/** What a manifest is asked for by. */
export type Reference =
  | { readonly kind: 'tag'; readonly tag: Tag }
  | { readonly kind: 'digest'; readonly digest: Digest };

const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

export const parseTag = (text: string): Tag | undefined => (TAG.test(text) ? (text as Tag) : undefined);

/**
 * The last path segment of a manifest request, percent-decoded. A colon makes it a digest, valid or not at all;
 * `sha256-<hex>` is a tag (the referrers fallback) and never stands for the digest it resembles.
 */
export const parseReference = (text: string): Reference | undefined => {
  if (text.includes(':')) {
    const digest = parseDigest(text);
    return digest && { kind: 'digest', digest };
  }
  const tag = parseTag(text);
  return tag && { kind: 'tag', tag };
};

import { type EntityTags, parseEntityTags } from '../entity-tag.ts';

/** What a client demands of the state there is before it is changed. Source: RFC 9110, 13.1.1 and 13.1.2. */
export interface Precondition {
  readonly match: EntityTags | undefined;
  readonly noneMatch: EntityTags | undefined;
}

/** Undefined where neither If-Match nor If-None-Match was sent. The entity tag of a manifest or blob is its digest. */
export const parsePrecondition = (headers: {
  readonly 'if-match'?: string | undefined;
  readonly 'if-none-match'?: string | undefined;
}): Precondition | undefined => {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers;
  if (match === undefined && noneMatch === undefined) return undefined;
  return {
    match: match === undefined ? undefined : parseEntityTags(match),
    noneMatch: noneMatch === undefined ? undefined : parseEntityTags(noneMatch),
  };
};

/**
 * Whether the digest that is there now, or undefined for nothing, is as demanded. If-Match compares strongly, If-None-Match
 * weakly.
 */
export const isMet = ({ match, noneMatch }: Precondition, current: string | undefined): boolean =>
  (match === undefined || names(match.any, match.strong, current)) &&
  !(noneMatch !== undefined && names(noneMatch.any, [...noneMatch.strong, ...noneMatch.weak], current));

const names = (any: boolean, tags: readonly string[], current: string | undefined): boolean =>
  current !== undefined && (any || tags.includes(current));

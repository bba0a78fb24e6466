/** `*`, or digests: the entity tag of a manifest or blob is its digest in quotes. */
type EntityTags = 'any' | readonly string[];

/** What a client demands of the state there is before it is changed. Source: RFC 9110, 13.1.1 and 13.1.2. */
export interface Precondition {
  readonly match: EntityTags | undefined;
  readonly noneMatch: EntityTags | undefined;
}

const ENTITY_TAG = /^(?:W\/)?"([^"]*)"$/;

/** Digests hold no comma; what is no entity tag names nothing. */
const parseEntityTags = (header: string): EntityTags => {
  const tags = header.split(',').map((tag) => tag.trim());
  return tags.includes('*') ? 'any' : tags.flatMap((tag) => ENTITY_TAG.exec(tag)?.[1] ?? []);
};

/** Undefined where neither If-Match nor If-None-Match was sent. */
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

/** Whether the digest that is there now, or undefined for nothing, is as demanded. */
export const isMet = ({ match, noneMatch }: Precondition, current: string | undefined): boolean =>
  (match === undefined || names(match, current)) && !(noneMatch !== undefined && names(noneMatch, current));

const names = (tags: EntityTags, current: string | undefined): boolean =>
  current !== undefined && (tags === 'any' || tags.includes(current));

import { randomBytes } from 'node:crypto';
import { RegistryError } from './errors.ts';

/** The tag of an entity's first version, in IBM's form `1-<32 hex>`; the number counts the versions. */
export const firstEntityTag = (seed: string = entityTagSeed()): string => `1-${seed}`;

/** What makes a tag unlike any other: 32 hex digits. A write gets it in its input, having no randomness of its own. */
export const entityTagSeed = (): string => randomBytes(16).toString('hex');

/** The tag after this one. */
export const nextEntityTag = (before: string, seed: string): string =>
  `${Number.parseInt(before, 10) + 1}-${seed}`;

/** The value of an If-Match or If-None-Match header. */
export interface EntityTags {
  /** The header is `*`: any version. */
  readonly any: boolean;
  /** Tags, without their quotes. */
  readonly strong: readonly string[];
  /** Tags marked `W/`, without their quotes. */
  readonly weak: readonly string[];
  /** Words without quotes, which RFC 9110 does not allow. IBM's clients send tags so. */
  readonly bare: readonly string[];
}

/** RFC 9110 8.8.3: a tag in quotes, which may hold commas; or a bare word. */
const ENTITY_TAG = /[ \t,]*(?:(W\/)?"([^"]*)"|([^\s",]+))[ \t]*(?=,|$)/gy;

/** Reads the header (RFC 9110 13.1.1 and 13.1.2). What follows a mistake in it names nothing. */
export const parseEntityTags = (header: string): EntityTags => {
  const strong: string[] = [];
  const weak: string[] = [];
  const bare: string[] = [];
  if (header.trim() === '*') return { any: true, strong, weak, bare };
  for (const [, mark, quoted, word] of header.matchAll(ENTITY_TAG)) {
    if (quoted === undefined) bare.push(word ?? '');
    else (mark === undefined ? strong : weak).push(quoted);
  }
  return { any: false, strong, weak, bare };
};

/**
 * The tags If-Match can be met by, as one text that a write takes in its input: `*`, or tags joined by commas. RFC 9110
 * 13.1.1 compares strongly, so weak tags are left out. No tag of an entity here is `*` or holds a comma.
 */
export const formatEntityTags = ({ any, strong, bare }: EntityTags): string =>
  any ? '*' : [...strong, ...bare].filter((tag) => tag !== '*' && !tag.includes(',')).join(',');

/** Throws ENTITY_CHANGED unless If-Match, in the form of `formatEntityTags`, names the version there is. */
export const requireEntityTag = (ifMatch: string, current: string): void => {
  if (ifMatch !== '*' && !ifMatch.split(',').includes(current)) throw new RegistryError('ENTITY_CHANGED');
};

/** The tag after `current`, for a change that was asked of the version `ifMatch` names. Throws ENTITY_CHANGED. */
export const changedEntityTag = (current: string, ifMatch: string, seed: string): string => {
  requireEntityTag(ifMatch, current);
  return nextEntityTag(current, seed);
};

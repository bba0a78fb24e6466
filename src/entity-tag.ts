import { randomBytes } from 'node:crypto';
import { RegistryError } from './errors.ts';

/** The tag of an entity's first version, in IBM's form `1-<32 hex>`; the number counts the versions. */
export const firstEntityTag = (seed: string = entityTagSeed()): string => `1-${seed}`;

/** What makes a tag unlike any other: 32 hex digits. A write gets it in its input, having no randomness of its own. */
export const entityTagSeed = (): string => randomBytes(16).toString('hex');

/** The tag after this one. */
export const nextEntityTag = (before: string, seed: string): string =>
  `${Number.parseInt(before, 10) + 1}-${seed}`;

/** Throws ENTITY_CHANGED unless If-Match names the version there is, or any by `*`. */
export const requireEntityTag = (ifMatch: string, current: string): void => {
  if (ifMatch !== '*' && ifMatch !== current) throw new RegistryError('ENTITY_CHANGED');
};

/** The tag after `current`, for a change that was asked of the version `ifMatch` names. Throws ENTITY_CHANGED. */
export const changedEntityTag = (current: string, ifMatch: string, seed: string): string => {
  requireEntityTag(ifMatch, current);
  return nextEntityTag(current, seed);
};

import { randomBytes } from 'node:crypto';
import { RegistryError } from '../errors.ts';

/** A version of an entity in IBM's form, `1-<32 hex>`; the number counts up from the version before. */
export const newEntityTag = (before?: string): string =>
  `${before === undefined ? 1 : Number.parseInt(before, 10) + 1}-${randomBytes(16).toString('hex')}`;

/** Throws ENTITY_CHANGED unless `ifMatch` is the version there is, or `*`. */
export const requireTag = (ifMatch: string, current: string): void => {
  if (ifMatch !== '*' && ifMatch !== current) throw new RegistryError('ENTITY_CHANGED');
};

/** What makes the next tag of an entity unlike any other, for a write, which has no randomness of its own. */
export const entityTagSeed = (): string => randomBytes(16).toString('hex');

/** The tag after this one. */
export const nextEntityTag = (before: string, seed: string): string =>
  `${Number.parseInt(before, 10) + 1}-${seed}`;

import { randomBytes } from 'node:crypto';
import { RegistryError } from '../errors.ts';

/** The tag of a new entity, in IBM's form `1-<32 hex>`. */
export const firstEntityTag = (): string => `1-${entityTagSeed()}`;

/** What makes the next tag of an entity unlike any other; a write gets it in its input. */
export const entityTagSeed = (): string => randomBytes(16).toString('hex');

/** The tag after this one: the number counts the versions. */
export const nextEntityTag = (tag: string, seed: string): string =>
  `${(Number.parseInt(tag, 10) || 0) + 1}-${seed}`;

/** Throws ENTITY_CHANGED unless `ifMatch` is the entity's tag, or `*` for any version. */
export const matchEntityTag = (tag: string, ifMatch: string): void => {
  if (ifMatch !== '*' && ifMatch !== tag) throw new RegistryError('ENTITY_CHANGED');
};

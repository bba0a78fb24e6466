import { RegistryError } from '../errors.ts';

/** The tag of an entity's first version: `1-<32 hex>`. `entropy` is random. */
export const firstTag = (entropy: string): string => `1-${entropy}`;

/** The tag after `current`. ENTITY_CHANGED unless If-Match names it, or anything by `*`. */
export const nextTag = (current: string, ifMatch: string, entropy: string): string => {
  if (ifMatch !== '*' && ifMatch !== current) throw new RegistryError('ENTITY_CHANGED');
  return `${Number.parseInt(current, 10) + 1}-${entropy}`;
};

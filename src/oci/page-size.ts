import { RegistryError } from '../errors.ts';

interface PageLimits {
  /** Without `n`. */
  readonly default: number;
  /** A larger `n` gets this many and a link to the rest. */
  readonly maximum: number;
}

/** The entries a page may hold, from the query parameter `n`. 0 is an empty page; PAGINATION_INVALID if it is not a number. */
export const parsePageSize = (text: string | null | undefined, limits: PageLimits): number => {
  if (text === null || text === undefined || text === '') return limits.default;
  if (!/^\d+$/.test(text)) throw new RegistryError('PAGINATION_INVALID');
  return Math.min(Number(text), limits.maximum);
};

import { ClientError } from './client-error.ts';

/**
 * One segment of a path. `.` and `..` are refused: a URL drops them in every spelling, and the request would go to
 * another path. Source: WHATWG URL Standard, "path state".
 */
export const segment = (name: string): string => {
  if (name && name !== '.' && name !== '..') return encodeURIComponent(name);
  throw new ClientError('NAME_INVALID', `'${name}' is not a name.`);
};

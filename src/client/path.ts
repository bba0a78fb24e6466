import { ClientError } from './client-error.ts';

/**
 * One segment of a path. `.` and `..` cannot be one: a URL swallows them however they are written, and the request
 * would mean something else. Source: WHATWG URL Standard, "path state".
 */
export const segment = (name: string): string => {
  if (name && name !== '.' && name !== '..') return encodeURIComponent(name);
  throw new ClientError('NAME_INVALID', `'${name}' is not a name.`);
};

import type { Request } from './request.ts';

const ABSOLUTE = /^https?:\/\/([^/?#]*)([^#]*)$/i;

/**
 * Brings the request to the one form the doors read: a path as its target, one Host. False for what two readers could take
 * for different addresses: no Host in HTTP/1.1, several, or a target that is none (RFC 9112 3.2).
 */
export const settleTarget = (request: Request): boolean => {
  const hosts = countHosts(request.rawHeaders);
  if (hosts > 1 || (hosts === 0 && request.httpVersion !== '1.0')) return false;
  const target = request.url ?? '';
  if (target.startsWith('/') || target === '*') return true;
  const [, authority, path = ''] = ABSOLUTE.exec(target) ?? [];
  if (!authority) return false;
  // 3.2.2: with a target in absolute form the Host is ignored, whatever it says
  request.headers.host = authority;
  request.url = path.startsWith('/') ? path : `/${path}`;
  return true;
};

/** Node keeps the first of several and says nothing. */
const countHosts = (rawHeaders: readonly string[]): number => {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count;
};

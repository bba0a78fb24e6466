import type { Request } from './request.ts';

const ABSOLUTE = /^https?:\/\/([^/?#]*)([^#]*)$/i;

/**
 * Brings the request to the one form the doors read: a path as its target, one Host. False for what two readers could take
 * for two requests: no Host in HTTP/1.1 or several (RFC 9112 3.2), several credentials, a target that is none, or chunks
 * in HTTP/1.0, which did not know them (RFC 9112 6.1).
 */
export const settleTarget = (request: Request): boolean => {
  const isOld = request.httpVersion === '1.0';
  const hosts = count(request.rawHeaders, 'host');
  if (hosts > 1 || (hosts === 0 && !isOld)) return false;
  if (count(request.rawHeaders, 'authorization') > 1) return false;
  if (isOld && request.headers['transfer-encoding'] !== undefined) return false;
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
const count = (rawHeaders: readonly string[], header: string): number => {
  let found = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length === header.length && name.toLowerCase() === header) found += 1;
  }
  return found;
};

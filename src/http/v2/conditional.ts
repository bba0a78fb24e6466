import { isMet, parsePrecondition } from '../../oci/entity-tags.ts';
import { type RepositoryExchange, writeHead } from './exchange.ts';

/**
 * RFC 9110 13.1.2: answers 304 where If-None-Match names what the client would be sent, and says whether it did. No docker
 * client asks so; caches before the registry do.
 */
export const sendNotModified = (
  exchange: RepositoryExchange,
  headers: Readonly<Record<'ETag' | 'Cache-Control' | 'Docker-Content-Digest', string>>,
): boolean => {
  const { 'if-none-match': header } = exchange.request.headers;
  if (header === undefined) return false;
  const precondition = parsePrecondition({ 'if-none-match': header });
  if (!precondition || isMet(precondition, headers['Docker-Content-Digest'])) return false;
  writeHead(exchange, 304, headers);
  exchange.response.end();
  return true;
};

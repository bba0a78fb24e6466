import { type RepositoryExchange, writeHead } from './exchange.ts';

/**
 * RFC 9110 13.1.2: answers 304 where If-None-Match names what the client would be sent, and says whether it did. No docker
 * client asks so; caches before the registry do.
 */
export const sendNotModified = (
  exchange: RepositoryExchange,
  headers: Readonly<Record<'ETag' | 'Cache-Control' | 'Docker-Content-Digest', string>>,
): boolean => {
  const header = exchange.request.headers['if-none-match'];
  if (header === undefined || !names(header, headers.ETag)) return false;
  writeHead(exchange, 304, headers);
  exchange.response.end();
  return true;
};

/** Weak comparison; our own tags hold no comma. */
const names = (header: string, etag: string): boolean =>
  header.split(',').some((each) => {
    const tag = each.trim();
    return tag === '*' || tag === etag || tag === `W/${etag}`;
  });

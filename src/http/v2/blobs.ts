import { randomUUID } from 'node:crypto';
import { RegistryError } from '../../errors.ts';
import { type ByteRange, parseRange } from '../../oci/content-range.ts';
import type { StoredBlob } from '../../registry/room.ts';
import { sendNotModified } from './conditional.ts';
import {
  countSent,
  quotaPlace,
  type RepositoryExchange,
  sendEmpty,
  sendRefusal,
  writeHead,
} from './exchange.ts';
import { digestOfPath } from './path.ts';

/** end-2. */
export const getBlob = async (exchange: RepositoryExchange): Promise<void> => {
  const { request, response, path, target, rooms } = exchange;
  const digest = digestOfPath(path.last);
  const blob = await rooms.blobs[request.method === 'HEAD' ? 'findToRefer' : 'find'](target, digest);
  const etag = `"${digest}"`;
  const known = {
    'Docker-Content-Digest': digest,
    ETag: etag,
    'Cache-Control': 'private, max-age=31536000, immutable',
  };
  if (sendNotModified(exchange, known)) return;
  if (request.method === 'GET') {
    await rooms.quotas.admitPull(quotaPlace(target));
    const address = await rooms.blobs.address(blob);
    if (address !== undefined) {
      rooms.quotas.pulled(quotaPlace(target), bytesAsked(exchange, etag, blob));
      return sendAway(exchange, digest, address);
    }
  }
  const headers = { 'Content-Type': 'application/octet-stream', 'Accept-Ranges': 'bytes', ...known };
  const ranges = parseRange(rangeHeader(exchange, etag), blob.size);
  if (ranges === 'unsatisfiable') {
    const error = new RegistryError('BLOB_RANGE_INVALID', { message: `the blob has ${blob.size} bytes` });
    return sendRefusal(exchange, {
      error,
      status: 416,
      headers: { 'Content-Range': `bytes */${blob.size}` },
    });
  }
  if (await sentByProxy(exchange, { blob, etag, ranges, headers: known })) return;
  const [first, ...more] = ranges ?? [];
  if (!first) return sendWhole(exchange, blob, headers);
  if (more.length > 0) return sendParts(exchange, blob, [first, ...more], headers);
  writeHead(exchange, 206, {
    ...headers,
    'Content-Range': `bytes ${first.first}-${first.last}/${blob.size}`,
    'Content-Length': first.last - first.first + 1,
  });
  await sendRange(exchange, blob, first);
  response.end();
};

/** What a client that is sent away may fetch: where it goes, its ranges are sent as far as they lie in the blob. */
const bytesAsked = (exchange: RepositoryExchange, etag: string, { size }: StoredBlob): number => {
  const ranges = parseRange(rangeHeader(exchange, etag), size);
  if (ranges === 'unsatisfiable') return 0;
  return bytesOf(ranges, size);
};

const bytesOf = (ranges: readonly ByteRange[] | undefined, size: number): number => {
  const asked = (ranges ?? []).reduce((sum, { first, last }) => sum + last - first + 1, 0);
  return ranges ? Math.min(asked, size) : size;
};

interface Sending {
  readonly blob: StoredBlob;
  readonly etag: string;
  readonly ranges: readonly ByteRange[] | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** Small blobs are in memory here, and cost less than a proxy's opening a file. */
const WORTH_HANDING_OVER = 64 << 10;

/** Conditions that were decided on here before; on all others nginx decides by the file's date, or without our entity tag. */
const DECIDED = new Set(['if-range', 'if-none-match']);

const isForUs = (header: string): boolean => header.startsWith('if-') && !DECIDED.has(header);

/**
 * Lets the proxy in front send the file, and says whether it does. The proxy takes this answer for its own: no client
 * sees it. It cuts the ranges itself, so what it would understand otherwise than we do is sent from here.
 */
const sentByProxy = async (
  exchange: RepositoryExchange,
  { blob, etag, ranges, headers }: Sending,
): Promise<boolean> => {
  const { request, rooms } = exchange;
  const { proxyFiles } = rooms;
  if (proxyFiles === undefined || request.method !== 'GET' || blob.size <= WORTH_HANDING_OVER) return false;
  if (!proxyFiles.origin.isPassedOn(request)) return false;
  const { range, 'if-range': holds = etag } = request.headers;
  if (holds !== etag || (range !== undefined && ranges === undefined)) return false;
  if (Object.keys(request.headers).some(isForUs)) return false;
  const address = await proxyFiles.addressOf(blob.storageKey, blob.size);
  if (address === undefined) return false;
  countBlob(exchange, bytesOf(ranges, blob.size));
  // nginx says by itself that it knows ranges
  const answer = { 'X-Accel-Redirect': address, 'Content-Type': 'application/octet-stream', ...headers };
  sendEmpty(exchange, 200, answer);
  return true;
};

/** Ranges are for the place the client is sent to. The address is a secret for as long as it holds. */
const sendAway = (exchange: RepositoryExchange, digest: string, address: string): void =>
  sendEmpty(exchange, 307, {
    Location: address,
    'Docker-Content-Digest': digest,
    'Cache-Control': 'no-store',
  });

/** end-10: out of this repository only. */
export const deleteBlob = async (exchange: RepositoryExchange): Promise<void> => {
  const { request, path, target, rooms } = exchange;
  const digest = digestOfPath(path.last);
  const { size } = await rooms.blobs.find(target, digest);
  await rooms.blobs.remove(target, digest, request.actor);
  // its bytes are there until collection removes them
  rooms.quotas.takenBeside(quotaPlace(target), size);
  sendEmpty(exchange, 202, {});
};

/** RFC 9110: ranges are for GET alone (14.2), and with If-Range for who holds a part of the same content (13.1.5). */
const rangeHeader = ({ request }: RepositoryExchange, etag: string): string | undefined => {
  const { range, 'if-range': holds = etag } = request.headers;
  return request.method === 'GET' && holds === etag ? range : undefined;
};

const sendWhole = async (
  exchange: RepositoryExchange,
  blob: StoredBlob,
  headers: Record<string, string>,
): Promise<void> => {
  const { request, response, rooms } = exchange;
  writeHead(exchange, 200, { ...headers, 'Content-Length': blob.size });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const small = await rooms.blobs.small(blob);
  if (small) countBlob(exchange, small.length);
  else await sendRange(exchange, blob, undefined);
  response.end(small);
};

/** So many ranges are served in any case. */
const FEW = 16;

/** Several ranges at once (podman asks so for zstd:chunked): multipart/byteranges, RFC 9110 14.6. */
const sendParts = async (
  exchange: RepositoryExchange,
  blob: StoredBlob,
  ranges: readonly ByteRange[],
  headers: Record<string, string>,
): Promise<void> => {
  const { response } = exchange;
  const boundary = randomUUID();
  const heads = ranges.map(
    ({ first, last }) =>
      `\r\n--${boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ${first}-${last}/${blob.size}\r\n\r\n`,
  );
  const tail = `\r\n--${boundary}--\r\n`;
  const length =
    ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0) + heads.join('').length + tail.length;
  // many small parts cost more than what they leave out
  if (ranges.length > FEW && length > blob.size) return sendWhole(exchange, blob, headers);
  writeHead(exchange, 206, {
    ...headers,
    'Content-Type': `multipart/byteranges; boundary=${boundary}`,
    'Content-Length': length,
  });
  for (const [index, range] of ranges.entries()) {
    response.write(heads[index]);
    await sendRange(exchange, blob, range);
  }
  response.end(tail);
};

const sendRange = async (
  exchange: RepositoryExchange,
  blob: StoredBlob,
  range: ByteRange | undefined,
): Promise<void> => {
  const { request, response, rooms, signal } = exchange;
  if (request.method === 'HEAD') return;
  await rooms.blobs.send(blob, response, range, signal, (bytes) => countBlob(exchange, bytes));
};

const countBlob = (exchange: RepositoryExchange, bytes: number): void => {
  countSent(exchange, bytes);
  exchange.rooms.metrics.bytes('sent', bytes);
};

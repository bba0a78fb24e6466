import { RegistryError } from '../../errors.ts';
import { parseContentRange } from '../../oci/content-range.ts';
import type { Body } from '../../registry/room.ts';
import type { Exchange } from './exchange.ts';

/** Tells a client that waits with `Expect: 100-continue` to send: called only once the request was allowed. */
const accept = ({ request, response }: Exchange): void => {
  if (!request.waitsForContinue) return;
  request.waitsForContinue = false;
  response.writeContinue();
};

/** The declared length of the body; undefined when it is chunked. */
export const declaredLength = ({ request }: Exchange): number | undefined => {
  const header = request.headers['content-length'];
  return header === undefined ? undefined : Number(header);
};

export const hasBody = (exchange: Exchange): boolean =>
  (declaredLength(exchange) ?? 0) > 0 || exchange.request.headers['transfer-encoding'] !== undefined;

/** The body of an upload request as a stream, with the range its sender says it is. */
export const uploadBody = (exchange: Exchange): Body => {
  const range = parseContentRange(exchange.request.headers['content-range']);
  if (range === 'invalid') {
    throw new RegistryError('RANGE_INVALID', {
      message: 'Content-Range wants first-last in bytes, as in 0-1023',
    });
  }
  return { bytes: counted(exchange), length: declaredLength(exchange), range, signal: exchange.signal };
};

/** A handler that stops reading can still answer: the connection is not cut. */
const chunksOf = ({ request }: Exchange): AsyncIterable<Buffer> =>
  request.iterator({ destroyOnReturn: false });

/** A waiting client is told to send when the first byte is asked for: what the head alone refuses never gets that far. */
async function* counted(exchange: Exchange): AsyncGenerator<Uint8Array> {
  const { request, rooms } = exchange;
  accept(exchange);
  for await (const chunk of chunksOf(exchange)) {
    request.bytes += chunk.length;
    yield chunk;
  }
  rooms.metrics.bytes('received', request.bytes);
}

/** A whole body of at most `limit` bytes; MANIFEST_TOO_LARGE beyond it, before more is read. */
export const wholeBody = ({ request, rooms }: Exchange, limit: number): Promise<Buffer> =>
  rooms.bodies.read(request, { bytes: limit, refusal: 'MANIFEST_TOO_LARGE' });

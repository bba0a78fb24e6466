import type { ServerResponse } from 'node:http';
import type { Request } from './request.ts';

const MOST_BYTES = 1 << 20;
const LONGEST = 5_000;

/**
 * Ends a response whose request body nobody will read. The answer goes out at once; then the rest of the body is read
 * and dropped, so that the client can finish sending, see the answer and reuse the connection: up to 1 MiB or 5 s,
 * after which the connection is closed.
 */
export const endAndDrain = (request: Request, response: ServerResponse, body: string | undefined): void => {
  const length = Number(request.headers['content-length'] ?? 0);
  const hasBody = length > 0 || request.headers['transfer-encoding'] !== undefined;
  if (!hasBody || request.complete || request.waitsForContinue) {
    response.end(body);
    return;
  }
  response.flushHeaders();
  if (body !== undefined) response.write(body);
  drain(request, () => response.end());
};

const drain = (request: Request, end: () => void): void => {
  let dropped = 0;
  const stop = (): void => {
    clearTimeout(timer);
    request.removeAllListeners('data');
    end();
    if (!request.complete) request.destroy();
  };
  const timer = setTimeout(stop, LONGEST);
  request.on('data', (chunk: Buffer) => {
    dropped += chunk.length;
    if (dropped > MOST_BYTES) stop();
  });
  request.once('end', stop);
  request.once('close', () => clearTimeout(timer));
  request.resume();
};

import type { ServerResponse } from 'node:http';
import type { Request } from './request.ts';

const MOST_BYTES = 1 << 20;
const LONGEST = 5_000;
/** Milliseconds between two looks at what a connection has brought. */
const LOOK = 250;

/**
 * Ends a response whose request body nothing will read. The answer goes out at once; then the rest of the body is read
 * and dropped, so that the client can finish sending, see the answer and reuse the connection: up to 1 MiB or 5 s,
 * after which the connection is closed.
 */
export const endAndDrain = (request: Request, response: ServerResponse, body: string | undefined): void => {
  if (!hasRest(request)) {
    response.end(body);
    return;
  }
  response.flushHeaders();
  if (body !== undefined) response.write(body);
  void drain(request).then(() => response.end());
};

/** Whether the client is still to send some of the body. */
export const hasRest = (request: Request): boolean => {
  const length = Number(request.headers['content-length'] ?? 0);
  const hasBody = length > 0 || request.headers['transfer-encoding'] !== undefined;
  return hasBody && !request.complete && !request.waitsForContinue;
};

/** Reads and drops the rest of the body within the bounds; beyond them the connection is closed. */
export const drain = (request: Request): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let dropped = 0;
  const stop = (): void => {
    clearTimeout(timer);
    request.removeAllListeners('data');
    resolve();
    // after the answer's last bytes are on their way
    if (!request.complete) setImmediate(() => request.destroy());
  };
  const timer = setTimeout(stop, LONGEST);
  request.on('data', (chunk: Buffer) => {
    dropped += chunk.length;
    if (dropped > MOST_BYTES) stop();
  });
  request.once('end', stop);
  request.once('error', stop);
  request.once('close', stop);
  request.resume();
  return promise;
};

/**
 * The same bounds for a request that was answered before its body came and that no door drains: a client that waits for
 * `100 Continue`, or that sends a body with a request that has none. Node reads and drops it without end.
 */
export const boundRest = (request: Request): void => {
  if (request.complete) return;
  const { socket } = request;
  const begun = socket.bytesRead;
  let looks = 0;
  const timer = setInterval(() => {
    looks += 1;
    if (request.complete || socket.destroyed) clearInterval(timer);
    else if (socket.bytesRead - begun > MOST_BYTES || looks * LOOK >= LONGEST) {
      clearInterval(timer);
      socket.destroy();
    }
  }, LOOK);
  timer.unref();
};

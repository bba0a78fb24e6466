import { type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http';
import { createConnection, type Socket } from 'node:net';
import { type ConnectionOptions, connect as tlsConnect } from 'node:tls';
import type { Clock } from '../../clock.ts';
import { hostOf, ReceiverRefused, type Receivers } from '../addresses/receivers.ts';
import type { Resolve } from '../addresses/resolve.ts';
import type { FormedRequest } from '../forms/forms.ts';

/** What a receiver answered, of which its body is nothing. */
export interface Answered {
  readonly status: number;
  /** Milliseconds that the receiver asked to wait; undefined where it did not say so. */
  readonly retryAfter: number | undefined;
}

export interface SenderParts {
  readonly clock: Clock;
  readonly receivers: Receivers;
  readonly resolve: Resolve;
  /** Authorities for TLS beside those that Node knows; undefined: Node's alone. */
  readonly ca?: string | undefined;
  /** How long a try may take, milliseconds. */
  readonly limitMs: number;
}

/** Bytes of an answer that are read, and thrown away, so that its end is not a broken connection for the receiver. */
const DRAINED = 64 << 10;
/** Answers of 1xx that may come before the answer. */
const PRELIMINARY = 10;
const TOO_MANY_PRELIMINARY = 'the receiver sends 1xx answers without end';

/**
 * Sends one request to a receiver, over a connection of its own. The address is looked at where the name leads, and again on
 * the connection before a byte is written: a name server may answer differently each time it is asked.
 */
export class Sender {
  readonly #parts: SenderParts;

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  /** Throws an error whose message is the server's own: nothing of what the receiver said is in it. */
  async send(url: URL, { headers, body }: FormedRequest, stopped: AbortSignal): Promise<Answered> {
    const limit = AbortSignal.timeout(this.#parts.limitMs);
    const signal = AbortSignal.any([limit, stopped]);
    try {
      const socket = await this.#connect(url, signal);
      try {
        return await exchange(url, { headers, body, socket, signal, clock: this.#parts.clock });
      } finally {
        socket.destroy();
      }
    } catch (error) {
      stopped.throwIfAborted();
      if (limit.aborted) throw new Error(`no answer within ${this.#parts.limitMs / 1000} s`);
      throw error instanceof ReceiverRefused ? error : new Error(sayOf(error));
    }
  }

  async #connect(url: URL, signal: AbortSignal): Promise<Socket> {
    const { receivers, resolve, ca } = this.#parts;
    const fault = receivers.faultOf(url.href);
    if (fault !== undefined) throw new ReceiverRefused(fault);
    const addresses = await unlessAborted(resolve(url), signal);
    for (const { address } of addresses) receivers.refuseAddress(address, url);
    let failure: unknown = new Error('the name of the receiver leads nowhere');
    for (const { address } of addresses) {
      try {
        return await open(url, { address, receivers, ca, signal });
      } catch (error) {
        if (signal.aborted || error instanceof ReceiverRefused) throw error;
        failure = error;
      }
    }
    throw failure;
  }
}

interface Opening {
  readonly address: string;
  readonly receivers: Receivers;
  readonly ca: string | undefined;
  readonly signal: AbortSignal;
}

const open = async (url: URL, { address, receivers, ca, signal }: Opening): Promise<Socket> => {
  const isTls = url.protocol === 'https:';
  const port = url.port === '' ? (isTls ? 443 : 80) : Number(url.port);
  const connection = createConnection({ host: address, port });
  // it may fail while nothing waits for it
  connection.on('error', () => undefined);
  try {
    await event(connection, 'connect', signal);
    receivers.refuseAddress(connection.remoteAddress, url);
    if (!isTls) return connection;
    const options: ConnectionOptions = { socket: connection, ALPNProtocols: ['http/1.1'] };
    const host = hostOf(url);
    const socket = tlsConnect({
      ...options,
      host,
      ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
      ...(ca === undefined ? {} : { ca }),
    });
    socket.on('error', () => undefined);
    await event(socket, 'secureConnect', signal);
    return socket;
  } catch (error) {
    connection.destroy();
    throw error;
  }
};

interface Exchange extends FormedRequest {
  readonly clock: Clock;
  readonly socket: Socket;
  readonly signal: AbortSignal;
}

/**
 * Sends the request and answers what came back. However the receiver behaves, it ends with the signal: Node reports some
 * answers neither as a response nor as an error.
 */
const exchange = (url: URL, { headers, body, socket, signal, clock }: Exchange): Promise<Answered> =>
  new Promise((resolve, reject) => {
    let answered: Answered | undefined;
    // the status counts, however the rest of the answer ends
    const over = (error: unknown): void => (answered === undefined ? reject(error) : resolve(answered));
    signal.addEventListener('abort', () => over(signal.reason), { once: true });
    const request = plainRequest({
      // the connection is there: only the head of the request is made of these
      createConnection: () => socket,
      method: 'POST',
      path: `${url.pathname}${url.search}`,
      headers: {
        ...headers,
        host: url.host,
        'content-length': Buffer.byteLength(body),
        connection: 'close',
      },
      signal,
    });
    request.on('error', over);
    request.once('close', () => over(new NoAnswer()));
    boundPreliminary(request);
    // 101: the receiver speaks another protocol from here on, and this request did not ask for one
    request.once('upgrade', ({ statusCode = 0 }: IncomingMessage) =>
      resolve({ status: statusCode, retryAfter: undefined }),
    );
    request.once('response', (response) => {
      answered = { status: response.statusCode ?? 0, retryAfter: retryAfterOf(response, clock) };
      drain(response, socket);
    });
    request.end(body);
  });

/** The connection has ended, and no answer came. */
class NoAnswer extends Error {
  readonly code = 'ECONNRESET';
}

/** Answers like `103 Early Hints` may come before the answer. One after the other without end, they would take the processor. */
const boundPreliminary = (request: ClientRequest): void => {
  let left = PRELIMINARY;
  request.on('information', () => {
    if (left-- === 0) request.destroy(new Error(TOO_MANY_PRELIMINARY));
  });
};

/** Reads an answer to its end or to its bound, and keeps nothing. The bound is of bytes on the connection: chunks may be mostly frame. */
const drain = (response: IncomingMessage, socket: Socket): void => {
  const begun = socket.bytesRead;
  response.on('data', () => {
    if (socket.bytesRead - begun > DRAINED) response.destroy();
  });
  response.on('error', () => undefined);
};

/** Seconds, or a date (RFC 9110, section 10.2.3). */
const retryAfterOf = ({ headers }: IncomingMessage, clock: Clock): number | undefined => {
  const text = headers['retry-after']?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const date = /^[A-Z][a-z]{2}, /.test(text) ? Date.parse(text) : Number.NaN;
  const sent = Date.parse(headers.date ?? '');
  if (Number.isNaN(date)) return undefined;
  return Math.max(0, date - (Number.isNaN(sent) ? clock.now() : sent));
};

const event = (socket: Socket, name: string, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const settle = (error?: unknown): void => {
      socket.off('error', settle);
      signal.removeEventListener('abort', aborted);
      if (error === undefined) resolve();
      else reject(error);
    };
    const aborted = (): void => {
      socket.destroy();
      settle(signal.reason);
    };
    socket.once(name, () => settle());
    socket.once('error', settle);
    if (signal.aborted) aborted();
    else signal.addEventListener('abort', aborted, { once: true });
  });

const unlessAborted = <Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> =>
  new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });

const SAYS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the receiver refuses the connection',
  ECONNRESET: 'the receiver has closed the connection without an answer',
  EPIPE: 'the receiver has closed the connection without an answer',
  ETIMEDOUT: 'the receiver does not answer',
  EHOSTUNREACH: 'the receiver cannot be reached',
  ENETUNREACH: 'the receiver cannot be reached',
  HPE_HEADER_OVERFLOW: 'the head of the answer is too large',
};

/** Codes of TLS and of the HTTP parser are words of OpenSSL and Node; the texts beside them may quote the receiver. */
const sayOf = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException;
  if (message === TOO_MANY_PRELIMINARY) return message;
  if (typeof code !== 'string')
    return /^the (name|address) of /.test(message) ? message : 'the request failed';
  if (SAYS[code] !== undefined) return SAYS[code];
  if (code.startsWith('HPE_')) return 'the answer is not HTTP';
  return /^[A-Z0-9_]{1,60}$/.test(code) ? `the connection failed: ${code}` : 'the connection failed';
};

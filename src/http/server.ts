import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { createServer, type Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { ErrorCode } from '../errors.ts';
import type { Log } from '../observe/log.ts';
import { maskSecrets } from '../observe/mask.ts';
import type { Metrics } from '../observe/metrics.ts';
import { type ConnectionLimits, Connections } from './connections.ts';
import { boundRest } from './drain.ts';
import { Request } from './request.ts';
import { settleTarget } from './request-target.ts';
import { refuseMalformed, refuseRequest, refuseTunnel } from './server-refusals.ts';
import type { Tracing } from './tracing.ts';
import { UnsentAnswers, type UnsentLimits } from './unsent.ts';

export interface Tls {
  readonly cert: string;
  readonly key: string;
}

export interface ServerParts {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly connections?: ConnectionLimits;
  readonly unsent?: UnsentLimits;
  /** Undefined: no SDK makes spans. */
  readonly tracing?: Tracing | undefined;
}

export type Answer = (request: Request, response: ServerResponse) => void;

const OPTIONS = {
  IncomingMessage: Request,
  ServerResponse,
  // uploads take as long as they take; idle connections are cut by `timeout` below (nodejs/node#46574)
  requestTimeout: 0,
  headersTimeout: 60_000,
  // above the 90 s Go clients keep idle connections, so that it is never us who closes under a request
  keepAliveTimeout: 120_000,
  // podman asks for up to 1024 ranges at once, and gives up on 431
  maxHeaderSize: 32 << 10,
  // asked in request-target.ts: Node would answer without a body or an id
  requireHostHeader: false,
} as const;

const IDLE_SOCKET = 150_000;
/** Milliseconds between two looks at what clients have not read. */
const LOOK = 25;
/** Milliseconds between two lines about connections that are closed. */
const QUIET = 10_000;

/** The one listener: connections, limits, access log, drain. What is answered is the doors' business. */
export class HttpServer {
  readonly server: Server | TlsServer;
  readonly #parts: ServerParts;
  readonly #tls: Tls | undefined;
  #answer: Answer = (_request, response) => response.writeHead(503).end();
  readonly #inFlight = new Map<ServerResponse, Request>();
  readonly #connections: Connections;
  readonly #unsent: UnsentAnswers;
  #looking: NodeJS.Timeout | undefined;
  #refusedLast = Number.NEGATIVE_INFINITY;
  /** Connections with an answer under way. */
  readonly #answering = new Map<Socket, ServerResponse>();
  draining = false;

  constructor(parts: ServerParts, tls?: Tls) {
    this.#parts = parts;
    this.#connections = new Connections(parts.connections);
    this.#unsent = new UnsentAnswers(this.#inFlight, parts.unsent);
    this.#tls = tls;
    this.server = tls ? createTlsServer({ ...OPTIONS, ...readTls(tls) }) : createServer(OPTIONS);
    this.server.timeout = IDLE_SOCKET;
    this.server.on('request', (request, response) =>
      this.#serve(request as Request, response as ServerResponse),
    );
    this.server.on('checkContinue', (request, response) => {
      (request as Request).waitsForContinue = true;
      this.#serve(request as Request, response as ServerResponse);
    });
    this.server.on('checkExpectation', (request, response) =>
      this.#serve(request as Request, response as ServerResponse, 'EXPECTATION_FAILED'),
    );
    this.server.on('connection', (socket) => this.#admit(socket as Socket));
    this.server.on('connect', (_request, socket) => refuseTunnel(socket as Socket, parts.log));
    this.server.on('timeout', (socket) => this.#idle(socket as Socket));
    this.server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
      this.#malformed(error, socket as Socket),
    );
    if (tls) this.#watch(tls);
  }

  /** Which doors answer, and which addresses are those of trusted proxies; until it is called everything is 503. */
  open(answer: Answer, isProxy: (address: string) => boolean = () => false): void {
    this.#answer = answer;
    this.#connections.isProxy = isProxy;
  }

  /** Listens and answers the address in force (port 0 takes a free one). */
  listen(host: string, port: number): Promise<AddressInfo> {
    this.#looking = setInterval(() => this.#cutUnread(), LOOK).unref();
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ host, port, backlog: 1024 }, () => {
        this.server.removeListener('error', reject);
        resolve(this.server.address() as AddressInfo);
      });
    });
  }

  /** Stops accepting, lets what runs finish for at most `bound` milliseconds, then cuts it. */
  async drain(bound: number): Promise<void> {
    this.draining = true;
    // what runs now is the last of its connection
    for (const response of this.#inFlight.keys()) response.shouldKeepAlive = false;
    if (this.#tls) for (const file of [this.#tls.cert, this.#tls.key]) unwatchFile(file);
    clearInterval(this.#looking);
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeIdleConnections();
    const cut = setTimeout(() => this.server.closeAllConnections(), bound);
    await closed;
    clearTimeout(cut);
  }

  /** A connection beyond the bounds is closed without an answer: to make one would cost what the bound saves. */
  #admit(socket: Socket): void {
    const { remoteAddress: address } = socket;
    const refusal = this.#connections.admit(socket);
    if (refusal) this.#warn({ address, bound: refusal }, 'too many connections: new ones are closed');
  }

  #cutUnread(): void {
    for (const request of this.#unsent.beyond()) {
      request.because = 'its client did not read the answer, and others had to be answered';
      this.#warn(
        { address: request.address },
        'too much waits for clients that do not read: some are closed',
      );
      request.socket.destroy();
    }
  }

  #warn(fields: object, message: string): void {
    if (performance.now() - this.#refusedLast < QUIET) return;
    this.#refusedLast = performance.now();
    this.#parts.log.warn(fields, message);
  }

  #serve(request: Request, response: ServerResponse, refusal?: ErrorCode): void {
    const { metrics, tracing } = this.#parts;
    const { socket } = request;
    const traced = tracing?.begin(request, this.#connections.isProxy(socket.remoteAddress ?? ''));
    request.response = response;
    this.#inFlight.set(response, request);
    this.#answering.set(socket, response);
    metrics.begun();
    if (this.draining) response.shouldKeepAlive = false;
    response.on('close', () => {
      if (!request.complete && response.writableFinished) boundRest(request);
      this.#inFlight.delete(response);
      if (this.#answering.get(socket) === response) this.#answering.delete(socket);
      this.#account(request, response);
      if (traced) tracing?.end(traced, request, response.statusCode, response.writableFinished);
    });
    const refused = refusal ?? (settleTarget(request) ? undefined : 'REQUEST_MALFORMED');
    if (refused) refuseRequest(request, response, refused);
    else if (tracing && traced) tracing.answer(traced, () => this.#answer(request, response));
    else this.#answer(request, response);
  }

  /**
   * Nothing moved on a connection for a while. It is cut, unless it is us the client waits for: closing a large upload
   * reads all of it once more where the digest is not the one that was hashed on the way.
   */
  #idle(socket: Socket): void {
    const running = this.#answering.get(socket);
    if (running?.req.complete && !running.headersSent) socket.setTimeout(IDLE_SOCKET);
    else socket.destroy();
  }

  /** What is no HTTP, on a connection whose answer may be under way: nothing is ever written into that answer. */
  #malformed(error: NodeJS.ErrnoException, socket: Socket): void {
    const running = this.#answering.get(socket);
    if (running?.req.complete) {
      running.shouldKeepAlive = false;
      running.once('finish', () => socket.end());
    } else if (running?.headersSent) socket.destroy();
    else refuseMalformed(error, socket, this.#parts.log);
  }

  #account(request: Request, response: ServerResponse): void {
    const { log, metrics } = this.#parts;
    const ms = performance.now() - request.startedAt;
    metrics.ended(request.door, response.statusCode, ms / 1000);
    if (!log.access) return;
    const { principal, credentialId } = request.caller;
    log.access({
      id: request.id,
      method: request.method,
      path: pathOf(request.url ?? ''),
      status: response.statusCode,
      principal,
      credential: credentialId,
      action: request.action,
      because: request.because,
      address: request.address,
      agent: request.headers['user-agent'],
      bytes: request.bytes,
      ms: Math.round(ms * 1000) / 1000,
      cut: !response.writableFinished,
    });
  }

  /** New certificates are taken when the files change; a pair that cannot be read leaves the old one in force. */
  #watch(tls: Tls): void {
    const reload = (): void => {
      try {
        (this.server as TlsServer).setSecureContext(readTls(tls));
        this.#parts.log.info('the TLS certificate was read again');
      } catch (err) {
        this.#parts.log.error({ err }, 'the changed TLS certificate cannot be used; the old one stays');
      }
    };
    for (const file of [tls.cert, tls.key]) watchFile(file, { interval: 2000, persistent: false }, reload);
  }
}

const readTls = ({ cert, key }: Tls) => ({ cert: readFileSync(cert), key: readFileSync(key) });

const LONGEST_PATH = 1024;

/** The path without its query: nothing a client put after the question mark is logged. */
const pathOf = (url: string): string => {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  // masked before it is cut: of a secret that is cut in the middle nothing stays. The others are masked with the line
  return path.length <= LONGEST_PATH ? path : maskSecrets(path).slice(0, LONGEST_PATH);
};

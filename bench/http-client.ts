/** The bench's own HTTP client: node:http(s) with kept-alive connections, at most so many at once. */
import * as http from 'node:http';
import * as https from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Answers larger than this are counted, not kept. */
const KEPT_BYTES = 1 << 20;
const IDLE_MS = 60_000;

export interface Body {
  readonly length: number;
  pieces(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

export interface Request {
  readonly method: string;
  /** A path, or a whole URL as servers put into Location. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | Body;
  /** Sees the answer's bytes as they come. */
  readonly onData?: (bytes: Uint8Array) => void;
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** How many bytes the body had. */
  readonly length: number;
  /** The body, if it was not too large to be kept. */
  readonly body: Buffer;
}

export class HttpClient implements Disposable {
  readonly #base: URL;
  readonly #transport: typeof http | typeof https;
  readonly #agent: http.Agent;

  constructor(base: URL, connections: number) {
    this.#base = base;
    this.#transport = base.protocol === 'https:' ? https : http;
    this.#agent = new this.#transport.Agent({ keepAlive: true, maxSockets: connections });
  }

  /** Sends the request and reads the answer to its end. Rejects when the connection breaks or is idle for a minute. */
  send(request: Request): Promise<Answer> {
    const url = new URL(request.path, this.#base);
    // The agent's connections, and the credentials sent over them, are for one server only.
    if (url.origin !== this.#base.origin)
      throw new Error(`the registry points to another host, ${url.origin}`);
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const outgoing = this.#transport.request(
      url,
      { method: request.method, agent: this.#agent, headers: headersOf(request), timeout: IDLE_MS },
      (incoming) => readAnswer(incoming, request.onData).then(resolve, reject),
    );
    outgoing.on('error', reject);
    outgoing.on('timeout', () =>
      outgoing.destroy(new Error(`${request.method} ${url.pathname}: no answer within 60 s`)),
    );
    if (request.body === undefined || request.body instanceof Uint8Array) outgoing.end(request.body);
    else pipeline(Readable.from(request.body.pieces()), outgoing).catch(reject);
    return promise;
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

const headersOf = ({ headers, body }: Request): Record<string, string> => ({
  ...headers,
  ...(body === undefined ? {} : { 'content-length': String(body.length) }),
});

const readAnswer = (incoming: http.IncomingMessage, onData?: (bytes: Uint8Array) => void): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const kept: Buffer[] = [];
    let length = 0;
    incoming.on('data', (bytes: Buffer) => {
      length += bytes.length;
      if (length <= KEPT_BYTES) kept.push(bytes);
      onData?.(bytes);
    });
    incoming.on('error', reject);
    incoming.on('end', () => {
      const { statusCode: status = 0, headers } = incoming;
      resolve({
        status,
        headers,
        length,
        body: length <= KEPT_BYTES ? Buffer.concat(kept) : Buffer.alloc(0),
      });
    });
  });

/** The answer, if it has the status that the rule says; otherwise an error which quotes what the server said. */
export const expectStatus = (answer: Answer, status: number, what: string): Answer => {
  if (answer.status === status) return answer;
  const said = answer.body.toString('utf8').slice(0, 300).replace(/\s+/g, ' ');
  throw new Error(`${what}: ${answer.status} where ${status} was due${said === '' ? '' : `: ${said}`}`);
};

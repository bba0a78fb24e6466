import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Heard {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
  /** Undefined where the request was cut. */
  readonly status: number | undefined;
}

/**
 * What goes wrong with a request, by the world's doing: `busy`, 503 with `Retry-After: 1`; `cut`, the connection goes before
 * the registry hears of it, or, for a download, in the middle of the answer; `lost`, the registry did it and the answer
 * never arrives.
 */
export type Mishap = 'busy' | 'cut' | 'lost';

export type Fault = (method: string, url: string) => Mishap | undefined;

const never: Fault = () => undefined;

/** A reverse proxy on plain HTTP that keeps the Host header, and so the addresses the registry gives. */
export class Wire implements AsyncDisposable {
  readonly heard: Heard[] = [];
  /** May be exchanged while it runs. */
  fault: Fault;
  readonly #target: URL;
  readonly #server: Server;

  private constructor(target: string, fault: Fault) {
    this.#target = new URL(target);
    this.fault = fault;
    this.#server = createServer({ maxHeaderSize: 64 << 10 }, (incoming, response) => {
      // a client that goes away takes its request with it
      incoming.on('error', () => {});
      response.on('error', () => {});
      void this.#handle(incoming, response);
    });
    this.#server.requestTimeout = 0;
  }

  static async before(target: string, fault: Fault = never): Promise<Wire> {
    const wire = new Wire(target, fault);
    await once(wire.#server.listen(0, '127.0.0.1'), 'listening');
    return wire;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The requests of that method whose path and query match. */
  said(method: string, url: RegExp): Heard[] {
    return this.heard.filter((heard) => heard.method === method && url.test(heard.url));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = incoming;
    const mishap = this.fault(method, url);
    const note = (status: number | undefined): void => {
      const { range, authorization } = incoming.headers;
      this.heard.push({ method, url, range, authorization, status });
    };
    if (mishap === 'busy') {
      for await (const _ of incoming);
      note(503);
      const text = JSON.stringify({ errors: [{ code: 'TOOMANYREQUESTS', message: 'injected' }] });
      response.writeHead(503, { 'Retry-After': '1', 'Content-Type': 'application/json' });
      response.end(method === 'HEAD' ? undefined : text);
      return;
    }
    if (mishap === 'cut' && method !== 'GET') {
      note(undefined);
      incoming.socket.destroy();
      return;
    }
    const { hostname, port } = this.#target;
    const onward = request({ hostname, port, method, path: url, headers: incoming.headers });
    response.once('close', () => onward.destroy());
    onward.on('error', () => incoming.socket.destroy());
    onward.on('response', (answer) => {
      note(mishap ? undefined : answer.statusCode);
      if (mishap === 'lost') incoming.socket.destroy();
      else pass(answer, response, mishap === 'cut');
    });
    incoming.pipe(onward);
  }
}

/** Hands the answer on; with `broken`, ends the connection after half of what was promised. */
const pass = (answer: IncomingMessage, response: ServerResponse, broken: boolean): void => {
  answer.on('error', () => response.destroy());
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, answer.rawHeaders);
  if (!broken) {
    answer.pipe(response);
    return;
  }
  const half = Math.floor(Number(answer.headers['content-length'] ?? 0) / 2);
  let passed = 0;
  response.flushHeaders();
  answer.on('data', (chunk: Buffer) => {
    const part = chunk.subarray(0, half - passed);
    passed += part.length;
    response.write(part, () => {
      if (passed >= half) response.destroy();
    });
  });
  answer.on('end', () => response.destroy());
};

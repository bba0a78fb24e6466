import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Received } from './receivers.ts';

export interface Answering {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export interface Taken extends Received {
  /** What stands behind the host in the address of the hook. */
  readonly path: string;
}

/** How a path is answered; `silent`: not at all. */
export type Behaviour = Answering | 'silent';

const GOOD: Behaviour = { status: 204 };

/** A real server on loopback that hooks are sent to, a path for each hook. It keeps what it gets. */
export class Receiver implements AsyncDisposable {
  readonly taken: Taken[] = [];
  /** By path; what is not here is answered with 204. */
  readonly behaviours = new Map<string, Behaviour>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const path = request.url ?? '';
        const headers = request.headers as Record<string, string>;
        this.taken.push({ path, headers, body: Buffer.concat(chunks).toString() });
        const behaviour = this.behaviours.get(path) ?? GOOD;
        if (behaviour === 'silent') return;
        response.writeHead(behaviour.status, behaviour.headers).end(behaviour.body);
      });
    });
  }

  static async listen(port = 0): Promise<Receiver> {
    const receiver = new Receiver();
    receiver.#server.listen(port, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  /** What came at a path. */
  at(path: string): Taken[] {
    return this.taken.filter((each) => each.path === path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

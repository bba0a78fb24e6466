import { readFileSync } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { Certificate } from '../support/certificate.ts';

/** A message of RFC 5424, taken apart. */
export interface Message {
  readonly facility: number;
  readonly severity: number;
  readonly time: string;
  readonly host: string;
  readonly app: string;
  readonly id: string;
  readonly octets: number;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: the event as the API gives it
  readonly event: any;
}

const HEAD = /^<(\d{1,3})>1 (\S+) (\S+) (\S+) (\d+) (\S+) - /;

export const parseMessage = (bytes: Buffer): Message => {
  const text = bytes.toString('latin1');
  const found = HEAD.exec(text);
  if (!found) throw new Error(`no message of RFC 5424: ${text}`);
  const [head, priority, time = '', host = '', app = '', , id = ''] = found;
  const event = JSON.parse(text.slice(head.length));
  const [facility, severity] = [Number(priority) >> 3, Number(priority) & 7];
  return { facility, severity, time, host, app, id, octets: bytes.length, text, event };
};

/** A receiver of RFC 5425: frames with their length in front, over TLS. */
export class SyslogServer implements AsyncDisposable {
  readonly messages: Message[] = [];
  connections = 0;
  /** Ends each connection without an answer once it has so many octets. */
  diesAfter: number | undefined;
  /** Ends connections without TLS's goodbye, as one that dies once it has read what there was. */
  isSilent = false;
  /** Takes everything, and ends no connection. */
  isOpenEnded = false;
  #below: Socket | undefined;
  readonly #server: Server;
  /** Those whose handshake failed, too: with allowHalfOpen, they end only when they are destroyed. */
  readonly #connections = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (below: Socket) => {
      this.#below = below;
      this.#connections.add(below);
      below.once('close', () => this.#connections.delete(below));
    });
    server.on('secureConnection', (socket) => this.#take(socket));
    server.on('tlsClientError', () => undefined);
  }

  static async open({ certFile, keyFile }: Certificate, port = 0): Promise<SyslogServer> {
    const server = createServer({
      cert: readFileSync(certFile),
      key: readFileSync(keyFile),
      allowHalfOpen: true,
    });
    await new Promise<void>((resolve) => {
      server.listen(port, '127.0.0.1', resolve);
    });
    return new SyslogServer(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get numbers(): number[] {
    return this.messages.map(({ event }) => event.sequence);
  }

  #take(socket: TLSSocket): void {
    this.connections++;
    let rest: Buffer = Buffer.alloc(0);
    let octets = 0;
    socket.on('data', (bytes: Buffer) => {
      octets += bytes.length;
      if (this.diesAfter !== undefined && octets > this.diesAfter) return socket.destroy();
      rest = Buffer.concat([rest, bytes]);
      for (;;) {
        const space = rest.indexOf(' ');
        const length = Number(rest.subarray(0, Math.max(0, space)).toString());
        if (space < 0 || rest.length < space + 1 + length) return;
        this.messages.push(parseMessage(rest.subarray(space + 1, space + 1 + length)));
        rest = rest.subarray(space + 1 + length);
      }
    });
    socket.on('end', () => {
      if (this.isOpenEnded) return;
      if (this.isSilent) this.#below?.destroy();
      else socket.end();
    });
    socket.on('error', () => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const connection of this.#connections) connection.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

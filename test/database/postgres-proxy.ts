import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** When a connection is cut that sends COMMIT. */
type Cut =
  /** Before the server has it. */
  | 'before-commit'
  /** When the server has answered it, and the client has not been told. */
  | 'after-commit'
  /** At once for the client; the server gets COMMIT later, by `release`. */
  | 'during-commit';

/** Stands between the program and PostgreSQL, and is the network that fails. */
export class PostgresProxy implements AsyncDisposable {
  readonly url: string;
  /** Connections that came while there was no way through. */
  refused = 0;
  /** Cuts the next connection that sends COMMIT, once. */
  cut: Cut | undefined;
  readonly #server: Server;
  readonly #target: { port: number; host: string };
  readonly #sockets = new Set<Socket>();
  readonly #feeds = new Set<Socket>();
  #open = true;
  #feedSilent = false;
  #withheld: (() => void) | undefined;

  private constructor(server: Server, url: URL) {
    this.#server = server;
    this.#target = { port: Number(url.port), host: url.hostname };
    url.port = String((server.address() as AddressInfo).port);
    this.url = url.href;
    server.on('connection', (client) => this.#accept(client));
  }

  static async to(url: string): Promise<PostgresProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new PostgresProxy(server, new URL(url));
  }

  /** Cuts every connection and lets none through until `rejoin`. */
  part(): void {
    this.#open = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  rejoin(): void {
    this.#open = true;
  }

  /** From now on the change feed's connections say nothing and hear nothing, as on a network that drops what it carries. */
  silenceFeed(): void {
    this.#feedSilent = true;
    for (const socket of this.#feeds) socket.pause().unpipe();
  }

  /** Ends the silenced connections; new ones work. */
  resumeFeed(): void {
    this.#feedSilent = false;
    for (const socket of this.#feeds) socket.destroy();
  }

  get isWithholding(): boolean {
    return this.#withheld !== undefined;
  }

  /** Lets the withheld COMMIT through to the server. */
  release(): void {
    this.#withheld?.();
    this.#withheld = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.part();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(client: Socket): void {
    this.#keep(client);
    if (!this.#open) {
      this.refused++;
      client.destroy();
      return;
    }
    const server = this.#keep(connect(this.#target));
    server.pipe(client);
    client.on('data', (bytes: Buffer) => this.#forward(bytes, client, server));
    client.on('close', () => {
      if (this.#withheld === undefined) server.destroy();
    });
    server.on('close', () => client.destroy());
  }

  #forward(bytes: Buffer, client: Socket, server: Socket): void {
    if (bytes.includes('listen tidegate_changes')) {
      for (const socket of [client, server]) {
        this.#feeds.add(socket);
        socket.on('close', () => this.#feeds.delete(socket));
        if (this.#feedSilent) socket.pause().unpipe();
      }
      if (this.#feedSilent) return;
    }
    const cut = bytes.includes('commit\0') ? this.cut : undefined;
    if (cut === undefined) {
      server.write(bytes);
      return;
    }
    this.cut = undefined;
    server.unpipe(client);
    if (cut === 'before-commit') {
      client.destroy();
    } else if (cut === 'after-commit') {
      server.once('data', () => client.destroy()).resume();
      server.write(bytes);
    } else {
      this.#withheld = () => server.write(bytes);
      client.destroy();
    }
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    return socket;
  }
}

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface RawAnswer {
  readonly status: number;
  /** By lower case name; repeated ones joined by a comma. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

interface Head {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
}

/** How long an answer may take before the test that waits for it fails instead of hanging. */
const PATIENCE = 10_000;

/**
 * A connection on which a test says byte for byte what is sent: everything that fetch would put right, refuse to send or
 * not show. Answers are read one after another.
 */
export class RawConnection implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #host: string;
  readonly #port: number;
  #received = Buffer.alloc(0);
  #ended = false;
  #wake = Promise.withResolvers<void>();

  private constructor(socket: Socket, host: string) {
    this.#socket = socket;
    this.#host = host;
    this.#port = socket.localPort ?? 0;
    const ended = () => {
      this.#ended = true;
      this.#wake.resolve();
    };
    socket.on('data', (bytes: Buffer) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      this.#wake.resolve();
    });
    socket.on('error', ended).on('end', ended).on('close', ended);
  }

  static async open(url: string, localAddress?: string): Promise<RawConnection> {
    const { hostname, port, host } = new URL(url);
    const socket = connect({
      host: hostname,
      port: Number(port),
      ...(localAddress === undefined ? {} : { localAddress }),
    });
    await once(socket, 'connect');
    socket.setNoDelay(true);
    return new RawConnection(socket, host);
  }

  /** Our port: how the other side knows this connection from others. */
  get port(): number {
    return this.#port;
  }

  /** Sends text as Latin-1, bytes as they are. */
  send(...parts: readonly (string | Uint8Array)[]): void {
    for (const part of parts) {
      if (typeof part === 'string') this.#socket.write(part, 'latin1');
      else this.#socket.write(part);
    }
  }

  /** Sends bytes; answers whether the other side took them all, or closed before. */
  async sendAll(bytes: Uint8Array): Promise<boolean> {
    return new Promise((resolve) => this.#socket.write(bytes, (error) => resolve(!error)));
  }

  /** Sends the head of a request; Host is added where `headers` has none. */
  sendHead(method: string, target: string, headers: Readonly<Record<string, string | number>> = {}): void {
    const all = 'Host' in headers ? headers : { Host: this.#host, ...headers };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    this.send(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`);
  }

  /** A whole request and its answer; the length of a body is added where `headers` says nothing of it. */
  async request(
    method: string,
    target: string,
    headers: Readonly<Record<string, string | number>> = {},
    body: string | Uint8Array = '',
  ): Promise<RawAnswer> {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const framed = Object.keys(headers).some((name) => /^(content-length|transfer-encoding)$/i.test(name));
    this.sendHead(method, target, {
      ...headers,
      ...(framed || bytes.length === 0 ? {} : { 'Content-Length': bytes.length }),
    });
    this.send(bytes);
    return this.answer(method);
  }

  /** The next answer, interim ones (1xx) included. */
  async answer(method = 'GET'): Promise<RawAnswer> {
    const head = await this.#head();
    return { ...head, body: await this.#body(method, head) };
  }

  /** True once the server has closed its side; waits for it. */
  async closed(): Promise<boolean> {
    while (!this.#ended) await this.#more();
    return true;
  }

  /** Everything that arrived and was not read as an answer. */
  get rest(): Buffer {
    return this.#received;
  }

  /** Closes our side in order: what was sent arrives, and then the end. */
  end(): void {
    this.#socket.end();
  }

  /** Reads no more: what the server goes on sending stays with it. */
  pause(): void {
    this.#socket.pause();
  }

  /** Cuts the connection. */
  cut(): void {
    this.#socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
  }

  async #head(): Promise<Head> {
    let end = this.#received.indexOf('\r\n\r\n');
    while (end < 0) {
      if (this.#ended) throw new Error(`the connection ended without an answer: ${this.#received}`);
      await this.#more();
      end = this.#received.indexOf('\r\n\r\n');
    }
    const [statusLine = '', ...lines] = this.#take(end + 4)
      .toString('latin1')
      .trimEnd()
      .split('\r\n');
    const status = /^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1];
    if (status === undefined) throw new Error(`this is no answer: ${statusLine}`);
    const headers = new Map<string, string>();
    for (const line of lines) {
      const [, name = '', value = ''] = /^([^:]+): *(.*)$/.exec(line) ?? [];
      const known = headers.get(name.toLowerCase());
      headers.set(name.toLowerCase(), known === undefined ? value : `${known}, ${value}`);
    }
    return { status: Number(status), headers };
  }

  async #body(method: string, { status, headers }: Head): Promise<Buffer> {
    if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return Buffer.alloc(0);
    if (headers.get('transfer-encoding') === 'chunked') return this.#chunked();
    const length = headers.get('content-length');
    if (length !== undefined) return this.#exactly(Number(length));
    await this.closed();
    return this.#take(this.#received.length);
  }

  async #chunked(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for (;;) {
      let end = this.#received.indexOf('\r\n');
      for (; end < 0; end = this.#received.indexOf('\r\n')) await this.#more();
      const size = Number.parseInt(this.#take(end + 2).toString('latin1'), 16);
      const chunk = await this.#exactly(size + 2);
      if (size === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, size));
    }
  }

  async #exactly(bytes: number): Promise<Buffer> {
    while (this.#received.length < bytes) {
      if (this.#ended)
        throw new Error(`the answer broke off after ${this.#received.length} of ${bytes} bytes`);
      await this.#more();
    }
    return this.#take(bytes);
  }

  #take(bytes: number): Buffer {
    const taken = this.#received.subarray(0, bytes);
    this.#received = this.#received.subarray(bytes);
    return taken;
  }

  async #more(): Promise<void> {
    const timer = new AbortController();
    const late = sleep(PATIENCE, undefined, { signal: timer.signal }).then(() => {
      throw new Error(
        `no answer came; there is ${JSON.stringify(this.#received.toString('latin1').slice(0, 200))}`,
      );
    });
    late.catch(() => undefined); // awaited below unless the other wins
    try {
      await Promise.race([this.#wake.promise, late]);
    } finally {
      timer.abort();
    }
    this.#wake = Promise.withResolvers<void>();
    if (this.#ended) this.#wake.resolve();
  }
}

import assert from 'node:assert/strict';
import { globSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { digestOf } from '../../src/oci/digest.ts';
import { RawConnection } from '../spec/raw-connection.ts';
import { basic } from '../support/registry.ts';
import { RegistryProcess } from '../support/registry-process.ts';

export interface Answered {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface Sending {
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  readonly headers?: Readonly<Record<string, string | number>>;
}

/** A server process with what it holds in view: descriptors, memory, staging files. Its namespace is birds. */
export class WatchedRegistry extends RegistryProcess {
  /** Starts it on a fresh folder; `prepare` may mount something over that folder first. */
  static async begin(prepare: (dataDir: string) => void = () => undefined): Promise<WatchedRegistry> {
    const registry = new WatchedRegistry({});
    try {
      prepare(registry.dataDir);
      await registry.start();
      await registry.namespaceAdd('birds');
      return registry;
    } catch (error) {
      await registry[Symbol.asyncDispose]();
      throw error;
    }
  }

  get authorization(): string {
    return basic('iamapikey', this.apikey);
  }

  /** Regular files and folders the server has open: sockets and pipes come and go. */
  get openFiles(): number {
    // by what they lead to; one may be closed while we look
    const fds = readdirSync(`/proc/${this.pid}/fd`, { withFileTypes: true });
    return fds.filter(({ name }) => this.#leadsToFile(name)).length;
  }

  /** Whether the server has its end of this connection open. */
  holds({ port }: Pick<RawConnection, 'port'>): boolean {
    const [here, there] = [Number(new URL(this.url).port), port].map(hexPort);
    // local address, remote address, state: 01 established, 08 closed by the other side alone (proc(5))
    const line = new RegExp(`^ *\\d+: [0-9A-F]+:${here} [0-9A-F]+:${there} (?:01|08) `, 'm');
    return line.test(readFileSync(`/proc/${this.pid}/net/tcp`, 'latin1'));
  }

  /** Resident memory in MB. */
  get memory(): number {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))?.[1];
    return Number(kilobytes) / 1024;
  }

  /** Names of the staging files. */
  get stagings(): string[] {
    return globSync('blobs/*/staging/*', { cwd: this.dataDir });
  }

  /** A request at /v2/birds/a/ as the owner, or at an absolute path; an iterable body goes out as it is read. */
  async ask(method: string, path: string, { body, headers = {} }: Sending = {}): Promise<Answered> {
    const url = new URL(path.startsWith('/') ? path : `/v2/birds/a/${path}`, this.url);
    const outgoing = request(url, { method, headers: { Authorization: this.authorization, ...headers } });
    const answer = new Promise<IncomingMessage>((resolve, reject) =>
      outgoing.on('response', resolve).on('error', reject),
    );
    answer.catch(() => undefined);
    if (body instanceof Uint8Array) outgoing.end(body);
    else {
      for await (const piece of body ?? []) {
        if (outgoing.destroyed || outgoing.errored) break;
        if (!outgoing.write(piece))
          await Promise.race([new Promise((resolve) => outgoing.once('drain', resolve)), answer]);
      }
      outgoing.end();
    }
    const incoming = await answer;
    const chunks: Buffer[] = await incoming.toArray();
    return { status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks) };
  }

  async begin(): Promise<string> {
    const { status, headers, body } = await this.ask('POST', 'blobs/uploads/');
    assert.equal(status, 202, String(body));
    return headers.location ?? '';
  }

  /** Pushes a blob; fails unless it is taken. */
  async push(bytes: Uint8Array): Promise<string> {
    const digest = digestOf(bytes);
    const location = await this.begin();
    assert.equal((await this.ask('PATCH', location, { body: bytes })).status, 202);
    const { status, body } = await this.ask('PUT', `${location}?digest=${digest}`);
    assert.equal(status, 201, String(body));
    return digest;
  }

  /** A connection on which a request as the owner has been sent, its body not. */
  async half(
    method: string,
    path: string,
    headers: Record<string, string | number> = {},
  ): Promise<RawConnection> {
    const connection = await RawConnection.open(this.url);
    connection.sendHead(method, path, { Authorization: this.authorization, ...headers });
    return connection;
  }

  #leadsToFile(fd: string): boolean {
    try {
      return readlinkSync(`/proc/${this.pid}/fd/${fd}`).startsWith(this.dataDir);
    } catch {
      return false;
    }
  }
}

const hexPort = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');

/** Waits until `holds`; what does not within `ms` fails the test. */
export const eventually = async (
  what: string,
  holds: () => boolean | Promise<boolean>,
  ms = 15_000,
): Promise<void> => {
  for (const end = Date.now() + ms; !(await holds()); await sleep(20)) {
    assert.ok(Date.now() < end, `never: ${what}`);
  }
};

/** The code of a refusal in the distribution-spec's form. */
export const codeOf = ({ body }: Answered): string | undefined =>
  (JSON.parse(String(body)) as { errors: { code: string }[] }).errors[0]?.code;

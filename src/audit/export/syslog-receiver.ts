import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { isIP, connect as openConnection, type Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import type { AuditedEvent } from '../events/room.ts';
import type { Form, Receiver } from './receiver.ts';
import { type Sender, syslogFrame } from './syslog-message.ts';

export interface SyslogTarget {
  readonly host: string;
  readonly port: number;
}

export interface SyslogParts {
  /** PEM file of the authorities that may vouch for the receiver. */
  readonly ca: string | undefined;
  readonly form: Form;
  readonly sender: Sender;
  readonly farewells: Farewells;
  /** The end of the server, which waits for no receiver. */
  readonly signal: AbortSignal;
}

/** Whether a receiver says that it has read all, before it ends a connection. It must (RFC 5425, section 4.4), and some do not. */
export class Farewells {
  #missing = 0;

  /** Whether the end of a connection without a word means that all has arrived: only where that has become a habit. */
  get areNotSaid(): boolean {
    return this.#missing > 2;
  }

  note(isSaid: boolean): void {
    this.#missing = isSaid ? 0 : this.#missing + 1;
  }
}

const CONNECT_MS = 10_000;
/** How long a receiver may take nothing. */
const IDLE_MS = 30_000;
/** How long a receiver has to confirm what it took, once the server ends: without that it is sent again. */
const LAST_MS = 2_000;

/**
 * A receiver of RFC 5425. Its protocol has no answers: what was handed to the network may be lost with the receiver. But a
 * receiver answers TLS's end of the connection once it has read it all, so that answer is the confirmation.
 */
export class SyslogReceiver implements Receiver {
  readonly has = undefined;
  /** Below TLS: what it has read tells whether an answer came. */
  readonly #connection: Socket;
  readonly #socket: TLSSocket;
  readonly #parts: SyslogParts;
  /** Rejects where the connection fails. */
  readonly #failure: Promise<never>;
  #last: NodeJS.Timeout | undefined;

  private constructor(connection: Socket, socket: TLSSocket, parts: SyslogParts) {
    this.#connection = connection;
    this.#socket = socket;
    this.#parts = parts;
    this.#failure = new Promise((_, reject) => {
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('the receiver has closed the connection')));
      socket.setTimeout(IDLE_MS, () => socket.destroy(new Error('the receiver takes nothing')));
    });
    // it may fail while nothing waits for it
    this.#failure.catch(() => undefined);
    // a receiver has nothing to say; what it says is not kept
    socket.resume();
    parts.signal.addEventListener('abort', this.#cut, { once: true });
    if (parts.signal.aborted) this.#cut();
  }

  readonly #cut = (): void => {
    this.#last = setTimeout(() => this.#socket.destroy(new Error('the server ends')), LAST_MS);
  };

  static async open({ host, port }: SyslogTarget, parts: SyslogParts): Promise<SyslogReceiver> {
    const ca = parts.ca === undefined ? undefined : await readFile(parts.ca);
    const named = isIP(host) === 0 ? { servername: host } : {};
    const connection = openConnection({ host, port });
    const socket = connect({ socket: connection, host, ...named, ...(ca && { ca }), minVersion: 'TLSv1.2' });
    try {
      const signal = AbortSignal.any([parts.signal, AbortSignal.timeout(CONNECT_MS)]);
      await once(socket, 'secureConnect', { signal });
    } catch (error) {
      socket.destroy();
      connection.destroy();
      throw error;
    }
    return new SyslogReceiver(connection, socket, parts);
  }

  async take(events: readonly AuditedEvent[]): Promise<void> {
    const { form, sender } = this.#parts;
    const text = events.map((event) => syslogFrame(event, form, sender)).join('');
    if (this.#socket.write(text)) return;
    await Promise.race([once(this.#socket, 'drain'), this.#failure]);
  }

  async finish(): Promise<void> {
    const { farewells } = this.#parts;
    const read = this.#connection.bytesRead;
    const ended = once(this.#socket, 'end');
    this.#socket.end();
    await Promise.race([ended, this.#failure]);
    const isSaid = this.#connection.bytesRead > read;
    farewells.note(isSaid);
    if (!isSaid && !farewells.areNotSaid)
      throw new Error('the receiver has ended the connection without saying that it has read all');
  }

  async close(): Promise<void> {
    this.#parts.signal.removeEventListener('abort', this.#cut);
    clearTimeout(this.#last);
    this.#socket.destroy();
  }
}

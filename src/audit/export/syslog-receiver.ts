import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
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
}

const CONNECT_MS = 10_000;
/** How long a receiver may take nothing. */
const IDLE_MS = 30_000;

/**
 * A receiver of RFC 5425. Its protocol has no answers: what was handed to the network may be lost with the receiver. But a
 * receiver answers the end of the connection once it has read it all, so the end of each connection is the confirmation.
 */
export class SyslogReceiver implements Receiver {
  readonly has = undefined;
  readonly #socket: TLSSocket;
  readonly #parts: SyslogParts;
  /** Rejects where the connection fails. */
  readonly #failure: Promise<never>;

  private constructor(socket: TLSSocket, parts: SyslogParts) {
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
  }

  static async open({ host, port }: SyslogTarget, parts: SyslogParts): Promise<SyslogReceiver> {
    const ca = parts.ca === undefined ? undefined : await readFile(parts.ca);
    const named = isIP(host) === 0 ? { servername: host } : {};
    const socket = connect({ host, port, ...named, ...(ca && { ca }), minVersion: 'TLSv1.2' });
    try {
      await once(socket, 'secureConnect', { signal: AbortSignal.timeout(CONNECT_MS) });
    } catch (error) {
      socket.destroy();
      throw error;
    }
    return new SyslogReceiver(socket, parts);
  }

  async take(events: readonly AuditedEvent[]): Promise<void> {
    const { form, sender } = this.#parts;
    const text = events.map((event) => syslogFrame(event, form, sender)).join('');
    if (this.#socket.write(text)) return;
    await Promise.race([once(this.#socket, 'drain'), this.#failure]);
  }

  async finish(): Promise<void> {
    const ended = once(this.#socket, 'end');
    this.#socket.end();
    await Promise.race([ended, this.#failure]);
  }

  async close(): Promise<void> {
    this.#socket.destroy();
  }
}

import { randomUUID } from 'node:crypto';
import type { BlobStore } from '../../blobs/blob-store.ts';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { keepAlive } from '../keep-alive.ts';
import { areBytesHeld } from './rows.ts';
import { closeByteHold, openByteHold, renewByteHold } from './writes.ts';

/** How long bytes stay after their holder was last heard of; replicas' clocks must agree to well within it. */
const HOLD_MS = 120_000;
const RENEW_MS = HOLD_MS / 4;

/** Bytes that stay until they are released, or the holder dies. */
export interface HeldBytes {
  /** Fires when the hold lapsed, or may have: bytes may be gone then. */
  readonly lost: AbortSignal;
  /** Throws where it has lapsed. */
  confirm(): Promise<void>;
  release(): Promise<void>;
}

/**
 * Keeps stored bytes where they are while a backup copies them. Rows come and go meanwhile: a removal commits the removal of
 * the rows, then asks here, then removes the bytes. So bytes whose rows went before the hold was opened are in no snapshot
 * taken under it, and those whose rows went later are still there. The storage sweep finds them afterwards.
 *
 * It is read from the database each time, since another replica may have opened it.
 */
export class ByteHold {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #renewMs: number;

  /** `renewMs`: how often a holder shows that it lives; a quarter of the hold unless a test is in a hurry. */
  constructor(database: Database, clock: Clock, renewMs = RENEW_MS) {
    this.#database = database;
    this.#clock = clock;
    this.#renewMs = renewMs;
  }

  held(): Promise<boolean> {
    return areBytesHeld(this.#database.db, this.#clock.now());
  }

  async open(): Promise<HeldBytes> {
    const id = randomUUID();
    const now = this.#clock.now();
    await this.#database.write(openByteHold, { id, now, until: now + HOLD_MS });
    return this.#keep(id);
  }

  /** The store whose removals ask for the hold. All rooms are given this one, so that none can forget to ask. */
  guard(store: BlobStore): BlobStore {
    return {
      begin: (region) => store.begin(region),
      append: (id, offset, bytes, signal, length) => store.append(id, offset, bytes, signal, length),
      staged: (id) => store.staged(id),
      seal: (id, digest, rest) => store.seal(id, digest, rest),
      abort: (id) => store.abort(id),
      send: (key, sink, range, signal, sent) => store.send(key, sink, range, signal, sent),
      stat: (key) => store.stat(key),
      remove: async (key) => !(await this.held()) && (await store.remove(key)),
      adopt: (blob, fill) => store.adopt(blob, fill),
      list: (region, what) => store.list(region, what),
      check: () => store.check(),
    };
  }

  #keep(id: string): HeldBytes {
    const { lost, confirm, stop } = keepAlive({
      renew: async () => {
        const now = this.#clock.now();
        return this.#database.write(renewByteHold, { id, now, until: now + HOLD_MS });
      },
      everyMs: this.#renewMs,
      lastsMs: HOLD_MS,
      lost: () => new Error('the hold on stored bytes has lapsed'),
    });
    return {
      lost,
      confirm,
      release: async () => {
        await stop();
        await this.#database.write(closeByteHold, id);
      },
    };
  }
}

import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { Database } from '../../database/database.ts';
import { type AuditedEvent, eventOfRow } from './audited-event.ts';
import { type EventFilter, indexOf, passes } from './event-filter.ts';
import {
  eventsByNumber,
  eventsByTime,
  findHistory,
  firstNumberOf,
  hasUnnumbered,
  lastNumber,
  type TimeAsk,
} from './rows.ts';
import { type SealableEvent, sealableOf } from './sealable.ts';
import { numberEvents } from './writes.ts';

/** Where a page by time ended. */
export interface TimePlace {
  readonly at: number;
  readonly id: string;
}

export interface TimePage {
  readonly events: readonly AuditedEvent[];
  /** Where the next page begins; undefined when there is none. A page may be short, or empty, and yet not be the last. */
  readonly next: TimePlace | undefined;
}

export interface NumberPage {
  readonly events: readonly AuditedEvent[];
  /** The number behind which the next page begins. */
  readonly next: number;
  /** Whether more is there already. */
  readonly more: boolean;
}

/** Rows that one page looks at where few of them are what is asked for, and how many of them in a turn of the event loop. */
const LOOKED_AT = 2000;
const CHUNK = 200;
/** Events that get their number in one write. */
const NUMBERED_AT_ONCE = 500;

/** The audit log, read: newest first by time, or in the one order of its numbers, which leaves nothing out. */
export class AuditLog {
  readonly #database: Database;
  #numbering: Promise<void> | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** A page of events, newest first. */
  async newest(filter: EventFilter, before: TimePlace | undefined, limit: number): Promise<TimePage> {
    const events: AuditedEvent[] = [];
    let place = before;
    for (let looked = 0; looked < LOOKED_AT; looked += CHUNK) {
      const rows = await eventsByTime(this.#database.db, askOf(filter, place));
      for (const row of rows) {
        const event = eventOfRow(row);
        place = { at: row.at, id: row.id };
        if (passes(event, filter)) events.push(event);
        if (events.length === limit) return { events, next: place };
      }
      if (rows.length < CHUNK) return { events, next: undefined };
      await turnOfLoop();
    }
    return { events, next: place };
  }

  /**
   * A page of events behind a number, in the one order. What is committed later comes later, so a reader that goes on from
   * where it was misses nothing and sees nothing twice.
   */
  async following(filter: EventFilter, after: number, limit: number): Promise<NumberPage> {
    await this.giveNumbers();
    const events: AuditedEvent[] = [];
    let next = after;
    for (let looked = 0; looked < LOOKED_AT; looked += CHUNK) {
      const rows = await eventsByNumber(this.#database.db, next, CHUNK);
      for (const row of rows) {
        const event = eventOfRow(row);
        next = row.number ?? next;
        if (passes(event, filter)) events.push(event);
        if (events.length === limit) return { events, next, more: true };
      }
      if (rows.length < CHUNK) return { events, next, more: false };
      await turnOfLoop();
    }
    return { events, next, more: true };
  }

  /** At most 200 numbered events behind a number, as they are sealed. */
  async sealable(after: number): Promise<SealableEvent[]> {
    return (await eventsByNumber(this.#database.db, after, CHUNK)).map(sealableOf);
  }

  /** The same as they are read; what has no number yet is not among them. */
  async numbered(after: number): Promise<AuditedEvent[]> {
    return (await eventsByNumber(this.#database.db, after, CHUNK)).map(eventOfRow);
  }

  /** The last number that was given, and whether events wait for theirs. */
  async state(): Promise<{ readonly last: number; readonly waiting: boolean }> {
    const { db } = this.#database;
    return { last: await lastNumber(db), waiting: await hasUnnumbered(db) };
  }

  /** How often the installation was restored from a backup, and the first number of the history since then. */
  async history(): Promise<{ readonly history: number; readonly first: number }> {
    const history = await findHistory(this.#database.db);
    return { history, first: firstNumberOf(history) };
  }

  /** The number behind which everything that comes from now on stands. */
  async end(): Promise<number> {
    await this.giveNumbers();
    return lastNumber(this.#database.db);
  }

  /** Gives numbers to events that have none and whose turn has come. Several at once do it together. */
  giveNumbers(): Promise<void> {
    this.#numbering ??= this.#giveNumbers().finally(() => {
      this.#numbering = undefined;
    });
    return this.#numbering;
  }

  async #giveNumbers(): Promise<void> {
    if (!(await hasUnnumbered(this.#database.db))) return;
    const engine = this.#database.alone ? 'sqlite' : 'postgres';
    const input = { engine, limit: NUMBERED_AT_ONCE } as const;
    while ((await this.#database.write(numberEvents, input)) === NUMBERED_AT_ONCE);
  }
}

const MINUTE = 60_000;

/** An event that stands for several of a minute counts until the last of them, so the look begins a minute earlier. */
const askOf = (filter: EventFilter, before: TimePlace | undefined): TimeAsk => ({
  accountId: filter.accountId,
  by: indexOf(filter),
  since: filter.since === undefined ? undefined : filter.since - MINUTE,
  until: filter.until,
  before,
  limit: CHUNK,
});

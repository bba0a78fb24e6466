import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { Log } from '../../observe/log.ts';
import type { Metrics } from '../../observe/metrics.ts';
import type { AuditLog } from '../events/room.ts';
import type { Receiver } from './receiver.ts';
import { findExport } from './rows.ts';
import { moveExport } from './writes.ts';

export interface ExportParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly events: AuditLog;
  /** The target as it is named in the row of its progress. */
  readonly target: string;
  /** With the signal it breaks off what it waits for, soon. */
  readonly open: (signal: AbortSignal) => Promise<Receiver>;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Events that are given to a receiver before their arrival is asked for: at most these are sent twice. */
const PAGES = 10;

/** Sends the log to its receiver, in the order of the numbers, from where the row of its progress stands. */
export class AuditExport {
  readonly #parts: ExportParts;
  #failed: string | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(parts: ExportParts) {
    this.#parts = parts;
  }

  /** Sends what is there. A receiver that does not answer is tried again with the next run; nothing is lost meanwhile. */
  run(signal: AbortSignal): Promise<void> {
    this.#running = this.#running.catch(() => undefined).then(() => this.#run(signal));
    return this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { events, metrics, log, target } = this.#parts;
    await events.giveNumbers();
    try {
      while (!signal.aborted && (await this.#sendSome(signal)));
      if (this.#failed !== undefined) log.info({ target }, 'the audit log is exported again');
      this.#failed = undefined;
    } catch (error) {
      // broken off by the end of the server: what may not have arrived is sent again by the next run
      if (signal.aborted) return;
      const reason = (error as Error).message;
      if (this.#failed !== reason)
        log.warn({ target, reason }, 'the audit log cannot be exported; it is tried again');
      this.#failed = reason;
    }
    const { last } = await events.state();
    metrics.auditExportLag.set(Math.max(0, last - (await this.#sent())));
  }

  async #sent(): Promise<number> {
    const { database, target } = this.#parts;
    return (await findExport(database.db, target))?.number ?? 0;
  }

  /** Some pages over one connection; false where there is nothing more. */
  async #sendSome(signal: AbortSignal): Promise<boolean> {
    const { database, clock, events, target, open } = this.#parts;
    const sent = await this.#sent();
    let page = await events.numbered(sent);
    if (page.length === 0) return false;
    const receiver = await open(signal);
    try {
      let number = Math.max(sent, receiver.has ?? 0);
      if (number > sent) page = await events.numbered(number);
      for (let count = 0; count < PAGES && page.length > 0 && !signal.aborted; count++) {
        await receiver.take(page);
        number = page.at(-1)?.number ?? number;
        await turnOfLoop();
        page = await events.numbered(number);
      }
      await receiver.finish();
      await database.write(moveExport, { target, number, moved_at: clock.now() });
    } finally {
      await receiver.close();
    }
    return page.length > 0;
  }
}

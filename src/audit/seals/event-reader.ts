import type { AuditLog, SealableEvent } from '../events/room.ts';

/** Reads events once, in the order of their numbers, as far as it is asked. */
export class EventReader {
  readonly #log: AuditLog;
  #waiting: SealableEvent[] = [];
  #after = Number.MIN_SAFE_INTEGER;
  #isOver = false;

  constructor(log: AuditLog) {
    this.#log = log;
  }

  /** The next ones up to and with this number, page by page. */
  async *upTo(last: number): AsyncIterable<readonly SealableEvent[]> {
    for (;;) {
      const end = this.#waiting.findIndex(({ number }) => number > last);
      if (end >= 0) {
        const page = this.#waiting.splice(0, end);
        if (page.length > 0) yield page;
        return;
      }
      const page = this.#waiting;
      this.#waiting = [];
      if (page.length > 0) yield page;
      if (this.#isOver) return;
      this.#waiting = await this.#log.sealable(this.#after);
      this.#after = this.#waiting.at(-1)?.number ?? this.#after;
      this.#isOver = this.#waiting.length === 0;
    }
  }
}

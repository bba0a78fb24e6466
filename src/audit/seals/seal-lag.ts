import type { Clock } from '../../clock.ts';
import type { AuditLog } from '../events/room.ts';
import type { Seals } from './seals.ts';

/** Looks that are kept: more than a day of them. */
const MOST = 10_000;

/** How long events have waited for their block, since this process first saw them. */
export class SealLag {
  readonly #parts: { readonly events: AuditLog; readonly seals: Seals; readonly clock: Clock };
  /** Times, by the clock and by a watch that never jumps, and up to where events stood then. */
  #looks: { readonly at: number; readonly watch: number; readonly upTo: number }[] = [];

  constructor(parts: { events: AuditLog; seals: Seals; clock: Clock }) {
    this.#parts = parts;
  }

  /** Milliseconds by the clock; 0 where everything is sealed. */
  async look(): Promise<number> {
    const oldest = await this.#oldest();
    return oldest ? this.#parts.clock.now() - oldest.at : 0;
  }

  /** The same without the time for which the machine slept, or by which its clock was set on: nothing was sealed then. */
  async waited(): Promise<number> {
    const late = await this.look();
    const [oldest] = this.#looks;
    return oldest ? Math.min(late, performance.now() - oldest.watch) : 0;
  }

  async #oldest(): Promise<{ readonly at: number } | undefined> {
    const { events, seals, clock } = this.#parts;
    const { last, waiting } = await events.state();
    // what waits for its number gets the next one at least
    const upTo = waiting ? last + 1 : last;
    const sealed = await seals.sealed();
    this.#looks = this.#looks.filter((look) => look.upTo > sealed);
    if (upTo > Math.max(sealed, this.#looks.at(-1)?.upTo ?? 0) && this.#looks.length < MOST)
      this.#looks.push({ at: clock.now(), watch: performance.now(), upTo });
    return this.#looks[0];
  }
}

import type { Clock } from '../../clock.ts';
import type { AuditLog } from '../events/room.ts';
import type { Seals } from './seals.ts';

/** Looks that are kept: more than a day of them. */
const MOST = 10_000;

/** How long events have waited for their block, since this process first saw them. */
export class SealLag {
  readonly #parts: { readonly events: AuditLog; readonly seals: Seals; readonly clock: Clock };
  /** Times, and up to where events stood then. */
  #looks: { readonly at: number; readonly upTo: number }[] = [];

  constructor(parts: { events: AuditLog; seals: Seals; clock: Clock }) {
    this.#parts = parts;
  }

  /** Milliseconds; 0 where everything is sealed. */
  async look(): Promise<number> {
    const { events, seals, clock } = this.#parts;
    const { last, waiting } = await events.state();
    // what waits for its number gets the next one at least
    const upTo = waiting ? last + 1 : last;
    const sealed = await seals.sealed();
    const now = clock.now();
    this.#looks = this.#looks.filter((look) => look.upTo > sealed);
    if (upTo > Math.max(sealed, this.#looks.at(-1)?.upTo ?? 0) && this.#looks.length < MOST)
      this.#looks.push({ at: now, upTo });
    const [oldest] = this.#looks;
    return oldest ? now - oldest.at : 0;
  }
}

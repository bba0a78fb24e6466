import type { EventFault } from './finding.ts';

interface Unexpected {
  readonly number: number;
  readonly id: string;
  readonly hash: string;
}

/** What is kept until the end to tell a reordered event from a changed one. */
const MOST = 10_000;

/**
 * Events that are not what was sealed under their number, and hashes of which no event is there. One that was moved is known
 * again by its hash, wherever it is.
 */
export class EventMatch {
  /** Hashes that were sealed and not found, with their numbers. */
  readonly #sealed = new Map<string, number>();
  readonly #unexpected: Unexpected[] = [];
  /** Faults that found no room. */
  more = 0;

  /** An event under a number where something else, or nothing, was sealed. */
  unexpected(event: Unexpected): void {
    if (this.#unexpected.length < MOST) this.#unexpected.push(event);
    else this.more++;
  }

  /** What was sealed under a number, and is not there. */
  missing(number: number, leaf: Uint8Array): void {
    if (this.#sealed.size < MOST) this.#sealed.set(Buffer.from(leaf).toString('base64'), number);
    else this.more++;
  }

  /** In the order of the numbers. */
  faults(): EventFault[] {
    const left = new Map(this.#sealed);
    const unknown: Unexpected[] = [];
    const found: EventFault[] = [];
    for (const event of this.#unexpected) {
      const sealedAs = left.get(event.hash);
      if (sealedAs === undefined) unknown.push(event);
      else found.push({ kind: 'reordered', number: event.number, id: event.id, sealedAs });
      left.delete(event.hash);
    }
    const numbers = new Set(left.values());
    for (const { number, id } of unknown)
      found.push({ kind: numbers.delete(number) ? 'changed' : 'inserted', number, id });
    for (const number of numbers) found.push({ kind: 'removed', number });
    return found.sort((one, other) => one.number - other.number);
  }
}

import { randomInt } from 'node:crypto';

/** Part of the slots that may be taken. */
const FULL = 0.6;
/** Hexadecimal digits of a digest that are kept: as many as a number holds exactly. */
const DIGITS = 13;
/** A digest has more than these. */
const LENGTH = 64;

/**
 * A set of digests in about 16 bytes each. Of a digest 52 bits are kept, and two digests with the same bits count as one.
 * Among a million digests that happens once in ten thousand times. Which bits it is cannot be known from outside, so
 * digests that were made to collide do not.
 */
export class DigestSet {
  /** A slot holds a digest's number plus one; 0: it is free. */
  #slots = new Float64Array(1024);
  #size = 0;
  readonly #from = randomInt(LENGTH - DIGITS);

  /** False when it was there already. */
  add(digest: string): boolean {
    const start = digest.indexOf(':') + 1 + this.#from;
    const number = Number.parseInt(digest.slice(start, start + DIGITS), 16) + 1;
    if (this.#size >= this.#slots.length * FULL) this.#grow();
    const isNew = put(this.#slots, number);
    if (isNew) this.#size++;
    return isNew;
  }

  #grow(): void {
    const larger = new Float64Array(this.#slots.length * 2);
    for (const number of this.#slots) if (number !== 0) put(larger, number);
    this.#slots = larger;
  }
}

const put = (slots: Float64Array, number: number): boolean => {
  for (let at = number % slots.length; ; at = (at + 1) % slots.length) {
    if (slots[at] === number) return false;
    if (slots[at] !== 0) continue;
    slots[at] = number;
    return true;
  }
};

/**
 * The work of one question, counted in comparisons. It has a bound, so that no policies make one decision take long. When
 * the bound is reached, what was not looked at grants nothing.
 */
export class Steps {
  readonly #most: number;
  #limit: number;
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
    this.#limit = most;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Whether more was asked for than there was. */
  get exhausted(): boolean {
    return this.#taken > this.#limit;
  }

  /** Counts this work; false where it may not be done any more. */
  take(count: number): boolean {
    this.#taken += count;
    return this.#taken <= this.#limit;
  }

  /** The same number of steps again, for the next part of the question. */
  renew(): void {
    this.#limit = this.#taken + this.#most;
  }
}

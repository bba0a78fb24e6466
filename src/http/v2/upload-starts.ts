/** Requests of uploads that one turn of the event loop begins. */
const AT_ONCE = 4;

/**
 * Uploads that come at the same time begin a few in each turn of the event loop: what takes less, logins before all, is
 * answered between them.
 */
export class UploadStarts {
  readonly #waiting: (() => void)[] = [];

  /** Resolves when it is this request's turn. */
  take(): Promise<void> {
    if (this.#waiting.length === 0) setImmediate(this.#begin);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  readonly #begin = (): void => {
    for (const resolve of this.#waiting.splice(0, AT_ONCE)) resolve();
    if (this.#waiting.length > 0) setImmediate(this.#begin);
  };
}

import { writeSync, write as writeTo } from 'node:fs';

/** Characters that leave in one write. */
const BATCH = 64 << 10;
/** Milliseconds after which a line leaves even if few came after it. */
const PERIOD = 200;
/** Characters that wait while what reads them is slow; lines that come then are dropped, and counted. */
const MOST = 4 << 20;
/** Milliseconds until a descriptor that was full is tried again. */
const PAUSE = 50;

interface Leaving {
  readonly bytes: Uint8Array;
  readonly lines: number;
  /** Bytes that are written. */
  done: number;
}

export interface LineBounds {
  readonly batch?: number;
  readonly most?: number;
}

/**
 * Writes lines to a file descriptor in batches, one write after the other, outside the event loop's way. What reads them
 * may be slow, or gone: then lines are dropped, and never the memory filled. A process that is killed loses what has not left:
 * a batch, or what came within the last period.
 */
export class LineWriter {
  readonly #fd: number;
  readonly #batch: number;
  readonly #most: number;
  #waiting = '';
  #lines = 0;
  #leaving: Leaving | undefined;
  #timer: NodeJS.Timeout | undefined;
  #dropped = 0;
  #settled: (() => void)[] = [];
  readonly #atExit = (): void => this.#writeRest();

  constructor(fd: number, { batch = BATCH, most = MOST }: LineBounds = {}) {
    this.#fd = fd;
    this.#batch = batch;
    this.#most = most;
    process.on('exit', this.#atExit);
  }

  /** Lines that found no room or no reader. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes one line with its newline; never waits, never throws. */
  write(line: string): void {
    if (this.#waiting.length + line.length > this.#most) {
      this.#dropped += 1;
      return;
    }
    this.#waiting += line;
    this.#lines += 1;
    if (this.#waiting.length >= this.#batch) this.#begin();
    else this.#timer ??= setTimeout(() => this.#begin(), PERIOD).unref();
  }

  /** Resolves when all lines of before have left, at the latest after `bound` milliseconds. */
  async flush(bound: number): Promise<void> {
    this.#begin();
    if (!this.#leaving) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#settled.push(resolve);
    const timer = setTimeout(resolve, bound);
    await promise;
    clearTimeout(timer);
  }

  /** Flushes, and no longer writes at the end of the process. */
  async close(bound: number): Promise<void> {
    await this.flush(bound);
    process.off('exit', this.#atExit);
  }

  #begin(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#leaving || this.#waiting === '') return;
    this.#leaving = { bytes: Buffer.from(this.#waiting), lines: this.#lines, done: 0 };
    this.#waiting = '';
    this.#lines = 0;
    this.#send(this.#leaving);
  }

  #send(leaving: Leaving): void {
    const { bytes, done } = leaving;
    writeTo(this.#fd, bytes, done, bytes.length - done, null, (error, written) => {
      if (error?.code === 'EAGAIN') setTimeout(() => this.#send(leaving), PAUSE).unref();
      else if (error) this.#left(leaving.lines);
      else {
        leaving.done += written;
        if (leaving.done < bytes.length) this.#send(leaving);
        else this.#left(0);
      }
    });
  }

  #left(lost: number): void {
    this.#dropped += lost;
    this.#leaving = undefined;
    if (this.#waiting.length >= this.#batch || this.#settled.length > 0) this.#begin();
    if (this.#leaving) return;
    for (const settle of this.#settled) settle();
    this.#settled = [];
  }

  /** The process ends: what can be written at once is. */
  #writeRest(): void {
    try {
      // a write that is under way ends by itself
      if (this.#waiting !== '') writeSync(this.#fd, this.#waiting);
    } catch {
      // there is nothing left to tell it to
    }
    this.#waiting = '';
  }
}

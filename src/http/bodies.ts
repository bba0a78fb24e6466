import { type ErrorCode, RegistryError } from '../errors.ts';
import { networkOf } from './network.ts';
import type { Request } from './request.ts';

/** Bounds on the bodies that are read into memory as a whole: JSON, forms, manifests. */
export interface BodyLimits {
  /** Bytes that all of them may hold at once, in this process. */
  readonly total: number;
  /** Milliseconds a body may be behind its pace. */
  readonly grace: number;
  /** Its pace: bytes a second. */
  readonly rate: number;
}

const LIMITS: BodyLimits = { total: 64 << 20, grace: 20_000, rate: 2048 };

/** What one client network holds. */
interface Share {
  readonly network: string;
  held: number;
  /** Those still being read: one of them can be given up for a network that holds less. */
  readonly readings: Set<Reading>;
}

interface Bound {
  readonly bytes: number;
  /** What a longer body is refused as. */
  readonly refusal: ErrorCode;
}

/**
 * Reads whole bodies within bounds. All of them together hold at most `total` bytes until their requests are answered.
 * Where that is not enough, the network that holds most gives up first: a client network that sends many bodies and does not end
 * them never keeps another one from being served.
 */
export class Bodies {
  readonly #limits: BodyLimits;
  readonly #shares = new Map<string, Share>();
  #held = 0;

  constructor(limits: BodyLimits = LIMITS) {
    this.#limits = limits;
  }

  /** Bytes held now. */
  get held(): number {
    return this.#held;
  }

  /**
   * The whole body. Throws the bound's refusal for a longer one, before more of it is read; REQUEST_TIMEOUT for one that
   * comes too slowly; TOOMANYREQUESTS or UNAVAILABLE where there is no room; BODY_BROKEN where it breaks off.
   */
  async read(request: Request, bound: Bound): Promise<Buffer> {
    if (Number(request.headers['content-length'] ?? 0) > bound.bytes) throw new RegistryError(bound.refusal);
    const share = this.#shareOf(networkOf(request.address));
    const reading = new Reading(request, bound, this.#limits, (bytes) => this.#hold(share, bytes));
    share.readings.add(reading);
    try {
      const body = await reading.body;
      this.#release(share, reading.held - body.length);
      this.#releaseLater(request, share, body.length);
      return body;
    } catch (error) {
      this.#release(share, reading.held);
      throw error;
    } finally {
      share.readings.delete(reading);
      this.#forget(share);
    }
  }

  #shareOf(network: string): Share {
    const share = this.#shares.get(network) ?? { network, held: 0, readings: new Set() };
    this.#shares.set(network, share);
    return share;
  }

  #hold(share: Share, bytes: number): void {
    while (this.#held + bytes > this.#limits.total) this.#makeRoom(share);
    this.#held += bytes;
    share.held += bytes;
  }

  #makeRoom(asking: Share): void {
    let largest = asking;
    for (const share of this.#shares.values()) if (share.held > largest.held) largest = share;
    if (largest === asking) throw new RegistryError('TOOMANYREQUESTS', { message: TOO_MANY_BODIES });
    const [victim] = [...largest.readings].toSorted((a, b) => b.held - a.held);
    if (!victim) throw new RegistryError('UNAVAILABLE');
    victim.fail(new RegistryError('TOOMANYREQUESTS', { message: TOO_MANY_BODIES }));
    this.#release(largest, victim.drop());
  }

  /** What was made of the body lives as long as its request. */
  #releaseLater({ response }: Request, share: Share, bytes: number): void {
    const release = (): void => {
      this.#release(share, bytes);
      this.#forget(share);
    };
    if (!response || response.closed || response.destroyed) release();
    else response.once('close', release);
  }

  #release(share: Share, bytes: number): void {
    this.#held -= bytes;
    share.held -= bytes;
  }

  #forget(share: Share): void {
    if (share.held === 0 && share.readings.size === 0 && this.#shares.get(share.network) === share)
      this.#shares.delete(share.network);
  }
}

const TOO_MANY_BODIES =
  'too many request bodies are on their way from your address at once; send fewer at a time';

/** Milliseconds between two looks at a body, at least. */
const SOONEST = 50;

/** Bytes of memory a body that does not say its length begins with: most fit into it. */
const FIRST = 4096;

/** One body as it comes. */
class Reading {
  readonly body: Promise<Buffer>;
  /** Bytes of memory it holds. */
  held = 0;
  #buffer = Buffer.alloc(0);
  readonly #declared: number;
  #size = 0;
  /** Milliseconds it may still be behind, and its size when that was reckoned. */
  #left: number;
  #reckoned = 0;
  #timer: NodeJS.Timeout | undefined;
  #settle: { resolve(body: Buffer): void; reject(error: Error): void };
  readonly #request: Request;
  readonly #bound: Bound;
  readonly #limits: BodyLimits;
  readonly #hold: (bytes: number) => void;

  constructor(request: Request, bound: Bound, limits: BodyLimits, hold: (bytes: number) => void) {
    this.#request = request;
    this.#bound = bound;
    this.#declared = Number(request.headers['content-length'] ?? 0);
    this.#limits = limits;
    this.#left = limits.grace;
    this.#hold = hold;
    const { promise, ...settle } = Promise.withResolvers<Buffer>();
    this.body = promise;
    this.#settle = settle;
    this.#begin();
  }

  fail(error: Error): void {
    this.#stop();
    this.#request.pause();
    this.#settle.reject(error);
  }

  /** Lets go of the memory; answers how much it was. */
  drop(): number {
    const { held } = this;
    this.held = 0;
    this.#buffer = Buffer.alloc(0);
    return held;
  }

  #begin(): void {
    const request = this.#request;
    if (request.errored || request.destroyed) {
      this.#broken();
      return;
    }
    if (request.waitsForContinue) {
      request.waitsForContinue = false;
      request.response?.writeContinue();
    }
    this.#arm(this.#left);
    request.on('data', this.#take).on('end', this.#end).on('error', this.#broken).on('close', this.#broken);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    const request = this.#request;
    request.off('data', this.#take).off('end', this.#end).off('close', this.#broken);
    // nothing handles an error that comes later: without a listener it would end the process
    request.off('error', this.#broken).on('error', () => undefined);
  }

  /**
   * Progress counts, not the last byte: a body that brings a byte now and then runs out of time as a silent one does, and
   * bytes that came quickly at first do not buy more than `grace` for later.
   */
  #arm(ms: number): void {
    const { grace, rate } = this.#limits;
    this.#timer = setTimeout(() => {
      const gained = ((this.#size - this.#reckoned) / rate) * 1000;
      this.#reckoned = this.#size;
      this.#left = Math.min(grace, this.#left - ms + gained);
      if (this.#left <= 0) this.fail(new RegistryError('REQUEST_TIMEOUT'));
      else this.#arm(Math.max(this.#left, SOONEST));
    }, ms);
  }

  readonly #take = (chunk: Buffer): void => {
    try {
      this.#append(chunk);
    } catch (error) {
      this.fail(error as Error);
    }
  };

  /** Copies: a chunk of one byte holds more memory than its byte. */
  #append(chunk: Buffer): void {
    const size = this.#size + chunk.length;
    if (size > this.#bound.bytes) throw new RegistryError(this.#bound.refusal);
    if (size > this.#buffer.length) this.#grow(this.#declared || this.#sizeAfter(size));
    chunk.copy(this.#buffer, this.#size);
    this.#size = size;
  }

  /** Of a body that does not say how long it is. */
  #sizeAfter(size: number): number {
    return Math.min(this.#bound.bytes, Math.max(FIRST, size, 2 * this.#buffer.length));
  }

  #grow(length: number): void {
    this.#hold(length - this.#buffer.length);
    this.held = length;
    const grown = Buffer.allocUnsafeSlow(length);
    this.#buffer.copy(grown, 0, 0, this.#size);
    this.#buffer = grown;
  }

  readonly #end = (): void => {
    this.#stop();
    // memory of its own: to hand a part of something larger to another thread copies the whole
    const isWhole = this.#size === this.#buffer.length;
    this.#settle.resolve(isWhole ? this.#buffer : Buffer.copyBytesFrom(this.#buffer, 0, this.#size));
  };

  readonly #broken = (): void => this.fail(new RegistryError('BODY_BROKEN'));
}

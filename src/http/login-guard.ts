import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import { type ErrorCode, RegistryError } from '../errors.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Request } from './request.ts';

/** Different wrong secrets one address may try for one claimed name in a window before it is told to wait. */
const FREE_GUESSES = 20;
const WINDOW = 60_000;

/**
 * Throttles the guesser, not the account: the secret is verified first, and one that verifies is never delayed or
 * refused; only wrong ones count, per client address and claimed name. A machine that goes on using one key that was
 * deleted does not guess: the same wrong secret counts once.
 */
export class LoginGuard {
  readonly #clock: Clock;
  readonly #metrics: Metrics;
  readonly #failures = new LRUCache<string, { guesses: Set<string>; until: number }>({
    maxSize: 50_000,
    sizeCalculation: () => 1,
  });

  constructor(clock: Clock, metrics: Metrics) {
    this.#clock = clock;
    this.#metrics = metrics;
  }

  /** Runs a verification. A refusal beyond the free ones becomes TOOMANYREQUESTS. */
  async attempt<Result>(
    request: Request,
    claimed: string,
    secret: string,
    verify: () => Promise<Result>,
  ): Promise<Result> {
    try {
      const result = await verify();
      this.#metrics.login(kindOf(claimed), 'valid');
      return result;
    } catch (error) {
      if (!(error instanceof RegistryError) || !GUESSED.has(error.code)) throw error;
      this.#metrics.login(kindOf(claimed), 'refused');
      this.#count(`${request.address}\0${claimed.slice(0, 100)}`, secret, error);
      throw error;
    }
  }

  #count(key: string, secret: string, cause: RegistryError): void {
    const now = this.#clock.now();
    const known = this.#failures.get(key);
    const failures = known && known.until > now ? known : { guesses: new Set<string>(), until: now + WINDOW };
    if (failures.guesses.size <= FREE_GUESSES) failures.guesses.add(hash('sha256', secret).slice(0, 16));
    this.#failures.set(key, failures);
    if (failures.guesses.size <= FREE_GUESSES) return;
    throw new RegistryError('TOOMANYREQUESTS', {
      message: 'too many wrong credentials from this address; wait a minute, or use a valid one',
      reason: cause.reason ?? cause.message,
    });
  }
}

/** How a wrong secret is refused; whatever else is refused was no guess. */
const GUESSED: ReadonlySet<ErrorCode> = new Set([
  'CREDENTIAL_INVALID',
  'REFRESH_TOKEN_INVALID',
  'PASSWORD_INVALID',
]);

const KINDS = new Set([
  'iamapikey',
  'iambearer',
  'iamrefresh',
  'apikey-grant',
  'refresh-grant',
  'passcode-grant',
  'assume-grant',
  'cr-token-grant',
]);

/** A metric label is never a text somebody else chose. */
const kindOf = (claimed: string): string => (KINDS.has(claimed) ? claimed : 'other');

import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import { randomText } from '../../ids.ts';
import type { MasterKey } from '../master-key.ts';
import { attemptsOfNetwork, busiestNetwork, expiredSignInAttempts, hasMoreAttempts } from './rows.ts';
import { parseAttempt, printAttempt, type SignInAttempt } from './sign-in-attempt.ts';
import { beginSignInAttempt, removeSignInAttempts, takeSignInAttempt } from './writes.ts';

const LIFETIME = 10 * 60_000;
/** Attempts under way: of one network, where an office may sign in at the same time, and of all. */
const MOST_OF_NETWORK = 200;
const MOST = 10_000;
const LONGEST_STATE = 200;

/** Attempts to sign in at providers. A row holds what the answer is recognised by, so that any replica takes it, once. */
export class SignInAttempts {
  readonly #database: Database;
  readonly #masterKey: MasterKey;
  readonly #clock: Clock;

  constructor(database: Database, masterKey: MasterKey, clock: Clock) {
    this.#database = database;
    this.#masterKey = masterKey;
    this.#clock = clock;
  }

  /** Keeps an attempt; answers what the browser has to bring back. Throws TOOMANYREQUESTS. */
  async begin(attempt: SignInAttempt, network: string): Promise<string> {
    const loser = await this.#makeRoom(network);
    const cookie = randomText(24);
    const stateHash = this.#masterKey.hashSecret('sign-in-state', attempt.state);
    const row = {
      state_hash: stateHash,
      network,
      cookie_hash: this.#masterKey.hashSecret('sign-in-cookie', cookie),
      sealed: this.#masterKey.seal(sealedAs(stateHash), Buffer.from(printAttempt(attempt))),
      expires_at: this.#clock.now() + LIFETIME,
    };
    await this.#database.write(beginSignInAttempt, {
      row,
      ...(loser === undefined ? {} : { inPlaceOf: loser }),
    });
    return cookie;
  }

  /**
   * The attempt that an answer belongs to, which is used up, also where something is wrong with it. Throws SIGN_IN_UNKNOWN where
   * there is none, or another browser began it.
   */
  async take(state: string, cookie: string | undefined): Promise<SignInAttempt> {
    if (state === '' || state.length > LONGEST_STATE) throw unknown('the answer has no state');
    const stateHash = this.#masterKey.hashSecret('sign-in-state', state);
    const row = await this.#database.write(takeSignInAttempt, { stateHash });
    if (!row || row.expires_at <= this.#clock.now()) throw unknown('no attempt has this state');
    const given = this.#masterKey.hashSecret('sign-in-cookie', cookie ?? '');
    if (!timingSafeEqual(Buffer.from(given), Buffer.from(row.cookie_hash)))
      throw unknown('another browser began the attempt');
    const attempt = parseAttempt(this.#masterKey.open(sealedAs(stateHash), row.sealed).toString());
    if (!attempt) throw unknown('the attempt is not understood');
    return attempt;
  }

  /** Removes attempts past their time, a bounded number at a time; answers how many. */
  async expire(limit: number): Promise<number> {
    const stateHashes = await expiredSignInAttempts(this.#database.db, this.#clock.now(), limit);
    if (stateHashes.length > 0) await this.#database.write(removeSignInAttempts, { stateHashes });
    return stateHashes.length;
  }

  /**
   * The network whose newest attempt makes room; undefined where there is room. Who fills all places from many networks
   * keeps no one else out: a network with fewer attempts than the busiest takes a place of it. Looked at outside the write: a
   * few too many do no harm, and sign-ins do not wait for each other.
   */
  async #makeRoom(network: string): Promise<string | undefined> {
    const { db } = this.#database;
    const own = await attemptsOfNetwork(db, network, MOST_OF_NETWORK);
    if (own >= MOST_OF_NETWORK) throw tooMany();
    if (!(await hasMoreAttempts(db, MOST - 1))) return undefined;
    const busiest = await busiestNetwork(db);
    if (busiest && busiest.attempts <= own) throw tooMany();
    return busiest?.network;
  }
}

const tooMany = (): RegistryError =>
  new RegistryError('TOOMANYREQUESTS', {
    message: 'Too many sign-ins have been begun and not finished. Wait ten minutes.',
  });

const sealedAs = (stateHash: string): string => `sign-in-attempt:${stateHash}`;

const unknown = (reason: string): RegistryError => new RegistryError('SIGN_IN_UNKNOWN', { reason });

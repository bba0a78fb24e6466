import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import { prefixedId } from '../../ids.ts';
import type { Actor } from '../../principal.ts';
import type { MasterKey } from '../master-key.ts';
import { membershipsOfUser } from '../users/rows.ts';
import { type User, userOfRow } from '../users/user.ts';
import type { Password } from './password.ts';
import { findPassword, loginsCalled, loginsOfAccount } from './rows.ts';
import { type TurnLimits, Turns } from './turns.ts';
import { setPassword } from './writes.ts';

/** OWASP's recommendation for argon2id with this much memory; kept in each hash, so that it can be raised. */
const COST = { memory: 47_104, passes: 1, parallelism: 1 } as const;
/** Each takes a core and 46 MiB; more than a short queue helps no one. */
const LIMITS: TurnLimits = { running: { total: 2, network: 1 }, waiting: { total: 128, network: 32 } };

export const SHORTEST_PASSWORD = 12;
const LONGEST_PASSWORD = 1024;

const run = promisify(argon2) as (algorithm: 'argon2id', parameters: Argon2Parameters) => Promise<Buffer>;

/** Logins of one name that a password is tried for. Each costs a hash. */
const MOST_TRIED = 5;

export interface VerifiedPassword {
  readonly user: User;
  readonly passwordId: string;
}

/** A password as it was sent, and the client network it came from: networks take turns at having theirs hashed. */
export interface GivenPassword {
  readonly password: string;
  readonly network: string;
}

/** Passwords of people: argon2id with a salt of their own and a pepper of the master key. */
export class Passwords {
  readonly #database: Database;
  readonly #masterKey: MasterKey;
  readonly #clock: Clock;
  readonly #turns = new Turns(LIMITS);
  /** What the password of an unknown user is compared with, so that the answer takes as long. */
  readonly #unknown = printHash(COST, randomBytes(16), randomBytes(32));

  constructor(database: Database, masterKey: MasterKey, clock: Clock) {
    this.#database = database;
    this.#masterKey = masterKey;
    this.#clock = clock;
  }

  /**
   * Whose password it is. Several people can have one name, each in accounts of their own: those in `account` are tried
   * first, then the oldest few. PASSWORD_INVALID says the same of a wrong one, an unknown user, and one without a password.
   */
  async verify(userName: string, given: GivenPassword, account?: string): Promise<VerifiedPassword> {
    const { db } = this.#database;
    const name = loginName(userName);
    const here = account === undefined ? [] : await loginsOfAccount(db, account, name);
    const others = await loginsCalled(db, name, MOST_TRIED);
    const logins = [...here, ...others.filter((each) => !here.some(({ iam_id: id }) => id === each.iam_id))];
    for (const row of logins.slice(0, MOST_TRIED))
      if (await this.#matches(row.hash, given)) return { user: userOfRow(row), passwordId: row.password_id };
    if (logins.length === 0) await this.#matches(this.#unknown, given);
    throw new RegistryError('PASSWORD_INVALID', {
      reason: logins.length > 0 ? 'the password is wrong' : 'there is no such user with a password',
    });
  }

  /** A password that was chosen, to be kept. Throws BAD_REQUEST for one that is too easy to guess. */
  async make(iamId: string, userName: string, given: GivenPassword): Promise<Password> {
    refuseWeak(given.password, userName);
    const salt = randomBytes(16);
    const tag = await this.#hash(COST, salt, given);
    const hash = printHash(COST, salt, tag);
    return { id: prefixedId('Password'), iamId, hash, createdAt: this.#clock.now() };
  }

  /**
   * Sets a user's own password; the one there is must be known. Every token that came by it is refused from then on.
   * DENIED for a first password of a user who is in other accounts: it would open all of them, and the API key the user
   * came with opens one.
   */
  async change(
    user: User,
    accountId: string,
    { before, after, network }: { before: string | undefined; after: string; network: string },
    actor: Actor,
  ): Promise<void> {
    const row = await findPassword(this.#database.db, user.iamId);
    if (row && !(await this.#matches(row.hash, { password: before ?? '', network })))
      throw new RegistryError('PASSWORD_INVALID', { message: 'The old password is not right.' });
    if (!row && (await this.#isElsewhere(user.iamId, accountId)))
      throw new RegistryError('DENIED', {
        message:
          'A password opens every account you are in, and you are in others than this one, which your login does not open. Leave them, set a password, and be invited again.',
      });
    await this.#database.write(setPassword, {
      password: await this.make(user.iamId, user.userName, { password: after, network }),
      before: row?.id,
      accountId,
      actor,
    });
  }

  async #isElsewhere(iamId: string, accountId: string): Promise<boolean> {
    const memberships = await membershipsOfUser(this.#database.db, iamId);
    return memberships.some(({ account_id, state }) => account_id !== accountId && state !== 'PENDING');
  }

  async has(iamId: string): Promise<boolean> {
    return (await findPassword(this.#database.db, iamId)) !== undefined;
  }

  async #matches(text: string, given: GivenPassword): Promise<boolean> {
    const { cost, salt, tag } = parseHash(text);
    if (given.password.length > LONGEST_PASSWORD) return false;
    const made = await this.#hash(cost, salt, given);
    return made.length === tag.length && timingSafeEqual(made, tag);
  }

  #hash(cost: Cost, salt: Buffer, { password, network }: GivenPassword): Promise<Buffer> {
    return this.#turns.run(network, () =>
      run('argon2id', {
        message: Buffer.from(password.normalize('NFKC')),
        nonce: salt,
        secret: this.#masterKey.passwordPepper,
        tagLength: 32,
        ...cost,
      }),
    );
  }
}

/** The form in which user names are kept and compared; an e-mail address is one. */
export const loginName = (text: string): string => text.trim().toLowerCase();

const refuseWeak = (password: string, userName: string): void => {
  const length = [...password].length;
  if (length < SHORTEST_PASSWORD || password.length > LONGEST_PASSWORD)
    throw new RegistryError('BAD_REQUEST', {
      message: `a password has ${SHORTEST_PASSWORD} to ${LONGEST_PASSWORD} characters`,
    });
  if (loginName(password) === userName || new Set(password).size < 4)
    throw new RegistryError('BAD_REQUEST', {
      message: 'this password is too easy to guess; choose another',
    });
};

interface Cost {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

const printHash = ({ memory, passes, parallelism }: Cost, salt: Buffer, tag: Buffer): string =>
  `argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${salt.toString('base64url')}$${tag.toString('base64url')}`;

const HASH = /^argon2id\$v=19\$m=(\d{1,8}),t=(\d{1,3}),p=(\d{1,2})\$([\w-]+)\$([\w-]+)$/;

const parseHash = (text: string): { cost: Cost; salt: Buffer; tag: Buffer } => {
  const [, memory, passes, parallelism, salt = '', tag = ''] = HASH.exec(text) ?? [];
  if (memory === undefined) throw new Error('a stored password has a form this program does not know');
  return {
    cost: { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
    salt: Buffer.from(salt, 'base64url'),
    tag: Buffer.from(tag, 'base64url'),
  };
};

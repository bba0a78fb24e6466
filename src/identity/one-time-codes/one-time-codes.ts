import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import { prefixedId, randomText } from '../../ids.ts';
import type { Actor } from '../../principal.ts';
import type { Credential } from '../login/credential.ts';
import { PASSCODE } from '../login/lifetimes.ts';
import type { MasterKey } from '../master-key.ts';
import { type OneTimeCode, oneTimeCodeOfRow, rowOfOneTimeCode } from './one-time-code.ts';
import { expiredOneTimeCodes, findOneTimeCode } from './rows.ts';
import { createPasscode, removeExpiredCodes, useOneTimeCode } from './writes.ts';

/** By it a code is recognised as a secret, so that logs and errors mask it. */
const PREFIX = 'tdc_';
/** A code that was made: its value, which is kept nowhere, and its row. */
export interface MadeCode {
  readonly code: string;
  readonly row: ReturnType<typeof rowOfOneTimeCode>;
  readonly expiresAt: number;
}

/** Codes that work once: an invitation to an account, a passcode for another login. Only their hash is kept. */
export class OneTimeCodes {
  readonly #database: Database;
  readonly #masterKey: MasterKey;
  readonly #clock: Clock;

  constructor(database: Database, masterKey: MasterKey, clock: Clock) {
    this.#database = database;
    this.#masterKey = masterKey;
    this.#clock = clock;
  }

  /**
   * A passcode for the user who is signed in, in place of an earlier one. A login with it depends on all that this login
   * depends on, its session included, so there must be a session.
   */
  async passcode(
    { principal, chain }: Credential,
    actor: Actor,
  ): Promise<{ code: string; expiresAt: number }> {
    if (principal.kind !== 'user' || !chain.some(({ kind }) => kind === 'session'))
      throw new RegistryError('DENIED', {
        message:
          'Only a user logged in with a session (client bx, as the command line does) makes a passcode.',
      });
    const { accountId, iamId } = principal;
    const of = { accountId, iamId, chain, createdBy: iamId };
    const { code, row, expiresAt } = this.make(12, PASSCODE, { purpose: 'passcode', ...of });
    await this.#database.write(createPasscode, { row, actor });
    return { code, expiresAt };
  }

  /** Uses a passcode up. Throws CREDENTIAL_INVALID for any other text. */
  async usePasscode(code: string): Promise<Credential> {
    const row = await this.#database.write(useOneTimeCode, { hash: this.hash(code), purpose: 'passcode' });
    const used = row && oneTimeCodeOfRow(row);
    if (!used || used.chain.length === 0 || used.expiresAt <= this.#clock.now())
      throw new RegistryError('CREDENTIAL_INVALID', {
        reason: 'no passcode has this value, or it has expired',
      });
    return {
      kind: 'passcode',
      principal: { kind: 'user', iamId: used.iamId, accountId: used.accountId },
      chain: used.chain,
      expiresAt: undefined,
    };
  }

  /** A code of so many random characters that works so many milliseconds; a write keeps its row. */
  make(
    characters: number,
    lifetime: number,
    of: Omit<OneTimeCode, 'id' | 'createdAt' | 'expiresAt'>,
  ): MadeCode {
    const code = PREFIX + randomText(characters);
    const now = this.#clock.now();
    const made = { ...of, id: prefixedId('Code'), createdAt: now, expiresAt: now + lifetime };
    return { code, row: rowOfOneTimeCode(made, this.hash(code)), expiresAt: made.expiresAt };
  }

  /** A code that has not expired; undefined for any other text. */
  async find(code: string, purpose: OneTimeCode['purpose']): Promise<OneTimeCode | undefined> {
    const row = await findOneTimeCode(this.#database.db, this.hash(code));
    const isLive = row?.purpose === purpose && row.expires_at > this.#clock.now();
    return isLive ? oneTimeCodeOfRow(row) : undefined;
  }

  hash(code: string): string {
    return this.#masterKey.hashSecret('one-time-code', code);
  }

  /** Removes codes past their time, a bounded number at a time; answers how many. */
  async expire(limit: number): Promise<number> {
    const ids = await expiredOneTimeCodes(this.#database.db, this.#clock.now(), limit);
    if (ids.length > 0) await this.#database.write(removeExpiredCodes, { ids });
    return ids.length;
  }
}

import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { OneTimeCodeRow } from '../../database/iam-schema.ts';
import { RegistryError } from '../../errors.ts';
import { prefixedId, randomText } from '../../ids.ts';
import type { Actor } from '../../principal.ts';
import { type Credential, parseChain, printChain } from '../login/credential.ts';
import { INVITATION, PASSCODE } from '../login/lifetimes.ts';
import type { MasterKey } from '../master-key.ts';
import { expiredOneTimeCodes, findOneTimeCode } from './rows.ts';
import { createPasscode, removeExpiredCodes, useOneTimeCode } from './writes.ts';

/** Lets a code be known for a secret wherever somebody puts it: it is masked in logs and errors. */
const PREFIX = 'tdc_';

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
   * A passcode for whoever is signed in, in place of an earlier one. What signs in with it depends on all its maker's
   * login depends on, the session included, so it needs one.
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
    const code = PREFIX + randomText(12);
    const row: OneTimeCodeRow = {
      ...this.#row(code, 'passcode', PASSCODE),
      account_id: principal.accountId,
      iam_id: principal.iamId,
      chain: JSON.stringify(printChain(chain)),
      created_by: principal.iamId,
    };
    await this.#database.write(createPasscode, { row, actor });
    return { code, expiresAt: row.expires_at };
  }

  /** Uses a passcode up. CREDENTIAL_INVALID for anything that is none. */
  async usePasscode(code: string): Promise<Credential> {
    const row = await this.#database.write(useOneTimeCode, { hash: this.hash(code), purpose: 'passcode' });
    const chain = row && parseChain(JSON.parse(row.chain));
    if (!row || !chain || row.expires_at <= this.#clock.now())
      throw new RegistryError('CREDENTIAL_INVALID', {
        reason: 'no passcode has this value, or it has expired',
      });
    return {
      kind: 'passcode',
      principal: { kind: 'user', iamId: row.iam_id, accountId: row.account_id },
      chain,
      expiresAt: undefined,
    };
  }

  /** An invitation to be kept, and its code. The iam_id is filled in by who keeps it. */
  invitation(accountId: string, by: string): { code: string; row: OneTimeCodeRow } {
    const code = PREFIX + randomText(24);
    const row = this.#row(code, 'invitation', INVITATION);
    return { code, row: { ...row, account_id: accountId, iam_id: '', chain: '[]', created_by: by } };
  }

  /** A live invitation. CREDENTIAL_INVALID for anything that is none. */
  async findInvitation(code: string): Promise<OneTimeCodeRow> {
    const row = await findOneTimeCode(this.#database.db, this.hash(code));
    if (row?.purpose !== 'invitation' || row.expires_at <= this.#clock.now())
      throw new RegistryError('CREDENTIAL_INVALID', {
        message: 'There is no such invitation: it was accepted, withdrawn or replaced, or has expired.',
      });
    return row;
  }

  hash(code: string): string {
    return this.#masterKey.hashSecret('one-time-code', code);
  }

  /** Takes codes past their time out of the database, a bounded number at a time; answers how many. */
  async expire(limit: number): Promise<number> {
    const ids = await expiredOneTimeCodes(this.#database.db, this.#clock.now(), limit);
    if (ids.length > 0) await this.#database.write(removeExpiredCodes, { ids });
    return ids.length;
  }

  #row(code: string, purpose: OneTimeCodeRow['purpose'], lifetime: number) {
    const now = this.#clock.now();
    return {
      id: prefixedId('Code'),
      code_hash: this.hash(code),
      purpose,
      created_at: now,
      expires_at: now + lifetime,
    };
  }
}

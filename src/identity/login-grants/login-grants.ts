import { hash } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import { prefixedId, randomText } from '../../ids.ts';
import type { Actor } from '../../principal.ts';
import { chainOfLetIn, type LetIn, type LettingIn } from '../login/let-in.ts';
import { LOGIN_GRANT } from '../login/lifetimes.ts';
import type { MasterKey } from '../master-key.ts';
import type { LoginProof, LoginRequest } from './login-grant.ts';
import { endedLoginGrants, findLoginGrant } from './rows.ts';
import { createLoginGrant, removeEndedLoginGrants, useLoginGrant } from './writes.ts';

/** Authorization codes: a person in a browser lets the command line of the same machine in. */
export class LoginGrants {
  readonly #database: Database;
  readonly #masterKey: MasterKey;
  readonly #clock: Clock;

  constructor(database: Database, masterKey: MasterKey, clock: Clock) {
    this.#database = database;
    this.#masterKey = masterKey;
    this.#clock = clock;
  }

  /** The code for a command line that a person let in, shown this once. */
  async allow(request: LoginRequest, by: LettingIn, actor: Actor): Promise<string> {
    // masked where it gets into a log
    const code = `tdc_${randomText(32)}`;
    const { accountId, iamId, chain } = chainOfLetIn(by);
    const now = this.#clock.now();
    const row = {
      id: prefixedId('Grant'),
      code_hash: this.#hash(code),
      client_id: request.clientId,
      redirect_uri: request.redirectUri,
      code_challenge: request.codeChallenge,
      machine: request.machine ?? null,
      account_id: accountId,
      iam_id: iamId,
      chain,
      created_at: now,
      expires_at: now + LOGIN_GRANT,
    };
    await this.#database.write(createLoginGrant, { row, actor });
    return code;
  }

  /** Uses a code up. Throws GRANT_INVALID where it is none, or client, address or verifier are not those it was made for. */
  async use({ code, clientId, redirectUri, codeVerifier }: LoginProof): Promise<LetIn> {
    const codeHash = this.#hash(code);
    // a code that is not known costs no write
    const known = await findLoginGrant(this.#database.db, codeHash);
    const row = known && (await this.#database.write(useLoginGrant, { codeHash }));
    const isFor =
      row?.client_id === clientId &&
      row?.redirect_uri === redirectUri &&
      row?.code_challenge === hash('sha256', codeVerifier, 'base64url');
    if (!row || !isFor || row.expires_at <= this.#clock.now()) throw new RegistryError('GRANT_INVALID');
    const { account_id: accountId, iam_id: iamId, chain, machine } = row;
    return { kind: 'authorization-code', accountId, iamId, chain, machine: machine ?? undefined };
  }

  /** Removes codes past their time, `limit` at most; answers how many. */
  async expire(limit: number): Promise<number> {
    const ids = await endedLoginGrants(this.#database.db, this.#clock.now(), limit);
    if (ids.length > 0) await this.#database.write(removeEndedLoginGrants, { ids });
    return ids.length;
  }

  #hash(code: string): string {
    return this.#masterKey.hashSecret('login-code', code);
  }
}

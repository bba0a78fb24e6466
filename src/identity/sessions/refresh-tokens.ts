import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { prefixedId, randomText } from '../../ids.ts';
import type { Identity } from '../../principal.ts';
import type { KeyHolderKind } from '../api-keys/api-key.ts';
import { LIMITS } from '../limits.ts';
import { type ChainLink, type Credential, printChain } from '../login/credential.ts';
import type { MasterKey } from '../master-key.ts';
import type { AccountSettings } from '../settings/account-settings.ts';
import { type RefreshToken, refreshTokenOfRow, rowOfRefreshToken } from './refresh-token.ts';
import { findRefreshToken, refreshTokensBehind, sessionsBehind } from './rows.ts';
import { rowOfSession } from './session.ts';
import { ENDED_AT_ONCE, openSession, removeSessions, switchAccount } from './writes.ts';

/** The client whose sessions people have in browsers: its refresh token is their cookie, and good for nothing else. */
export const CONSOLE_CLIENT = 'console';

export interface RefreshRequest {
  readonly identity: Identity & { readonly kind: KeyHolderKind };
  readonly clientId: string;
  /** What the login came from: an API key, a password. */
  readonly chain: readonly ChainLink[];
  /** What the client calls its machine. */
  readonly machine?: string | undefined;
}

export interface NewSession {
  readonly refreshToken: string;
  /** Undefined for service IDs, which have no sessions. */
  readonly sessionId: string | undefined;
  readonly chain: readonly ChainLink[];
}

export interface RefreshCredential extends Credential {
  readonly clientId: string;
  readonly sessionId: string | undefined;
}

/** Refresh tokens: opaque, kept as a hash, not rotated on use, alive as long as what they came from. */
export class RefreshTokens {
  readonly #database: Database;
  readonly #masterKey: MasterKey;
  readonly #clock: Clock;
  readonly #settings: AccountSettings;

  constructor(database: Database, masterKey: MasterKey, clock: Clock, settings: AccountSettings) {
    this.#database = database;
    this.#masterKey = masterKey;
    this.#clock = clock;
    this.#settings = settings;
  }

  /** Gives a client a refresh token, shown this once; for a user it opens a session with it. */
  async issue({ identity, clientId, chain, machine }: RefreshRequest): Promise<NewSession> {
    const { kind: identityKind, accountId, iamId } = identity;
    const limits = await this.#settings.of(accountId);
    await this.#makeRoom(identity, limits.maxSessions);
    const now = this.#clock.now();
    const sessionId = identityKind === 'user' ? prefixedId('C') : undefined;
    const session = sessionId && {
      id: sessionId,
      accountId,
      iamId,
      clientId,
      createdAt: now,
      expiresAt: now + limits.session,
      lastActiveAt: now,
      machine,
    };
    const { value, row } = this.#made({
      accountId,
      iamId,
      identityKind,
      clientId,
      sessionId,
      chain,
      expiresAt: now + limits.refreshToken,
    });
    await this.#database.write(openSession, {
      atMost: limits.maxSessions,
      session: session ? rowOfSession(session, chain) : undefined,
      token: row,
    });
    return { refreshToken: value, sessionId, chain: withSession(chain, sessionId) };
  }

  /**
   * Another refresh token of the same session, for another account of the same user. It ends when the first would, and
   * with the session. However often the session switches there, it is one: its value is made of what it stands for.
   */
  async switchAccount(credential: RefreshCredential, accountId: string): Promise<string> {
    const { principal, chain: whole, clientId, sessionId, expiresAt } = credential;
    if (principal.kind !== 'user' || expiresAt === undefined || sessionId === undefined)
      throw new Error('only users switch accounts');
    // its own session is named beside; one the login itself came from (a passcode's) stays in the chain
    const chain = whole.filter(({ id }) => id !== sessionId);
    const token = {
      ...{ accountId, iamId: principal.iamId, identityKind: principal.kind },
      ...{ clientId, sessionId, chain, expiresAt },
    };
    const of = JSON.stringify([sessionId, accountId, printChain(chain), expiresAt]);
    const { value, row } = this.#made(token, this.#masterKey.hashSecret('switched-refresh-token', of));
    await this.#database.write(switchAccount, { token: row });
    return value;
  }

  /** The credential of a refresh token, if it is one. Expiry and the life of its chain are asked by the caller. */
  async verify(value: string): Promise<RefreshCredential | undefined> {
    const row = await findRefreshToken(this.#database.db, this.#hash(value));
    const token = row && refreshTokenOfRow(row);
    if (!token) return undefined;
    const { identityKind: kind, iamId, accountId, chain, sessionId, expiresAt, clientId } = token;
    return {
      kind: 'refresh-token',
      principal: { kind, iamId, accountId },
      chain: withSession(chain, sessionId),
      expiresAt,
      clientId,
      sessionId,
    };
  }

  /**
   * Ends the oldest of what an identity has, until there is room for one more session and refresh token. Logins that come at
   * the same time may leave a few more; where the account has settled a number of sessions, `openSession` sees to that.
   */
  async #makeRoom(
    { accountId, iamId }: Identity,
    atMost: number = LIMITS.sessionsPerIdentity,
  ): Promise<void> {
    const { db } = this.#database;
    const all = { accountId, iamId, limit: ENDED_AT_ONCE };
    for (;;) {
      const [sessionIds, refreshTokenIds] = await Promise.all([
        sessionsBehind(db, { ...all, keep: atMost - 1 }),
        refreshTokensBehind(db, { ...all, keep: LIMITS.sessionsPerIdentity - 1 }),
      ]);
      const found = Math.max(sessionIds.length, refreshTokenIds.length);
      if (found > 0) await this.#database.write(removeSessions, { sessionIds, refreshTokenIds });
      if (found < ENDED_AT_ONCE) return;
    }
  }

  #made(token: Omit<RefreshToken, 'id' | 'createdAt'>, secret = randomText(48)) {
    const value = `tdr_${secret}`;
    const made = { ...token, id: prefixedId('RefreshToken'), createdAt: this.#clock.now() };
    return { value, row: rowOfRefreshToken(made, this.#hash(value)) };
  }

  #hash(value: string): string {
    return this.#masterKey.hashSecret('refresh-token', value);
  }
}

const withSession = (chain: readonly ChainLink[], sessionId: string | undefined): ChainLink[] => [
  ...chain,
  ...(sessionId === undefined ? [] : [{ kind: 'session' as const, id: sessionId }]),
];

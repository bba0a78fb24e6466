import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { KeyHolderKind, RefreshTokenRow } from '../../database/schema.ts';
import { prefixedId, randomText } from '../../ids.ts';
import type { Identity } from '../../principal.ts';
import { type ChainLink, type Credential, parseChain, printChain } from '../login/credential.ts';
import type { MasterKey } from '../master-key.ts';
import type { AccountSettings } from '../settings/account-settings.ts';
import { findRefreshToken } from './rows.ts';
import { openSession } from './writes.ts';

export interface RefreshRequest {
  readonly identity: Identity & { readonly kind: KeyHolderKind };
  readonly clientId: string;
  /** What the login came from: an API key, a password. */
  readonly chain: readonly ChainLink[];
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

/** Refresh tokens: opaque, kept as a hash, not rotated on use, alive as long as what they came from (facts 3.1). */
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
  async issue({ identity, clientId, chain }: RefreshRequest): Promise<NewSession> {
    const refreshToken = `tdr_${randomText(48)}`;
    const sessionId = identity.kind === 'user' ? prefixedId('C') : undefined;
    const now = this.#clock.now();
    const limits = await this.#settings.of(identity.accountId);
    const of = {
      account_id: identity.accountId,
      iam_id: identity.iamId,
      client_id: clientId,
      api_key_id: chain.find(({ kind }) => kind === 'api-key')?.id ?? null,
      chain: JSON.stringify(printChain(chain)),
      created_at: now,
    };
    await this.#database.write(openSession, {
      atMost: limits.maxSessions,
      session:
        sessionId === undefined
          ? undefined
          : { id: sessionId, ...of, expires_at: now + limits.session, last_active_at: now },
      token: {
        id: prefixedId('RefreshToken'),
        ...of,
        identity_kind: identity.kind,
        token_hash: this.#masterKey.hashSecret('refresh-token', refreshToken),
        session_id: sessionId ?? null,
        expires_at: now + limits.refreshToken,
      },
    });
    return { refreshToken, sessionId, chain: withSession(chain, sessionId) };
  }

  /**
   * Another refresh token of the same session, for another account of the same user. It ends when the first would, and
   * with the session.
   */
  async switchAccount(credential: RefreshCredential, accountId: string): Promise<string> {
    const { principal, chain, clientId, sessionId, expiresAt } = credential;
    if (principal.kind !== 'user' || expiresAt === undefined) throw new Error('only users switch accounts');
    const refreshToken = `tdr_${randomText(48)}`;
    const token: RefreshTokenRow = {
      id: prefixedId('RefreshToken'),
      token_hash: this.#masterKey.hashSecret('refresh-token', refreshToken),
      account_id: accountId,
      iam_id: principal.iamId,
      identity_kind: principal.kind,
      client_id: clientId,
      session_id: sessionId ?? null,
      api_key_id: null,
      // its own session is named beside; one the login itself came from (a passcode's) stays in the chain
      chain: JSON.stringify(printChain(chain.filter(({ id }) => id !== sessionId))),
      created_at: this.#clock.now(),
      expires_at: expiresAt,
    };
    await this.#database.write(openSession, { session: undefined, token });
    return refreshToken;
  }

  /** The credential of a refresh token, if it is one. Expiry and the life of its chain are asked by the caller. */
  async verify(token: string): Promise<RefreshCredential | undefined> {
    const row = await findRefreshToken(this.#database.db, this.#masterKey.hashSecret('refresh-token', token));
    const chain = row && chainOf(row);
    if (!row || !chain) return undefined;
    const sessionId = row.session_id ?? undefined;
    return {
      kind: 'refresh-token',
      principal: { kind: row.identity_kind, iamId: row.iam_id, accountId: row.account_id },
      chain: withSession(chain, sessionId),
      expiresAt: row.expires_at,
      clientId: row.client_id,
      sessionId,
    };
  }
}

const withSession = (chain: readonly ChainLink[], sessionId: string | undefined): ChainLink[] => [
  ...chain,
  ...(sessionId === undefined ? [] : [{ kind: 'session' as const, id: sessionId }]),
];

/** Rows of an earlier version name their API key alone. */
const chainOf = ({ chain, api_key_id: id }: RefreshTokenRow): ChainLink[] | undefined => {
  if (chain !== null) return parseChain(JSON.parse(chain));
  return id === null ? undefined : [{ kind: 'api-key', id }];
};

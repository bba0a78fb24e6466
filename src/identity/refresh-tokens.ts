import type { Clock } from '../clock.ts';
import { prefixedId, randomText } from '../ids.ts';
import type { Metadata } from '../metadata/database.ts';
import { findRefreshToken } from '../metadata/sessions.ts';
import type { ChainLink, Credential } from './credential.ts';
import { REFRESH_TOKEN, SESSION } from './lifetimes.ts';
import type { MasterKey } from './master-key.ts';
import { openSession } from './writes.ts';

export interface RefreshRequest {
  readonly iamId: string;
  readonly accountId: string;
  readonly clientId: string;
  readonly apiKeyId: string;
}

export interface NewSession {
  readonly refreshToken: string;
  readonly sessionId: string;
  readonly chain: readonly ChainLink[];
}

export interface RefreshCredential extends Credential {
  readonly clientId: string;
  readonly sessionId: string | undefined;
}

/** Refresh tokens: opaque, kept as a hash, not rotated on use, alive as long as their session and key (facts 3.1). */
export class RefreshTokens {
  readonly #metadata: Metadata;
  readonly #masterKey: MasterKey;
  readonly #clock: Clock;

  constructor(metadata: Metadata, masterKey: MasterKey, clock: Clock) {
    this.#metadata = metadata;
    this.#masterKey = masterKey;
    this.#clock = clock;
  }

  /** Opens a session for a user's client and gives its refresh token, shown this once. */
  async issue(request: RefreshRequest): Promise<NewSession> {
    const refreshToken = `tdr_${randomText(48)}`;
    const sessionId = prefixedId('C');
    const now = this.#clock.now();
    const of = {
      account_id: request.accountId,
      iam_id: request.iamId,
      client_id: request.clientId,
      api_key_id: request.apiKeyId,
    };
    await this.#metadata.write(openSession, {
      session: { id: sessionId, ...of, created_at: now, expires_at: now + SESSION, last_active_at: now },
      token: {
        id: prefixedId('RefreshToken'),
        ...of,
        token_hash: this.#masterKey.hashSecret('refresh-token', refreshToken),
        session_id: sessionId,
        created_at: now,
        expires_at: now + REFRESH_TOKEN,
      },
    });
    return { refreshToken, sessionId, chain: chainOf(request.apiKeyId, sessionId) };
  }

  /** The credential of a refresh token, if it is one. Expiry and the life of its chain are asked by the caller. */
  async verify(token: string): Promise<RefreshCredential | undefined> {
    const row = await findRefreshToken(this.#metadata.db, this.#masterKey.hashSecret('refresh-token', token));
    if (!row) return undefined;
    return {
      kind: 'refresh-token',
      principal: { kind: 'user', iamId: row.iam_id, accountId: row.account_id },
      chain: chainOf(row.api_key_id, row.session_id),
      expiresAt: row.expires_at,
      clientId: row.client_id,
      sessionId: row.session_id ?? undefined,
    };
  }
}

const chainOf = (apiKeyId: string | null, sessionId: string | null): ChainLink[] => [
  ...(apiKeyId === null ? [] : [{ kind: 'api-key' as const, id: apiKeyId }]),
  ...(sessionId === null ? [] : [{ kind: 'session' as const, id: sessionId }]),
];

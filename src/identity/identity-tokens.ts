import { RegistryError } from '../errors.ts';
import { findUser } from '../metadata/accounts.ts';
import type { Metadata } from '../metadata/database.ts';
import type { AccessTokens } from './access-tokens.ts';
import type { ChainLink, Credential } from './credential.ts';
import type { Credentials } from './credentials.ts';
import type { RefreshTokens } from './refresh-tokens.ts';

/** The clients that get a refresh token; a request without client credentials gets none (facts 3.1). */
const CLIENTS = new Set(['bx']);

/** IBM's answer of POST /identity/token. */
export interface IdentityTokenAnswer {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly token_type: 'Bearer';
  readonly expires_in: number;
  readonly expiration: number;
  readonly scope: 'ibm openid';
  readonly session_id?: string;
}

export interface IdentityTokenParts {
  readonly metadata: Metadata;
  readonly credentials: Credentials;
  readonly accessTokens: AccessTokens;
  readonly refreshTokens: RefreshTokens;
}

/** Exchanges API keys and refresh tokens for access tokens. Every token stays tied to the chain it came from. */
export class IdentityTokens {
  readonly #parts: IdentityTokenParts;

  constructor(parts: IdentityTokenParts) {
    this.#parts = parts;
  }

  /** Grant apikey. `clientId` is undefined where no client named itself. */
  async fromApiKey(
    secret: string,
    clientId: string | undefined,
  ): Promise<{ answer: IdentityTokenAnswer; credential: Credential }> {
    const credential = await this.#parts.credentials.apiKey(secret);
    const keyId = credential.chain[0]?.id;
    if (credential.principal.kind !== 'user' || keyId === undefined)
      throw new Error('an API key without a chain');
    const session =
      clientId !== undefined && CLIENTS.has(clientId)
        ? await this.#parts.refreshTokens.issue({ ...credential.principal, clientId, apiKeyId: keyId })
        : undefined;
    const answer = await this.#answer(credential, {
      grantType: 'urn:ibm:params:oauth:grant-type:apikey',
      clientId: clientId ?? 'default',
      refreshToken: session?.refreshToken ?? 'not_supported',
      sessionId: session?.sessionId,
      chain: session?.chain ?? credential.chain,
    });
    return { answer, credential };
  }

  /** Grant refresh_token: the same refresh token comes back, it is not rotated. */
  async fromRefreshToken(
    token: string,
    clientId: string | undefined,
  ): Promise<{ answer: IdentityTokenAnswer; credential: Credential }> {
    const credential = await this.#parts.credentials.refreshToken(token);
    if (credential.clientId !== clientId) {
      throw new RegistryError('CREDENTIAL_INVALID', {
        message: 'The refresh token was issued to another client.',
        reason: 'client id does not match',
      });
    }
    const answer = await this.#answer(credential, {
      grantType: 'refresh_token',
      clientId: credential.clientId,
      refreshToken: token,
      sessionId: credential.sessionId,
      chain: credential.chain,
    });
    return { answer, credential };
  }

  async #answer(
    { principal, expiresAt }: Credential,
    given: {
      grantType: string;
      clientId: string;
      refreshToken: string;
      sessionId: string | undefined;
      chain: readonly ChainLink[];
    },
  ): Promise<IdentityTokenAnswer> {
    if (principal.kind !== 'user') throw new Error('access tokens are for users');
    const user = await findUser(this.#parts.metadata.db, principal.iamId);
    if (!user) throw new RegistryError('CREDENTIAL_INVALID', { reason: 'the user does not exist' });
    const { refreshToken, ...rest } = given;
    const { token, expiration, expiresIn } = await this.#parts.accessTokens.mint({
      user,
      accountId: principal.accountId,
      notAfter: expiresAt,
      ...rest,
    });
    return {
      access_token: token,
      refresh_token: refreshToken,
      token_type: 'Bearer',
      expires_in: expiresIn,
      expiration,
      scope: 'ibm openid',
      ...(given.sessionId === undefined ? {} : { session_id: given.sessionId }),
    };
  }
}

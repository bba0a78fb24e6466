import { RegistryError } from '../errors.ts';
import type { Metadata } from '../metadata/database.ts';
import type { KeyHolderKind } from '../metadata/schema.ts';
import { type Identity, isIdentity, type Principal } from '../principal.ts';
import type { AccessTokens } from './access-tokens.ts';
import type { ChainLink, Credential } from './credential.ts';
import type { Credentials } from './credentials.ts';
import type { RefreshTokens } from './refresh-tokens.ts';
import { tokenSubject } from './token-subject.ts';

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
    const answer = await this.#signIn(credential, 'urn:ibm:params:oauth:grant-type:apikey', clientId);
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

  /** A first login: a named client gets a refresh token with it, and a user's a session. */
  async #signIn(
    credential: Credential,
    grantType: string,
    clientId: string | undefined,
  ): Promise<IdentityTokenAnswer> {
    const { principal, chain } = credential;
    const session =
      clientId !== undefined && CLIENTS.has(clientId) && isKeyHolder(principal)
        ? await this.#parts.refreshTokens.issue({ identity: principal, clientId, chain })
        : undefined;
    return this.#answer(credential, {
      grantType,
      clientId: clientId ?? 'default',
      refreshToken: session?.refreshToken ?? 'not_supported',
      sessionId: session?.sessionId,
      chain: session?.chain ?? chain,
    });
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
    if (!isIdentity(principal)) throw new Error('access tokens are for identities');
    const subject = await tokenSubject(this.#parts.metadata, principal);
    const { refreshToken, ...rest } = given;
    const { token, expiration, expiresIn } = await this.#parts.accessTokens.mint({
      subject,
      authenticated: subject,
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

const isKeyHolder = (principal: Principal): principal is Identity & { kind: KeyHolderKind } =>
  principal.kind === 'user' || principal.kind === 'service-id';

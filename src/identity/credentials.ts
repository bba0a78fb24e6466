import type { Clock } from '../clock.ts';
import { ERRORS, RegistryError } from '../errors.ts';
import { findApiKeyByHash } from '../metadata/api-keys.ts';
import type { Metadata } from '../metadata/database.ts';
import { LiveCache } from '../metadata/live-cache.ts';
import type { ApiKeyRow } from '../metadata/schema.ts';
import type { AccessTokens } from './access-tokens.ts';
import type { Activity } from './activity.ts';
import type { Credential } from './credential.ts';
import { expiryFault, type Liveness } from './liveness.ts';
import type { MasterKey } from './master-key.ts';
import type { RefreshCredential, RefreshTokens } from './refresh-tokens.ts';
import type { RegistryTokens } from './registry-tokens.ts';

/** Enough for the longest real secret; anything longer is no secret of ours and is not even hashed. */
const LONGEST_SECRET = 8192;

/** The secret kinds docker login may name by its user name (blueprint section 7). */
const LOGIN_NAMES = ['iamapikey', 'iambearer', 'iamrefresh', 'token'] as const;

export interface Parts {
  readonly metadata: Metadata;
  readonly masterKey: MasterKey;
  readonly clock: Clock;
  readonly liveness: Liveness;
  readonly activity: Activity;
  readonly accessTokens: AccessTokens;
  readonly refreshTokens: RefreshTokens;
  readonly registryTokens: RegistryTokens;
}

/** Verifies secrets. Each method answers a live credential or throws CREDENTIAL_INVALID with the reason for the log. */
export class Credentials {
  readonly #parts: Parts;
  /** Key ids by the hash of their secret. Only which key it is; whether it is alive is asked each time. */
  readonly #keyIds: LiveCache<{ id: string }>;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#keyIds = new LiveCache(parts.metadata, [], 50_000);
  }

  /** A docker login: the user name says what kind of secret the password is, and no other kind is accepted. */
  async login(userName: string, secret: string, regionId: string): Promise<Credential> {
    const name = LOGIN_NAMES.find((each) => each === userName);
    if (!name)
      throw new RegistryError('LOGIN_UNSUPPORTED', {
        reason: 'the user name is not iamapikey, iambearer, iamrefresh or token',
      });
    if (name === 'iamapikey') return this.apiKey(secret);
    if (name === 'iambearer') return this.accessToken(secret);
    if (name === 'token') return this.registryToken(secret, regionId);
    return this.refreshToken(secret);
  }

  async apiKey(secret: string): Promise<Credential> {
    const key = isPlausible(secret) ? await this.#findKey(secret) : undefined;
    if (!key) throw invalid('no API key has this value');
    return this.#alive({
      kind: 'api-key',
      principal: { kind: key.identity_kind, iamId: key.iam_id, accountId: key.account_id },
      chain: [{ kind: 'api-key', id: key.id }],
      expiresAt: key.expires_at ?? undefined,
    });
  }

  async accessToken(token: string): Promise<Credential> {
    const credential = isPlausible(token) ? await this.#parts.accessTokens.verify(token) : undefined;
    if (!credential) throw invalid('this is no access token of this registry');
    return this.#alive(credential);
  }

  async refreshToken(token: string): Promise<RefreshCredential> {
    const credential = isPlausible(token) ? await this.#parts.refreshTokens.verify(token) : undefined;
    if (!credential) throw invalid('no refresh token has this value');
    return this.#alive(credential);
  }

  /** A registry token, in its own region only. */
  async registryToken(value: string, regionId: string): Promise<Credential> {
    const credential = isPlausible(value)
      ? await this.#parts.registryTokens.verify(value)
      : 'this is no registry token';
    if (typeof credential === 'string') throw invalid(credential);
    if (credential.regionId !== regionId) throw invalid('the registry token belongs to another region');
    return this.#alive(credential);
  }

  async #findKey(secret: string): Promise<ApiKeyRow | undefined> {
    const hash = this.#parts.masterKey.hashSecret('api-key', secret);
    const known = await this.#keyIds.get(hash, () => findApiKeyByHash(this.#parts.metadata.db, hash));
    return known && this.#parts.liveness.key(known.id);
  }

  async #alive<Kind extends Credential>(credential: Kind): Promise<Kind> {
    const { liveness, clock, activity } = this.#parts;
    const fault =
      expiryFault('the token', credential.expiresAt, clock.now()) ??
      (await liveness.fault(credential.principal, credential.chain));
    // the secret itself is right, so who holds it may know what is wrong with it (P9)
    if (fault)
      throw new RegistryError('CREDENTIAL_INVALID', {
        message: `${ERRORS.CREDENTIAL_INVALID.message} (${fault})`,
        reason: fault,
      });
    activity.signedIn(credential.chain);
    return credential;
  }
}

const isPlausible = (secret: string): boolean => secret.length > 0 && secret.length <= LONGEST_SECRET;

const invalid = (reason: string): RegistryError => new RegistryError('CREDENTIAL_INVALID', { reason });

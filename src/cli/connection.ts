import { claimsOf } from '../client/access-token.ts';
import { Client, type Tokens } from '../client/client.ts';
import { RegistryClient } from '../client/cr.ts';
import { IamClient } from '../client/iam.ts';
import { grantByApiKey, grantByRefreshToken } from '../client/tokens.ts';
import type { Clock } from '../clock.ts';
import type { Region } from '../wire/regions.ts';
import { type AccessTokenClaims, type IdentityToken, REFRESH_NOT_SUPPORTED } from '../wire/tokens.ts';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';
import type { Session, SessionFile } from './session.ts';
import { USER_AGENT } from './version.ts';

/** A token this close to its end is renewed before it is used, as IBM's SDKs do. */
const MARGIN_SECONDS = 10;

/** A grant without a new refresh token leaves the old one in force. */
const sessionOf = (
  { access_token, refresh_token }: IdentityToken,
  refreshToken = refresh_token,
): Session => ({
  accessToken: access_token,
  refreshToken: refresh_token === REFRESH_NOT_SUPPORTED ? refreshToken : refresh_token,
});

/** The tokens of the session file, renewed there. */
export class StoredTokens implements Tokens {
  readonly #anonymous: Client;
  readonly #file: SessionFile;
  readonly #clock: Clock;
  #session: Session;

  constructor(anonymous: Client, file: SessionFile, session: Session, clock: Clock) {
    this.#anonymous = anonymous;
    this.#file = file;
    this.#session = session;
    this.#clock = clock;
  }

  get refreshToken(): string {
    return this.#session.refreshToken;
  }

  get claims(): AccessTokenClaims {
    return claimsOf(this.#session.accessToken);
  }

  async current(): Promise<string> {
    const { accessToken } = this.#session;
    const left = claimsOf(accessToken).exp - this.#clock.now() / 1000;
    return left > MARGIN_SECONDS ? accessToken : this.renew(accessToken);
  }

  async renew(refused: string): Promise<string> {
    const latest = this.#file.read();
    const renewedByAnother =
      latest.session?.refreshToken === this.#session.refreshToken ? latest.session : undefined;
    if (renewedByAnother && renewedByAnother.accessToken !== refused) {
      this.#session = renewedByAnother;
      return renewedByAnother.accessToken;
    }
    const { refreshToken } = this.#session;
    const renewed = sessionOf(await grantByRefreshToken(this.#anonymous, refreshToken), refreshToken);
    this.#file.renew(this.#session, renewed);
    this.#session = renewed;
    return renewed.accessToken;
  }
}

/** A server and somebody logged in to it. */
export class Connection {
  readonly endpoint: string;
  readonly tokens: StoredTokens;
  readonly cr: RegistryClient;
  readonly iam: IamClient;

  constructor(endpoint: string, session: Session, file: SessionFile, clock: Clock) {
    const anonymous = new Client({ endpoint, userAgent: USER_AGENT });
    this.endpoint = endpoint;
    this.tokens = new StoredTokens(anonymous, file, session, clock);
    const client = new Client({ endpoint, userAgent: USER_AGENT, tokens: this.tokens });
    const { account, iam_id, sub_type } = this.tokens.claims;
    const type = sub_type === 'ServiceId' ? 'serviceid' : 'user';
    this.cr = new RegistryClient(client, account.bss);
    this.iam = new IamClient(client, { iamId: iam_id, account: account.bss, type });
  }

  /** Id of the account logged in to. */
  get account(): string {
    return this.tokens.claims.account.bss;
  }

  /** Who is logged in, by the most telling name there is. */
  get user(): string {
    const { email, sub, name, iam_id } = this.tokens.claims;
    return email || sub || name || iam_id;
  }

  /** The region targeted, with the registry's host for image names. */
  async region(): Promise<Region> {
    const region = await this.cr.region();
    if (region) return region;
    throw new CliError(
      EXIT.FAILED,
      `${this.endpoint} names no region. Its operator finds them in TIDEGATE_REGIONS_FILE.`,
    );
  }
}

/** A new session for an API key; nothing is remembered yet. */
export const signIn = async (endpoint: string, apikey: string): Promise<Session> =>
  sessionOf(await grantByApiKey(new Client({ endpoint, userAgent: USER_AGENT }), apikey));

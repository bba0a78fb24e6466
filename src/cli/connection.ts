import { claimsOf } from '../client/access-token.ts';
import { AccountClient } from '../client/accounts.ts';
import { AuditClient } from '../client/audit.ts';
import { AuthOptionsClient } from '../client/auth.ts';
import { BackupClient } from '../client/backups.ts';
import type { AccessTokens, Client } from '../client/client.ts';
import { CollectionClient } from '../client/collection.ts';
import { HoldClient } from '../client/holds.ts';
import { IamClient } from '../client/iam.ts';
import {
  tokensByApiKey,
  tokensByPasscode,
  tokensByPassword,
  tokensByRefreshToken,
  tokensForAccount,
} from '../client/identity-tokens.ts';
import { ImageClient } from '../client/images.ts';
import { IssuerClient } from '../client/issuers.ts';
import { NamespaceClient } from '../client/namespaces.ts';
import { ProtectionClient } from '../client/protection.ts';
import { QuotaClient } from '../client/quotas.ts';
import { regionsOf } from '../client/regions.ts';
import { RegistryTokenClient } from '../client/registry-tokens.ts';
import { RetentionClient } from '../client/retentions.ts';
import { SecretClient } from '../client/secrets.ts';
import { RegistrySettingsClient } from '../client/settings.ts';
import { SigningKeyClient } from '../client/signing-keys.ts';
import { SystemClient } from '../client/system.ts';
import { UsageClient } from '../client/usage.ts';
import { VulnerabilityClient } from '../client/vulnerabilities.ts';
import { WarningClient } from '../client/warnings.ts';
import { WebhookClient } from '../client/webhooks.ts';
import type { Clock } from '../clock.ts';
import type { Region, RegionList } from '../wire/regions.ts';
import { type AccessTokenClaims, type IdentityToken, REFRESH_NOT_SUPPORTED } from '../wire/tokens.ts';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';
import type { LoginPlace } from './machine.ts';
import { clientAt } from './server.ts';
import type { Session, SessionFile, Target } from './session.ts';
import { refuseOtherMachine, regionInUse, registryEndpointOf, TargetTokens } from './target.ts';

/** A token is renewed this long before it ends, as IBM's SDKs do. */
const MARGIN_SECONDS = 10;

/** Where the answer has no new refresh token, the old one stays in use. */
const sessionOf = (
  { access_token, refresh_token }: IdentityToken,
  refreshToken = refresh_token,
): Session => ({
  accessToken: access_token,
  refreshToken: refresh_token === REFRESH_NOT_SUPPORTED ? refreshToken : refresh_token,
});

/** The tokens of the session file. A renewed token is written to it. */
export class StoredTokens implements AccessTokens {
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
    const { client_id: clientId } = this.claims;
    const issued = await tokensByRefreshToken(this.#anonymous, refreshToken, clientId);
    const renewed = sessionOf(issued, refreshToken);
    this.#file.renew(this.#session, renewed);
    this.#session = renewed;
    return renewed.accessToken;
  }
}

/** The server, the user who is logged in, and the region in use. */
export class Connection {
  /** The address of the server that the user is logged in to. Access tokens come from it. */
  readonly endpoint: string;
  /** The address of the region in use. Namespaces, images and registry tokens are there. */
  readonly registryEndpoint: string;
  readonly accessTokens: StoredTokens;
  readonly namespaces: NamespaceClient;
  readonly images: ImageClient;
  readonly authOptions: AuthOptionsClient;
  readonly accounts: AccountClient;
  readonly registryTokens: RegistryTokenClient;
  readonly quotas: QuotaClient;
  readonly usage: UsageClient;
  readonly settings: RegistrySettingsClient;
  readonly vulnerabilities: VulnerabilityClient;
  readonly protection: ProtectionClient;
  readonly holds: HoldClient;
  readonly retentions: RetentionClient;
  readonly webhooks: WebhookClient;
  readonly secrets: SecretClient;
  readonly iam: IamClient;
  readonly audit: AuditClient;
  readonly backups: BackupClient;
  readonly collection: CollectionClient;
  readonly issuers: IssuerClient;
  readonly signingKeys: SigningKeyClient;
  readonly warnings: WarningClient;
  readonly system: SystemClient;
  readonly #anonymous: Client;
  readonly #target: Target | undefined;

  constructor(
    endpoint: string,
    target: Target | undefined,
    session: Session,
    file: SessionFile,
    clock: Clock,
  ) {
    this.endpoint = endpoint;
    this.registryEndpoint = registryEndpointOf(endpoint, target);
    this.#target = target;
    this.#anonymous = clientAt(endpoint);
    this.accessTokens = new StoredTokens(this.#anonymous, file, session, clock);
    const { account } = this.accessTokens.claims;
    const registry = clientAt(
      this.registryEndpoint,
      target
        ? new TargetTokens(this.accessTokens, () => refuseOtherMachine(endpoint, target))
        : this.accessTokens,
    );
    this.namespaces = new NamespaceClient(registry, account.bss);
    this.images = new ImageClient(registry, account.bss);
    this.authOptions = new AuthOptionsClient(registry, account.bss);
    this.accounts = new AccountClient(registry, account.bss);
    this.registryTokens = new RegistryTokenClient(registry, account.bss);
    const iam = clientAt(endpoint, this.accessTokens);
    this.backups = new BackupClient(iam, account.bss);
    this.collection = new CollectionClient(iam, account.bss);
    this.issuers = new IssuerClient(iam);
    this.signingKeys = new SigningKeyClient(iam);
    this.warnings = new WarningClient(iam);
    this.system = new SystemClient(iam);
    this.audit = new AuditClient(iam);
    this.iam = new IamClient(iam, account.bss);
    this.quotas = new QuotaClient(registry, account.bss);
    this.usage = new UsageClient(registry, account.bss);
    this.settings = new RegistrySettingsClient(registry, account.bss);
    this.vulnerabilities = new VulnerabilityClient(registry);
    this.protection = new ProtectionClient(registry, account.bss);
    this.holds = new HoldClient(registry, account.bss);
    this.retentions = new RetentionClient(registry, account.bss);
    this.webhooks = new WebhookClient(registry, account.bss);
    this.secrets = new SecretClient(registry, account.bss);
  }

  /** Id of the account in use. */
  get account(): string {
    return this.accessTokens.claims.account.bss;
  }

  /** IAM id of the user who is logged in. */
  get iamId(): string {
    return this.accessTokens.claims.iam_id;
  }

  /** Name of the user who is logged in: e-mail, else user name, else IAM id. */
  get user(): string {
    const { email, sub, name, iam_id } = this.accessTokens.claims;
    return email || sub || name || iam_id;
  }

  /** The regions of the server. */
  regions(): Promise<RegionList> {
    return regionsOf(this.#anonymous);
  }

  /** The region in use, with the registry's host for image names; undefined where the endpoint has no region. */
  async regionIfAny(list?: RegionList): Promise<Region | undefined> {
    const region = regionInUse(this.endpoint, this.#target, list ?? (await this.regions()));
    if (!region) return undefined;
    const { host, hostname } = new URL(this.registryEndpoint);
    return region.hosts.includes(hostname) ? { ...region, registry: host } : region;
  }

  /** The region in use. */
  async region(): Promise<Region> {
    const list = await this.regions();
    const region = await this.regionIfAny(list);
    if (region) return region;
    const known = list.regions.map(({ name }) => name).join(', ') || 'there are none';
    throw new CliError(
      EXIT.FAILED,
      `${this.registryEndpoint} has no region. Target one with 'cr region-set': ${known}.`,
    );
  }
}

/** The credentials of a login. */
export type Login =
  | { readonly apikey: string }
  | { readonly user: string; readonly password: string }
  | { readonly passcode: string }
  /** A person allows it in a browser; `device`: in one of another machine. */
  | { readonly sso: true; readonly device: boolean };

/** A new session. It is not remembered yet. */
export const signIn = async (at: LoginPlace, endpoint: string, login: Login): Promise<Session> => {
  const client = clientAt(endpoint);
  if ('sso' in login) {
    const { logInByBrowser } = await import('./browser-login.ts');
    return sessionOf(await logInByBrowser(at, client, login.device));
  }
  if ('apikey' in login) return sessionOf(await tokensByApiKey(client, login.apikey));
  if ('passcode' in login) return sessionOf(await tokensByPasscode(client, login.passcode, at.machine.name));
  return sessionOf(await tokensByPassword(client, login.user, login.password));
};

/** The session of the same person in this account: the given one where it is in that account already. */
export const inAccount = async (endpoint: string, session: Session, account: string): Promise<Session> => {
  const { account: current, client_id: clientId } = claimsOf(session.accessToken);
  if (current.bss === account) return session;
  const client = clientAt(endpoint);
  const switched = sessionOf(
    await tokensForAccount(client, session.refreshToken, account, clientId),
    session.refreshToken,
  );
  if (claimsOf(switched.accessToken).account.bss === account) return switched;
  throw new CliError(EXIT.REFUSED, `These credentials are not for the account '${account}'.`);
};

import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { Access } from './access/access.ts';
import { AccessSettings } from './access/account-settings.ts';
import { CustomRoles } from './access/custom-roles.ts';
import { Explainer } from './access/explain.ts';
import { AccessGroups } from './access/groups.ts';
import { Policies } from './access/policies.ts';
import { Refusals } from './audit/refusals.ts';
import { type Clock, systemClock } from './clock.ts';
import { DataFolder } from './config/data-folder.ts';
import type { Config } from './config/settings.ts';
import { printAddress } from './config/values.ts';
import { matchEngines, matchIssuer, openBlobs, openMetadata, openRedirects } from './engines.ts';
import { type JsonRoute, jsonDoors } from './http/json-doors.ts';
import { LoginGuard } from './http/login-guard.ts';
import { Origin } from './http/origin.ts';
import { isRegistryPath } from './http/registry-path.ts';
import type { Request } from './http/request.ts';
import { HttpServer } from './http/server.ts';
import { Grants } from './http/token/grants.ts';
import { Authorizer } from './http/v2/authorize.ts';
import { RegistryDoor } from './http/v2/door.ts';
import { AccessTokens } from './identity/access-tokens.ts';
import { AccountSettings } from './identity/account-settings.ts';
import { Accounts } from './identity/accounts.ts';
import { Activity } from './identity/activity.ts';
import { ActivityReports } from './identity/activity-report.ts';
import { ApiKeys } from './identity/api-keys.ts';
import { Bearers } from './identity/bearers.ts';
import { ComputeTokens } from './identity/compute-tokens.ts';
import { Credentials } from './identity/credentials.ts';
import { EntityHistory } from './identity/entity-history.ts';
import { type Opened, openFirstAccount } from './identity/first-account.ts';
import { IdentityTokens } from './identity/identity-tokens.ts';
import { Liveness } from './identity/liveness.ts';
import { MasterKey } from './identity/master-key.ts';
import { OneTimeCodes } from './identity/one-time-codes.ts';
import { Passwords } from './identity/passwords.ts';
import { ProfileLogins } from './identity/profile-logins.ts';
import { Profiles } from './identity/profiles.ts';
import { RefreshTokens } from './identity/refresh-tokens.ts';
import { RegistryTokens } from './identity/registry-tokens.ts';
import { ServiceIds } from './identity/service-ids.ts';
import { Sessions } from './identity/sessions.ts';
import { SigningKeys } from './identity/signing-keys.ts';
import { Users } from './identity/users.ts';
import { JobRunner } from './jobs/runner.ts';
import { schedule } from './jobs/schedule.ts';
import { Collection } from './lifecycle/collection.ts';
import { Leases } from './lifecycle/leases.ts';
import { createLog, type Log } from './observe/log.ts';
import { Metrics } from './observe/metrics.ts';
import { Blobs } from './registry/blobs.ts';
import { ImageConfigs } from './registry/image-configs.ts';
import { Images } from './registry/images.ts';
import { Manifests } from './registry/manifests.ts';
import { Repositories } from './registry/repositories.ts';
import { Tags } from './registry/tags.ts';
import { Uploads } from './registry/uploads.ts';
import { Namespaces } from './tenancy/namespaces.ts';
import { Quotas } from './tenancy/quotas.ts';
import { type RegionSettings, Regions } from './tenancy/regions.ts';
import { ResourceGroups } from './tenancy/resource-groups.ts';

const VERSION: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;

/** What a test may replace. */
export interface Overrides {
  readonly clock?: Clock;
  readonly log?: Log;
}

export interface App extends AsyncDisposable {
  /** Where it listens, as a URL. */
  readonly url: string;
  /** The address clients use: the external URL where one is configured. */
  readonly externalUrl: string;
  readonly first: Opened;
  readonly log: Log;
  /** The JSON doors' routes; those of /v2/ are in http/v2/routes.ts. */
  readonly routes: readonly JsonRoute[];
}

/** Builds every object of the program, from the ground up, and starts listening. Disposing it drains and stops. */
export const startApp = async (
  config: Config,
  regions: RegionSettings,
  overrides: Overrides = {},
): Promise<App> => {
  await using stack = new AsyncDisposableStack();
  const clock = overrides.clock ?? systemClock;
  const log = overrides.log ?? createLog(config.logLevel);
  const metrics = new Metrics();
  const folder = stack.use(
    DataFolder.open(config.data, { lock: config.databaseUrl === undefined || config.blobsUrl === undefined }),
  );
  const masterKey = new MasterKey(config.masterKey ?? folder.masterKey());

  // stores
  const metadata = stack.use(await openMetadata(config, folder, log));
  const store = stack.use(await openBlobs(config, folder));
  await matchEngines(metadata, store, clock);

  // who
  const signingKeys = new SigningKeys(metadata, masterKey);
  await signingKeys.start(clock);
  const first = await openFirstAccount(metadata, masterKey, clock, {
    accountName: config.bootstrapAccount,
    apikey: config.bootstrapApikey,
    keep: (apikey) => folder.keepOwnerKey(apikey),
  });
  const activity = new Activity(metadata, clock);
  stack.defer(() => activity.flush());
  const accountSettings = new AccountSettings(metadata, clock);
  const liveness = new Liveness(metadata, clock, activity, accountSettings);
  const server = new HttpServer(
    { log, metrics },
    config.tlsCert && config.tlsKey ? { cert: config.tlsCert, key: config.tlsKey } : undefined,
  );
  const listening = await server.listen(config.listen.host, config.listen.port);
  stack.defer(() => server.drain(config.drain));
  const url = urlOf(config, listening);
  const externalUrl = config.externalUrl ?? new URL(url);
  await matchIssuer(metadata, externalUrl.origin, log);
  const accessTokens = new AccessTokens(
    signingKeys,
    clock,
    accountSettings,
    `${externalUrl.origin}/identity`,
  );
  const refreshTokens = new RefreshTokens(metadata, masterKey, clock, accountSettings);
  const registryTokens = new RegistryTokens({ metadata, signingKeys, clock });
  const profileLogins = new ProfileLogins(metadata, liveness, activity);
  const passwords = new Passwords(metadata, masterKey, clock);
  const codes = new OneTimeCodes(metadata, masterKey, clock);
  const users = new Users({ metadata, clock, passwords, codes });
  const credentials = new Credentials({
    metadata,
    masterKey,
    clock,
    liveness,
    activity,
    accessTokens,
    refreshTokens,
    registryTokens,
    profileLogins,
    passwords,
    codes,
    users,
  });
  const bearers = new Bearers(signingKeys, clock);
  metadata.onChange((changes) => {
    if (changes.some(({ kind }) => kind === 'signing-key')) bearers.forget();
  });
  const identityTokens = new IdentityTokens({
    metadata,
    credentials,
    accessTokens,
    refreshTokens,
    profileLogins,
    computeTokens: new ComputeTokens(config.computeIssuersFile ?? [], clock),
  });
  const sessions = new Sessions({ metadata, clock, activity, settings: accountSettings });
  const apiKeys = new ApiKeys(metadata, masterKey, clock);
  const profiles = new Profiles(metadata, clock);
  const accounts = new Accounts(metadata, masterKey, clock);

  // what they may do, and where
  const access = new Access(metadata, clock);
  const policies = new Policies(metadata, clock);
  const explainer = new Explainer(metadata, access, clock);
  const refusals = new Refusals(metadata, clock);
  stack.defer(() => refusals.flush());
  const regionRoom = await Regions.open(metadata, clock, regions);
  const namespaces = new Namespaces(metadata, clock);
  const resourceGroups = new ResourceGroups(metadata, clock);
  const quotas = new Quotas(metadata, clock);
  stack.defer(() => quotas.flush());

  // content
  const repositories = new Repositories(metadata);
  const ownHosts = [externalUrl.hostname, ...regions.regions.flatMap(({ hosts }) => hosts)];
  const redirect = await openRedirects(config, store, ownHosts);
  const blobs = new Blobs(metadata, store, clock, repositories, config.gcGrace, redirect);
  const uploads = new Uploads(metadata, store, clock);
  const imageConfigs = new ImageConfigs(blobs);
  const manifests = new Manifests({
    metadata,
    clock,
    repositories,
    imageConfigs,
    sparseIndex: config.sparseIndex,
  });
  const tags = new Tags(metadata, repositories);
  const images = new Images(metadata);
  const leases = new Leases(metadata, clock);
  await leases.start();
  const grace = config.gcGrace;
  const collection = stack.use(new Collection({ metadata, store, clock, leases, log, metrics, grace }));

  // doors
  const isConfigured = config.externalUrl !== undefined || config.regionsFile !== undefined;
  const origin = new Origin(
    { externalUrl, configured: isConfigured, trustedProxies: config.trustedProxies ?? [] },
    regionRoom,
  );
  const guard = new LoginGuard(clock, metrics, accountSettings);
  const authorizer = new Authorizer({
    clock,
    credentials,
    bearers,
    liveness,
    activity,
    access,
    namespaces,
    guard,
    refusals,
  });
  const registry = new RegistryDoor(
    { authorizer, blobs, uploads, manifests, repositories, tags, metrics, quotas },
    origin,
    log,
  );
  const grants = new Grants({ access, bearers, namespaces });
  const json = await jsonDoors(server.server, {
    log,
    version: VERSION,
    needs: { credentials, access, refusals },
    token: { credentials, refreshTokens, guard, grants, origin, identityTokens: config.identityTokens },
    explain: { access, explainer, refusals, liveness, namespaces, regions: regionRoom, origin },
    identity: {
      access,
      apiKeys,
      serviceIds: new ServiceIds(metadata, masterKey, clock),
      settings: accountSettings,
      history: new EntityHistory(metadata),
      sessions,
      reports: new ActivityReports(metadata, clock, activity),
      credentials,
      guard,
      clock,
      externalUrl: externalUrl.origin,
    },
    identityToken: { identityTokens, credentials, signingKeys, guard, externalUrl: externalUrl.origin },
    people: {
      users,
      passwords,
      codes,
      identityTokens,
      credentials,
      guard,
      externalUrl: externalUrl.origin,
    },
    users: { users, access, policies, externalUrl: externalUrl.origin },
    profiles: { profiles, externalUrl: externalUrl.origin },
    access: {
      access,
      policies,
      customRoles: new CustomRoles(metadata, clock),
      groups: new AccessGroups(metadata, clock),
      settings: new AccessSettings(metadata, clock),
      resourceGroups,
      externalUrl: externalUrl.origin,
    },
    v1: {
      access,
      policies,
      namespaces,
      resourceGroups,
      images,
      regions: regionRoom,
      origin,
      registryTokens,
      registryTokenTtl: config.registryTokenTtl,
      quotas,
      accounts,
      collection,
    },
    ops: {
      metrics,
      log,
      checks: { database: () => metadata.check(), blobs: () => store.check() },
      draining: () => server.draining,
      ownListener: config.opsListen !== undefined,
      operators: () => accounts.operators(),
    },
  });
  server.open((request: Request, response) => {
    request.address = origin.address(request);
    if (isRegistryPath(request.url)) void registry.answer(request, response);
    else json.listener(request, response);
  });
  if (config.opsListen) {
    const ops = new HttpServer({ log, metrics });
    ops.open((request: Request, response) => {
      request.onOpsListener = true;
      request.address = origin.address(request);
      json.listener(request, response);
    });
    await ops.listen(config.opsListen.host, config.opsListen.port);
    stack.defer(() => ops.drain(0));
  }
  const jobs = schedule({
    metadata,
    activity,
    refusals,
    quotas,
    uploads,
    registryTokens,
    apiKeys,
    codes,
    sessions,
    collection,
  });
  stack.use(new JobRunner(jobs, leases, log));
  folder.writePrivate('listening', `${url}\n`);

  const resources = stack.move();
  return {
    url,
    externalUrl: externalUrl.origin,
    first,
    log,
    routes: json.routes,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
};

const urlOf = (config: Config, { port }: AddressInfo): string =>
  `${config.tlsCert ? 'https' : 'http'}://${printAddress({ host: config.listen.host, port })}`;

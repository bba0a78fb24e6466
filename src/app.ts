import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { openAccess } from './access/room.ts';
import { openAuditEvents } from './audit/events/room.ts';
import { openRefusals } from './audit/refusals/room.ts';
import { type Clock, systemClock } from './clock.ts';
import { DataFolder } from './config/data-folder.ts';
import type { Config } from './config/settings.ts';
import { printAddress } from './config/values.ts';
import { matchEngines, matchIssuer, openBlobs, openDatabase, openRedirects } from './engines.ts';
import { Bodies } from './http/bodies.ts';
import { type JsonRoute, jsonDoors } from './http/json-doors.ts';
import { LoginGuard } from './http/login-guard.ts';
import { Origin } from './http/origin.ts';
import { isRegistryPath } from './http/registry-path.ts';
import type { Request } from './http/request.ts';
import { HttpServer } from './http/server.ts';
import { Grants } from './http/token/grants.ts';
import { Authorizer } from './http/v2/authorize.ts';
import { RegistryDoor } from './http/v2/door.ts';
import { Accounts } from './identity/accounts/accounts.ts';
import { type Opened, openFirstAccount } from './identity/accounts/first-account.ts';
import { Activity } from './identity/activity/activity.ts';
import { ActivityReports } from './identity/activity/activity-report.ts';
import { ApiKeys } from './identity/api-keys/api-keys.ts';
import { AccessTokens } from './identity/login/access-tokens.ts';
import { Bearers } from './identity/login/bearers.ts';
import { ComputeTokens } from './identity/login/compute-tokens.ts';
import { Credentials } from './identity/login/credentials.ts';
import { IdentityTokens } from './identity/login/identity-tokens.ts';
import { Liveness } from './identity/login/liveness.ts';
import { ProfileLogins } from './identity/login/profile-logins.ts';
import { MasterKey } from './identity/master-key.ts';
import { OneTimeCodes } from './identity/one-time-codes/one-time-codes.ts';
import { Passwords } from './identity/passwords/passwords.ts';
import { Profiles } from './identity/profiles/profiles.ts';
import { RegistryTokens } from './identity/registry-tokens/registry-tokens.ts';
import { ServiceIds } from './identity/service-ids/service-ids.ts';
import { RefreshTokens } from './identity/sessions/refresh-tokens.ts';
import { Sessions } from './identity/sessions/sessions.ts';
import { AccountSettings } from './identity/settings/account-settings.ts';
import { SigningKeys } from './identity/signing-keys/signing-keys.ts';
import { Users } from './identity/users/users.ts';
import { JobRunner } from './jobs/runner.ts';
import { schedule } from './jobs/schedule.ts';
import { openLifecycle } from './lifecycle/room.ts';
import { createLog, type Log } from './observe/log.ts';
import { Metrics } from './observe/metrics.ts';
import { openRegistry } from './registry/room.ts';
import { openTenancy, type RegionSettings } from './tenancy/room.ts';

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
  const database = stack.use(await openDatabase(config, folder, log));
  const store = stack.use(await openBlobs(config, folder));
  await matchEngines(database, store, clock);

  // who
  const signingKeys = new SigningKeys(database, masterKey);
  await signingKeys.start(clock);
  const first = await openFirstAccount(database, masterKey, clock, {
    accountName: config.bootstrapAccount,
    apikey: config.bootstrapApikey,
    keep: (apikey) => folder.keepOwnerKey(apikey),
  });
  const activity = new Activity(database, clock);
  stack.defer(() => activity.flush());
  const accountSettings = new AccountSettings(database, clock);
  const liveness = new Liveness(database, clock, activity, accountSettings);
  const server = new HttpServer(
    { log, metrics },
    config.tlsCert && config.tlsKey ? { cert: config.tlsCert, key: config.tlsKey } : undefined,
  );
  const listening = await server.listen(config.listen.host, config.listen.port);
  stack.defer(() => server.drain(config.drain));
  const url = urlOf(config, listening);
  const externalUrl = config.externalUrl ?? new URL(url);
  await matchIssuer(database, externalUrl.origin, log);
  const accessTokens = new AccessTokens(
    signingKeys,
    clock,
    accountSettings,
    `${externalUrl.origin}/identity`,
  );
  const refreshTokens = new RefreshTokens(database, masterKey, clock, accountSettings);
  const registryTokens = new RegistryTokens({ database, signingKeys, clock });
  const profileLogins = new ProfileLogins(database, liveness, activity);
  const passwords = new Passwords(database, masterKey, clock);
  const codes = new OneTimeCodes(database, masterKey, clock);
  const users = new Users({ database, clock, passwords, codes });
  const credentials = new Credentials({
    database,
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
  database.onChange((changes) => {
    if (changes.some(({ kind }) => kind === 'signing-key')) bearers.forget();
  });
  const identityTokens = new IdentityTokens({
    database,
    credentials,
    accessTokens,
    refreshTokens,
    profileLogins,
    computeTokens: new ComputeTokens(config.computeIssuersFile ?? [], clock),
  });
  const sessions = new Sessions({ database, clock, activity, settings: accountSettings });
  const apiKeys = new ApiKeys(database, masterKey, clock);
  const profiles = new Profiles(database, clock);
  const accounts = new Accounts(database, masterKey, clock);

  // what they may do, and where
  const accessRoom = stack.use(openAccess({ database, clock, log }));
  const { access, policies, explainer } = accessRoom;
  const refused = stack.use(openRefusals({ database, clock }));
  const { refusals } = refused;
  const tenancy = stack.use(await openTenancy({ database, clock, regions }));
  const { regions: regionRoom, namespaces, resourceGroups, quotas } = tenancy;

  // content
  const ownHosts = [externalUrl.hostname, ...regions.regions.flatMap(({ hosts }) => hosts)];
  const redirect = await openRedirects(config, store, ownHosts);
  const { gcGrace: grace, sparseIndex } = config;
  const registry = openRegistry({ database, store, clock, grace, sparseIndex, redirect });
  const lifecycle = stack.use(await openLifecycle({ database, store, clock, log, metrics, grace }));
  const { collection, leases } = lifecycle;

  // doors
  const isConfigured = config.externalUrl !== undefined || config.regionsFile !== undefined;
  const origin = new Origin(
    { externalUrl, configured: isConfigured, trustedProxies: config.trustedProxies ?? [] },
    regionRoom,
  );
  const bodies = new Bodies();
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
  const v2 = new RegistryDoor({ ...registry, authorizer, metrics, quotas, bodies }, origin, log);
  const grants = new Grants({ access, bearers, namespaces });
  const json = await jsonDoors(server.server, {
    log,
    version: VERSION,
    origin,
    bodies,
    needs: { credentials, access, refusals },
    token: { credentials, refreshTokens, guard, grants, origin, identityTokens: config.identityTokens },
    explain: { access, explainer, refusals, liveness, namespaces, regions: regionRoom, origin },
    identity: {
      apiKeys,
      serviceIds: new ServiceIds(database, masterKey, clock),
      settings: accountSettings,
      history: openAuditEvents({ database }).history,
      sessions,
      reports: new ActivityReports(database, clock, activity),
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
    users: { users, policies, externalUrl: externalUrl.origin },
    profiles: { profiles, externalUrl: externalUrl.origin },
    access: { ...accessRoom, resourceGroups, externalUrl: externalUrl.origin },
    v1: {
      access,
      policies,
      namespaces,
      resourceGroups,
      images: registry.images,
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
      checks: { database: () => database.check(), blobs: () => store.check() },
      draining: () => server.draining,
      ownListener: config.opsListen !== undefined,
      operators: () => accounts.operators(),
    },
  });
  const isProxy = (address: string): boolean => origin.isProxy(address);
  const replica = `${hostname()}:${listening.port}`;
  server.open((request: Request, response) => {
    request.address = origin.address(request);
    request.replica = replica;
    if (isRegistryPath(request.url)) void v2.answer(request, response);
    else json.listener(request, response);
  }, isProxy);
  if (config.opsListen) {
    const ops = new HttpServer({ log, metrics });
    ops.open((request: Request, response) => {
      request.onOpsListener = true;
      request.address = origin.address(request);
      request.replica = replica;
      json.listener(request, response);
    }, isProxy);
    await ops.listen(config.opsListen.host, config.opsListen.port);
    stack.defer(() => ops.drain(0));
  }
  const jobs = schedule({
    database,
    activity,
    registryTokens,
    apiKeys,
    codes,
    sessions,
  });
  stack.use(
    new JobRunner(
      [...tenancy.jobs, ...refused.jobs, ...registry.jobs, ...lifecycle.jobs, ...jobs],
      leases,
      log,
    ),
  );
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

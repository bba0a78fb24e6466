import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
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
import { MasterKey, type Opened, openIdentity } from './identity/room.ts';
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

  const server = new HttpServer(
    { log, metrics },
    config.tlsCert && config.tlsKey ? { cert: config.tlsCert, key: config.tlsKey } : undefined,
  );
  const listening = await server.listen(config.listen.host, config.listen.port);
  // for a start that fails; a server that was drained below is closed already
  stack.defer(() => server.drain(0));
  const url = urlOf(config, listening);
  const externalUrl = config.externalUrl ?? new URL(url);
  await matchIssuer(database, externalUrl.origin, log);

  // who
  const identity = stack.use(
    await openIdentity({
      database,
      clock,
      masterKey,
      bootstrap: {
        accountName: config.bootstrapAccount,
        apikey: config.bootstrapApikey,
        keep: (apikey) => folder.keepOwnerKey(apikey),
      },
      issuer: `${externalUrl.origin}/identity`,
      computeIssuers: config.computeIssuersFile ?? [],
    }),
  );
  const { accounts, activity, bearers, credentials, first, liveness, registryTokens } = identity;

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

  // doors; what the last requests leave in memory is written after them
  stack.defer(() => server.drain(config.drain));
  const isConfigured = config.externalUrl !== undefined || config.regionsFile !== undefined;
  const origin = new Origin(
    { externalUrl, configured: isConfigured, trustedProxies: config.trustedProxies ?? [] },
    regionRoom,
  );
  const bodies = new Bodies();
  const guard = new LoginGuard(clock, metrics, identity.settings);
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
    token: { identity, guard, grants, origin, identityTokens: config.identityTokens },
    explain: { identity, access, explainer, refusals, namespaces, regions: regionRoom, origin },
    identity: {
      identity,
      history: openAuditEvents({ database }).history,
      guard,
      clock,
      externalUrl: externalUrl.origin,
    },
    users: { identity, policies, externalUrl: externalUrl.origin },
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
  server.open((request: Request, response) => {
    request.address = origin.address(request);
    if (isRegistryPath(request.url)) void v2.answer(request, response);
    else json.listener(request, response);
  }, isProxy);
  if (config.opsListen) {
    const ops = new HttpServer({ log, metrics });
    ops.open((request: Request, response) => {
      request.onOpsListener = true;
      request.address = origin.address(request);
      json.listener(request, response);
    }, isProxy);
    await ops.listen(config.opsListen.host, config.opsListen.port);
    stack.defer(() => ops.drain(0));
  }
  const jobs = [
    ...schedule({ database }),
    ...identity.jobs,
    ...tenancy.jobs,
    ...refused.jobs,
    ...registry.jobs,
    ...lifecycle.jobs,
  ];
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

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
import type { ReadObserver } from './database/database.ts';
import { matchEngines, matchIssuer, openBlobs, openDatabase, openRedirects } from './engines.ts';
import { openDoors } from './http/doors.ts';
import type { JsonRoute } from './http/json-doors.ts';
import { HttpServer } from './http/server.ts';
import { Tracing } from './http/tracing.ts';
import { MasterKey, type Opened, openIdentity } from './identity/room.ts';
import type { Job } from './job.ts';
import { type JobRun, JobRunner } from './jobs/runner.ts';
import { openLifecycle } from './lifecycle/room.ts';
import { addGauges } from './machine/gauges.ts';
import { machineWarnings } from './machine/warnings.ts';
import { createLog, type Log } from './observe/log.ts';
import { Metrics } from './observe/metrics.ts';
import { openRegistry } from './registry/room.ts';
import { openTenancy, type RegionSettings } from './tenancy/room.ts';
import { openWarnings } from './warnings/room.ts';

const VERSION: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;

/** What a test may replace. */
export interface Overrides {
  readonly clock?: Clock;
  readonly log?: Log;
  /** Told of every statement that reads rows. */
  readonly onRead?: ReadObserver;
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

/** Opens the program from the ground up: stores, rooms, doors, jobs. Disposing it drains and stops. */
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
  const database = stack.use(await openDatabase(config, folder, { log, onRead: overrides.onRead }));
  const store = stack.use(await openBlobs(config, folder));
  await matchEngines(database, store, clock);

  // the address, which tokens and image names need; nothing is answered before the doors are open
  const tracing = Tracing.open(VERSION);
  const server = new HttpServer({ log, metrics, tracing }, tlsOf(config));
  const listening = await server.listen(config.listen.host, config.listen.port);
  // for a start that fails; a server that was drained below is closed already
  stack.defer(() => server.drain(0));
  const url = urlOf(config, listening);
  const externalUrl = config.externalUrl ?? new URL(url);
  await matchIssuer(database, externalUrl.origin, log);

  // rooms
  const engine = { database, clock };
  const events = stack.use(openAuditEvents(engine));
  const identity = stack.use(
    await openIdentity({
      ...engine,
      masterKey,
      bootstrap: {
        accountName: config.bootstrapAccount,
        apikey: config.bootstrapApikey,
        keep: (apikey) => folder.keepOwnerKey(apikey),
      },
      issuer: `${externalUrl.origin}/identity`,
      computeIssuers: config.computeIssuersFile ?? [],
      issuers: config.issuersFile,
      log,
    }),
  );
  const access = stack.use(openAccess({ ...engine, log }));
  const refused = stack.use(openRefusals(engine));
  const tenancy = stack.use(await openTenancy({ ...engine, regions }));
  const ownHosts = [externalUrl.hostname, ...regions.regions.flatMap(({ hosts }) => hosts)];
  const redirect = await openRedirects(config, store, ownHosts);
  const { gcGrace: grace, sparseIndex, trashRetention, trashLimit } = config;
  const { settings: auditSettings } = events;
  const registry = stack.use(
    openRegistry({
      ...engine,
      auditSettings,
      store,
      grace,
      sparseIndex,
      trashRetention,
      stored: tenancy.stored,
      redirect,
    }),
  );
  const { pulls } = registry;
  const kept = { grace, trashRetention, trashLimit, auditSettings, pulls };
  const lifecycle = stack.use(await openLifecycle({ ...engine, ...tenancy, ...kept, store, log, metrics }));

  let jobRuns: readonly JobRun[] = [];
  const machine = {
    database,
    folder: folder.path,
    certificate: tlsOf(config)?.cert,
    jobs: () => jobRuns,
  };
  const sources = [identity, access, tenancy, lifecycle].flatMap((room) => room.warnings);
  const watched = stack.use(
    openWarnings({
      ...engine,
      log,
      leases: lifecycle.leases,
      sources: [...sources, ...machineWarnings(machine)],
      machine: hostname(),
    }),
  );
  const checks = { database: () => database.check(), blobs: () => store.check() };
  addGauges(metrics, { ...machine, version: VERSION, checks, warnings: () => watched.warnings.counts() });

  // doors; what the last requests leave in memory is written after them
  stack.defer(() => server.drain(config.drain));
  const rooms = {
    identity,
    access,
    tenancy,
    registry,
    lifecycle,
    events,
    refusals: refused.refusals,
    warnings: watched.warnings,
  };
  const doors = await openDoors(server, rooms, {
    clock,
    log,
    metrics,
    version: VERSION,
    replica: `${hostname()}:${listening.port}`,
    origin: {
      externalUrl,
      configured: config.externalUrl !== undefined || config.regionsFile !== undefined,
      trustedProxies: config.trustedProxies ?? [],
    },
    identityTokens: config.identityTokens,
    registryTokenTtl: config.registryTokenTtl,
    checks,
    draining: () => server.draining,
    ownListener: config.opsListen !== undefined,
  });
  server.open(doors.answer, doors.isProxy);
  if (config.opsListen) {
    const ops = new HttpServer({ log, metrics });
    ops.open(doors.answerOps, doors.isProxy);
    await ops.listen(config.opsListen.host, config.opsListen.port);
    stack.defer(() => ops.drain(0));
  }

  // jobs
  const maintenance: Job = {
    name: 'maintain-database',
    period: 5 * 60_000,
    of: 'process',
    run: () => database.maintain(),
  };
  const upgrade: Job = {
    name: 'finish-upgrade',
    period: 10_000,
    of: 'process',
    run: async () => void (await database.finishUpgrade()),
  };
  const jobs = [events, identity, tenancy, refused, registry, lifecycle, watched].flatMap(
    (room) => room.jobs,
  );
  const runner = stack.use(
    new JobRunner([maintenance, upgrade, ...jobs], lifecycle.leases, { log, clock: systemClock }),
  );
  jobRuns = runner.runs;
  folder.writePrivate('listening', `${url}\n`);

  const resources = stack.move();
  return {
    url,
    externalUrl: externalUrl.origin,
    first: identity.first,
    log,
    routes: doors.routes,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
};

const tlsOf = ({ tlsCert: cert, tlsKey: key }: Config) => (cert && key ? { cert, key } : undefined);

const urlOf = (config: Config, { port }: AddressInfo): string =>
  `${config.tlsCert ? 'https' : 'http'}://${printAddress({ host: config.listen.host, port })}`;

import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { type Clock, systemClock } from './clock.ts';
import type { Config } from './config/settings.ts';
import { type ListenerTls, openTls } from './config/tls.ts';
import { printAddress } from './config/values.ts';
import type { ReadObserver } from './database/database.ts';
import type { WriterThreads } from './database/sqlite.ts';
import { matchIssuer, openProxyFiles, VERSION } from './engines.ts';
import { openDoors } from './http/doors.ts';
import type { JsonRoute } from './http/json-doors.ts';
import { HttpServer } from './http/server.ts';
import { Tracing } from './http/tracing.ts';
import type { Opened } from './identity/room.ts';
import type { Job } from './job.ts';
import { type JobRun, JobRunner } from './jobs/runner.ts';
import type { Authority } from './machine/certificate/self-signed.ts';
import { LineWriter } from './observe/line-writer.ts';
import { createLog, type Log } from './observe/log.ts';
import { Metrics } from './observe/metrics.ts';
import { openStandardError } from './observe/standard-error.ts';
import { openRooms } from './rooms.ts';
import { openStores } from './stores.ts';
import type { RegionSettings } from './tenancy/room.ts';

/** What a test may replace. */
export interface Overrides {
  readonly clock?: Clock;
  readonly log?: Log;
  /** Told of every statement that reads rows. */
  readonly onRead?: ReadObserver | undefined;
  /** Threads for the embedded database, used again by the next one. */
  readonly threads?: WriterThreads;
}

export interface App extends AsyncDisposable {
  /** Where it listens, as a URL. */
  readonly url: string;
  /** The address clients use: the external URL where one is configured. */
  readonly externalUrl: string;
  readonly first: Opened;
  /** The CA that clients must trust, where the server makes its certificate itself. */
  readonly authority: Authority | undefined;
  readonly log: Log;
  /** The JSON doors' routes; those of /v2/ are in http/v2/routes.ts. */
  readonly routes: readonly JsonRoute[];
  /** What runs from time to time: a test runs one at once. */
  readonly jobs: readonly Job[];
}

/** Opens the program from the ground up: stores, rooms, doors, jobs. Disposing it drains and stops. */
export const startApp = async (
  config: Config,
  regions: RegionSettings,
  overrides: Overrides = {},
): Promise<App> => {
  await using stack = new AsyncDisposableStack();
  const clock = overrides.clock ?? systemClock;
  const metrics = new Metrics();
  const log = overrides.log ?? openLog(config.logLevel, metrics, stack);

  const stores = stack.use(await openStores(config, { ...overrides, clock, log }));
  const { database, store, folder, position } = stores;

  // the address, which tokens and image names need; nothing is answered before the doors are open
  const tracing = Tracing.open(VERSION);
  const tls = await openTls(config, { folder, regions, clock, log });
  const server = new HttpServer({ log, metrics, tracing }, tls);
  const listening = await server.listen(config.listen.host, config.listen.port);
  // for a start that fails; a server that was drained below is closed already
  stack.defer(() => server.drain(0));
  const url = urlOf(config, tls, listening);
  const externalUrl = config.externalUrl ?? new URL(url);
  await matchIssuer(database, externalUrl.origin, log);

  let jobRuns: readonly JobRun[] = [];
  const checks = { database: () => database.check(), blobs: () => store.check() };
  const { rooms, first, leases, ...opened } = stack.use(
    await openRooms(stores, config, {
      ...{ regions, externalUrl, clock, log, metrics, checks },
      certificate: tls?.cert,
      jobRuns: () => jobRuns,
    }),
  );

  // doors; what the last requests leave in memory is written after them
  stack.defer(() => server.drain(config.drain));
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
    grace: config.gcGrace,
    proxyFile: openProxyFiles(config, stores.direct),
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
  const jobs = [maintenance, upgrade, position.job, ...(tls?.jobs ?? []), ...opened.jobs];
  const runner = new JobRunner(jobs, leases, { log, clock: systemClock });
  // first of all at the end: nothing new is taken, and what runs ends side by side, requests and jobs
  stack.defer(async () => {
    await Promise.all([server.drain(config.drain), runner[Symbol.asyncDispose]()]);
  });
  jobRuns = runner.runs;
  folder.writePrivate('listening', `${url}\n`);

  const resources = stack.move();
  return {
    url,
    externalUrl: externalUrl.origin,
    first,
    authority: tls?.authority,
    log,
    routes: doors.routes,
    jobs,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
};

/** Milliseconds for which the end waits for what reads the log. */
const LOG_BOUND = 2000;

/** The log of a process: lines on standard error, in batches. */
const openLog = (level: string, metrics: Metrics, stack: AsyncDisposableStack): Log => {
  const lines = new LineWriter(openStandardError());
  metrics.droppedLines = () => lines.dropped;
  stack.defer(() => lines.flush(LOG_BOUND));
  return createLog(level, lines);
};

const urlOf = (config: Config, tls: ListenerTls | undefined, { port }: AddressInfo): string =>
  `${tls ? 'https' : 'http'}://${printAddress({ host: config.listen.host, port })}`;

import { hostname } from 'node:os';
import { openAccess } from './access/room.ts';
import { openAuditEvents } from './audit/events/room.ts';
import { openAuditExport } from './audit/export/room.ts';
import { openRefusals } from './audit/refusals/room.ts';
import { openSeals } from './audit/seals/room.ts';
import { openBackup } from './backup/room.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config/settings.ts';
import { backupSettings, openRedirects, VERSION } from './engines.ts';
import { wireOfEvent } from './http/audit/event-wire.ts';
import type { Rooms } from './http/doors.ts';
import { type Opened, openIdentity } from './identity/room.ts';
import type { Job } from './job.ts';
import type { JobRun } from './jobs/runner.ts';
import { type Leases, openLifecycle } from './lifecycle/room.ts';
import { addGauges } from './machine/gauges.ts';
import { runningNow } from './machine/system.ts';
import { machineWarnings } from './machine/warnings.ts';
import type { Log } from './observe/log.ts';
import type { Metrics } from './observe/metrics.ts';
import { openRegistry, Storage } from './registry/room.ts';
import type { Stores } from './stores.ts';
import { openTenancy, type RegionSettings } from './tenancy/room.ts';
import { openWarnings } from './warnings/room.ts';
import { openWebhooks } from './webhooks/room.ts';

export interface RoomSettings {
  readonly regions: RegionSettings;
  readonly externalUrl: URL;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Whether the stores answer, for the operator's door. */
  readonly checks: Readonly<Record<'database' | 'blobs', () => Promise<void>>>;
  /** The file of the listener's certificate. */
  readonly certificate: string | undefined;
  /** How the jobs of this process went, once they run. */
  jobRuns(): readonly JobRun[];
}

export interface OpenedRooms extends AsyncDisposable {
  readonly rooms: Rooms;
  readonly first: Opened;
  readonly leases: Leases;
  /** What the rooms do from time to time. */
  readonly jobs: readonly Job[];
}

/** Opens the rooms from the ground up, each with those it may use. */
export const openRooms = async (
  { folder, masterKey, database, blobs, direct, store, byteHold, installation }: Stores,
  config: Config,
  { regions, externalUrl, clock, log, metrics, checks, certificate, jobRuns }: RoomSettings,
): Promise<OpenedRooms> => {
  await using stack = new AsyncDisposableStack();
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
  const seals = openSeals({
    ...engine,
    events,
    signingKeys: identity.signingKeys,
    log,
    metrics,
    host: externalUrl.host,
    times: { all: config.auditRetention, pulls: config.auditPullRetention },
  });
  const auditExport = openAuditExport({
    ...engine,
    events: events.log,
    target: config.auditExport,
    ca: config.auditExportCa,
    host: externalUrl.hostname,
    formOf: wireOfEvent,
    log,
    metrics,
  });
  const access = stack.use(openAccess({ ...engine, log, people: identity.federatedIdentities }));
  const refused = stack.use(openRefusals(engine));
  const tenancy = stack.use(await openTenancy({ ...engine, regions, summed: new Storage(database, clock) }));
  const ownHosts = [externalUrl.hostname, ...regions.regions.flatMap(({ hosts }) => hosts)];
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
      quotas: tenancy.quotas,
      redirect: await openRedirects(config, direct, ownHosts),
    }),
  );
  const { pulls } = registry;
  const kept = { grace, trashRetention, trashLimit, auditSettings, pulls };
  const lifecycle = stack.use(await openLifecycle({ ...engine, ...tenancy, ...kept, store, log, metrics }));
  const { leases } = lifecycle;
  const backup = stack.use(
    openBackup({
      ...{ ...engine, log, metrics, store: blobs, byteHold, leases, masterKey, installation },
      ...backupSettings(config, folder),
      product: VERSION,
      offline: false,
    }),
  );
  const webhooks = stack.use(
    openWebhooks({
      ...{ ...engine, masterKey, events, identity, access, tenancy, registry, leases, log, metrics },
      externalUrl,
      allowed: config.webhooksAllow ?? { networks: [], hosts: [] },
    }),
  );
  const machine = { database, folder: folder.path, certificate, jobs: jobRuns };
  const sources = [identity, access, tenancy, lifecycle, backup, seals, webhooks].flatMap(
    (room) => room.warnings,
  );
  const watched = stack.use(
    openWarnings({
      ...engine,
      log,
      leases,
      sources: [...sources, ...machineWarnings(machine)],
      machine: hostname(),
    }),
  );
  const { refusals } = refused;
  const { warnings } = watched;
  addGauges(metrics, { ...machine, version: VERSION, checks, warnings: () => warnings.counts() });

  const working = [
    events,
    seals,
    auditExport,
    identity,
    tenancy,
    refused,
    registry,
    lifecycle,
    backup,
    watched,
    webhooks,
  ];
  const resources = stack.move();
  return {
    rooms: {
      identity,
      access,
      tenancy,
      registry,
      lifecycle,
      backup,
      events,
      seals,
      refusals,
      warnings,
      system: runningNow(machine),
      webhooks,
    },
    first: identity.first,
    leases,
    jobs: working.flatMap((room) => room.jobs),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
};

import type { AccessRoom } from '../access/room.ts';
import type { AuditEvents } from '../audit/events/room.ts';
import type { Refusals } from '../audit/refusals/room.ts';
import type { SealsRoom } from '../audit/seals/room.ts';
import type { Backup } from '../backup/room.ts';
import type { Clock } from '../clock.ts';
import type { Identity } from '../identity/room.ts';
import type { Lifecycle } from '../lifecycle/room.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Registry } from '../registry/room.ts';
import type { Tenancy } from '../tenancy/room.ts';
import type { Warnings } from '../warnings/room.ts';
import type { WebhooksRoom } from '../webhooks/room.ts';
import { Bodies } from './bodies.ts';
import { BrowserSessions } from './console/session-cookie.ts';
import { type JsonRoute, jsonDoors } from './json-doors.ts';
import { LoginGuard } from './login-guard.ts';
import type { OpsParts } from './ops/routes.ts';
import { Origin, type OriginSettings } from './origin.ts';
import { isRegistryPath } from './registry-path.ts';
import type { Request } from './request.ts';
import type { Answer, HttpServer } from './server.ts';
import { Grants } from './token/grants.ts';
import type { SystemState } from './v1/system-state.ts';
import { Authorizer } from './v2/authorize.ts';
import { RegistryDoor } from './v2/door.ts';
import { TagRights } from './v2/tag-rights.ts';

/** Everything the doors open to. */
export interface Rooms {
  readonly identity: Identity;
  readonly access: AccessRoom;
  readonly tenancy: Tenancy;
  readonly registry: Registry;
  readonly lifecycle: Lifecycle;
  readonly backup: Backup;
  readonly events: AuditEvents;
  readonly seals: SealsRoom;
  readonly refusals: Refusals;
  readonly warnings: Warnings;
  /** How this process and its jobs fare. */
  readonly system: () => Promise<Omit<SystemState, 'version' | 'replica' | 'startedAt'>>;
  readonly webhooks: WebhooksRoom;
}

export interface DoorSettings extends Omit<OpsParts, 'metrics' | 'log' | 'operators'> {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly version: string;
  /** The name of this process among the replicas, for the audit log. */
  readonly replica: string;
  readonly origin: OriginSettings;
  /** Give docker an identity token at login. */
  readonly identityTokens: boolean;
  /** How long what nothing refers to may wait for what is to name it, milliseconds. */
  readonly grace: number;
  /** The address under which a proxy in front finds the bytes of a storage name, where it is to send them. */
  readonly proxyFile: ((key: string, size: number) => Promise<string | undefined>) | undefined;
  /** Lifetime of an expiring registry token, milliseconds. */
  readonly registryTokenTtl: number;
}

export interface Doors {
  /** What answers on the main listener, and on the operator's own. */
  readonly answer: Answer;
  readonly answerOps: Answer;
  /** Whether an address is that of a proxy in front, which holds connections for many clients. */
  isProxy(address: string): boolean;
  /** The JSON doors' routes; those of /v2/ are in v2/routes.ts. */
  readonly routes: readonly JsonRoute[];
}

/** Opens every door to the rooms. `server` is the main listener. */
export const openDoors = async (
  { server }: HttpServer,
  rooms: Rooms,
  settings: DoorSettings,
): Promise<Doors> => {
  const { identity, access: accessRoom, tenancy, registry, lifecycle, events, seals, refusals } = rooms;
  const { clock, log, metrics } = settings;
  const { access, accessGroups, policies, explainer } = accessRoom;
  const { namespaces, regions, resourceGroups, quotas } = tenancy;
  const { accounts, bearers, credentials, registryTokens } = identity;
  const externalUrl = settings.origin.externalUrl.origin;
  const startedAt = clock.now();

  const origin = new Origin(settings.origin, regions);
  const bodies = new Bodies();
  const guard = new LoginGuard(clock, metrics, identity.settings, events.collected);
  const tagRights = new TagRights({ access, registry });
  const authorizer = new Authorizer({ ...identity, clock, access, namespaces, guard, refusals, tagRights });
  const v2 = new RegistryDoor(
    {
      ...{ ...registry, authorizer, metrics, quotas, bodies, collected: events.collected },
      proxyFiles: settings.proxyFile && { addressOf: settings.proxyFile, origin },
    },
    origin,
    log,
  );
  const identityParts = {
    identity,
    access,
    accessGroups,
    history: events.history,
    guard,
    clock,
    externalUrl,
  };
  const browserParts = { identity, guard, externalUrl, origin };
  const browsers = new BrowserSessions(browserParts);
  const json = await jsonDoors(server, {
    log,
    version: settings.version,
    origin,
    bodies,
    needs: { credentials, access, refusals },
    token: {
      identity,
      guard,
      grants: new Grants({ access, bearers, namespaces }),
      origin,
      identityTokens: settings.identityTokens,
    },
    explain: { identity, access, explainer, policies, refusals, namespaces, regions, origin },
    identity: identityParts,
    pages: { ...identityParts, origin, browsers },
    console: { ...browserParts, browsers },
    users: { identity, access, externalUrl },
    access: { ...accessRoom, resourceGroups, externalUrl },
    v1: {
      ...tenancy,
      access,
      accessGroups,
      policies,
      repositories: registry.repositories,
      reach: registry.reach,
      repositoryListing: registry.repositoryListing,
      tagListing: registry.tagListing,
      images: registry.images,
      inspections: registry.inspections,
      attestations: registry.attestations,
      copies: registry.copies,
      manifests: registry.manifests,
      protection: registry.protection,
      holds: registry.holds,
      trash: registry.trash,
      turns: registry.turns,
      tagRights,
      clock,
      origin,
      registryTokens,
      registryTokenTtl: settings.registryTokenTtl,
      grace: settings.grace,
      accounts,
      signingKeys: identity.signingKeys,
      warnings: rooms.warnings,
      system: async () => ({
        ...(await rooms.system()),
        version: settings.version,
        replica: settings.replica,
        startedAt,
      }),
      issuers: identity.issuers,
      users: identity.users,
      serviceIds: identity.serviceIds,
      profiles: identity.profiles,
      apiKeys: identity.apiKeys,
      invitations: identity.invitations,
      backups: rooms.backup.backups,
      collection: lifecycle.collection,
      retention: lifecycle.retention,
      hooks: rooms.webhooks.hooks,
      deliveries: rooms.webhooks.deliveries,
    },
    audit: { events, seals, accounts },
    ops: { ...settings, operators: () => accounts.operators() },
  });
  const place = (request: Request): void => {
    request.address = origin.address(request);
    request.replica = settings.replica;
  };
  return {
    answer: (request: Request, response) => {
      place(request);
      if (isRegistryPath(request.url)) void v2.answer(request, response);
      else json.listener(request, response);
    },
    answerOps: (request: Request, response) => {
      request.onOpsListener = true;
      place(request);
      json.listener(request, response);
    },
    isProxy: (address) => origin.isProxy(address),
    routes: json.routes,
  };
};

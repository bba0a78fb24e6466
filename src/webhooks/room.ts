import type { AccessRoom } from '../access/room.ts';
import type { AuditEvents } from '../audit/events/room.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Identity, MasterKey } from '../identity/room.ts';
import type { Job } from '../job.ts';
import type { Leases } from '../lifecycle/room.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Registry } from '../registry/room.ts';
import type { Tenancy } from '../tenancy/room.ts';
import type { WarningSource } from '../warning.ts';
import { type AllowedReceivers, Receivers } from './addresses/receivers.ts';
import { resolver } from './addresses/resolve.ts';
import { Deliveries } from './deliveries/deliveries.ts';
import { deliver } from './deliveries/delivering.ts';
import { Lanes } from './deliveries/lanes.ts';
import { Sender } from './deliveries/send.ts';
import { upkeep } from './deliveries/upkeep.ts';
import { Hooks } from './hooks/hooks.ts';
import { Outbox } from './outbox/outbox.ts';
import { webhookWarnings } from './warnings/warnings.ts';

export type { AllowedReceivers } from './addresses/receivers.ts';
export type { Deliveries } from './deliveries/deliveries.ts';
export type { Delivery, DeliveryPage, DeliveryState } from './deliveries/delivery.ts';
export { EVENTS_OF_FORM } from './forms/forms.ts';
export {
  type DisabledReason,
  HOOK_EVENTS,
  HOOK_FORMS,
  HOOK_LIMITS,
  type Hook,
  type HookChanges,
  type HookEventKind,
  type HookForm,
  type NewHook,
} from './hooks/hook.ts';
export type { HookAuthor, HookSecret, Hooks } from './hooks/hooks.ts';
export type { HookEvent } from './outbox/event.ts';
export { POSITION } from './outbox/rows.ts';
export { restoreWebhooks } from './restored/restored.ts';

/** Others are told of what happens here. */
export interface WebhooksRoom extends AsyncDisposable {
  readonly hooks: Hooks;
  readonly deliveries: Deliveries;
  readonly jobs: readonly Job[];
  readonly warnings: readonly WarningSource[];
}

export interface WebhookParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly masterKey: MasterKey;
  readonly events: AuditEvents;
  readonly identity: Identity;
  readonly access: AccessRoom;
  readonly tenancy: Tenancy;
  readonly registry: Registry;
  readonly leases: Leases;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly externalUrl: URL;
  readonly allowed: AllowedReceivers;
}

/** How long a try may take. */
const LIMIT = 15_000;

export const openWebhooks = (parts: WebhookParts): WebhooksRoom => {
  const { database, clock, metrics, tenancy, externalUrl } = parts;
  const receivers = new Receivers(parts.allowed);
  const sender = new Sender({ clock, receivers, resolve: resolver(receivers), limitMs: LIMIT });
  const log = parts.events.log;
  const hooks = new Hooks({ database, clock, masterKey: parts.masterKey, log, receivers });
  const onDropped = (count: number): void => {
    for (let each = 0; each < count; each++) metrics.webhook('dropped');
  };
  const outbox = new Outbox({ ...parts, log, onDropped });
  const registryAddress = (region: string | undefined): string => {
    const url = new URL(externalUrl.origin);
    const named = tenancy.regions.list.find(({ names }) => names.includes(region ?? ''));
    url.hostname = named?.hosts[0] ?? url.hostname;
    return url.origin;
  };
  const lanes = new Lanes({ ...parts, sender, registryAddress });
  return {
    hooks,
    deliveries: new Deliveries({ database, clock, hooks }),
    jobs: [
      {
        name: 'deliver-webhooks',
        period: 1000,
        of: 'process',
        run: (signal) => deliver({ leases: parts.leases, outbox, lanes }, signal),
      },
      {
        name: 'clear-webhooks',
        period: 60_000,
        of: 'installation',
        run: (signal) => upkeep({ database, clock }, signal),
      },
    ],
    warnings: webhookWarnings({ database }),
    [Symbol.asyncDispose]: async () => {},
  };
};

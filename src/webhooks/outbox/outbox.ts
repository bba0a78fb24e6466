import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { AuditedEvent, AuditLog } from '../../audit/events/room.ts';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { WebhookDeliveryRow, WebhookRow } from '../../database/webhook-schema.ts';
import type { Identity } from '../../identity/room.ts';
import { timedId } from '../../ids.ts';
import { namespaceOf, parseRepositoryName } from '../../oci/repository-name.ts';
import type { Registry } from '../../registry/room.ts';
import type { Tenancy } from '../../tenancy/room.ts';
import { countPending } from '../deliveries/rows.ts';
import { tells } from '../forms/forms.ts';
import { HOOK_LIMITS } from '../hooks/hook.ts';
import { enabledHooksOf, hasEnabledHooks } from '../hooks/rows.ts';
import { Actors } from './actors.ts';
import type { HookEvent } from './event.ts';
import { eventsOf, type Told } from './events-of.ts';
import { findPosition } from './rows.ts';
import { handOut } from './writes.ts';

export interface OutboxParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: AuditLog;
  readonly identity: Pick<Identity, 'users' | 'serviceIds' | 'profiles' | 'accounts'>;
  readonly tenancy: Pick<Tenancy, 'namespaces' | 'regions'>;
  readonly registry: Pick<Registry, 'images'>;
  readonly onDropped: (count: number) => void;
}

/** Deliveries that one write adds, up to those of one event more. */
const ROWS_AT_ONCE = 400;

/** What is told of an event, and of which namespace it is. */
interface Addressed {
  readonly event: HookEvent;
  readonly number: number;
  readonly namespaceId: string | undefined;
}

/**
 * The outbox is the audit log: each change writes its event there in its own transaction, so nothing is lost or told of what
 * did not happen, and a push writes no row more than without hooks. Here the log is read on from where that ended, and each
 * event becomes a delivery for each hook that asks for it.
 */
export class Outbox {
  readonly #parts: OutboxParts;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  /** Whether something was recorded that was not looked at yet. Cheap: asked every second. */
  async hasNew(): Promise<boolean> {
    const { database, log } = this.#parts;
    if (!(await hasEnabledHooks(database.db))) return false;
    const { last, waiting } = await log.state();
    return waiting || last > ((await findPosition(database.db)) ?? 0);
  }

  /** Makes deliveries of what was recorded. The caller holds the lease. */
  async handOut(signal: AbortSignal): Promise<void> {
    const { database, log } = this.#parts;
    if (!(await hasEnabledHooks(database.db))) return;
    await log.giveNumbers();
    while (!signal.aborted) {
      const from = await findPosition(database.db);
      const page = await log.numbered(from ?? 0);
      const to = page.at(-1)?.number;
      if (to === undefined || !(await this.#handOutPage(page, from, to))) return;
      await turnOfLoop();
    }
  }

  /** Hands out the first events of a page: as many as make no more rows than one write may have. */
  async #handOutPage(
    page: readonly AuditedEvent[],
    from: number | undefined,
    last: number,
  ): Promise<boolean> {
    const { database, clock } = this.#parts;
    const events = await this.#addressed(page);
    const hooks = await enabledHooksOf(database.db, [...new Set(events.map(({ event }) => event.accountId))]);
    const rooms = new Map<string, number>();
    const now = clock.now();
    const deliveries: WebhookDeliveryRow[] = [];
    const dropped = new Map<string, number>();
    let to = last;
    for (const [index, each] of events.entries()) {
      const before = events[index - 1];
      if (deliveries.length >= ROWS_AT_ONCE && before !== undefined && before.number !== each.number) {
        to = before.number;
        break;
      }
      for (const hook of hooks.filter((hook) => isFor(hook, each))) {
        const left = rooms.get(hook.id) ?? (await this.#roomFor(hook.id));
        rooms.set(hook.id, left - 1);
        if (left > 0) deliveries.push(rowOf(hook.id, each, now));
        else dropped.set(hook.id, (dropped.get(hook.id) ?? 0) + 1);
      }
    }
    const counts = [...dropped].map(([hookId, count]) => ({ hookId, count }));
    const isDone = await database.write(handOut, { from, to, deliveries, dropped: counts });
    if (isDone) for (const { count } of counts) this.#parts.onDropped(count);
    return isDone;
  }

  async #roomFor(hookId: string): Promise<number> {
    return HOOK_LIMITS.pending - (await countPending(this.#parts.database.db, hookId));
  }

  async #addressed(page: readonly AuditedEvent[]): Promise<Addressed[]> {
    const actors = new Actors(this.#parts.identity);
    const addressed: Addressed[] = [];
    for (const audited of page) {
      for (const [index, told] of eventsOf(audited).entries()) {
        // what is about the installation is for the account of its operators
        const accountId = audited.accountId ?? (await this.#parts.identity.accounts.operators());
        if (accountId === undefined) continue;
        const place = await this.#placeOf(accountId, audited, told);
        const event: HookEvent = {
          id: index === 0 ? audited.id : `${audited.id}-${index}`,
          accountId,
          at: audited.at,
          ...told,
          ...(place?.facts ?? {}),
          ...(audited.region === undefined ? {} : { region: audited.region }),
          actor: await actors.of(audited),
        };
        addressed.push({ event, number: audited.number ?? 0, namespaceId: place?.namespaceId });
      }
    }
    return addressed;
  }

  /** The namespace that an image's name begins with, where it is there still, and what is known of the image. */
  async #placeOf(
    accountId: string,
    { region }: AuditedEvent,
    { repository, digest, kind }: Told,
  ): Promise<{ facts: Partial<HookEvent>; namespaceId: string | undefined } | undefined> {
    const name = repository === undefined ? undefined : parseRepositoryName(repository);
    if (name === undefined) return undefined;
    const { tenancy, registry } = this.#parts;
    const { list } = tenancy.regions;
    const named = list.filter((each) => each.names.includes(region ?? ''));
    const facts: Partial<HookEvent> = { namespace: namespaceOf(name) };
    for (const { id: regionId } of named.length > 0 ? named : list) {
      const namespace = await tenancy.namespaces.find(regionId, namespaceOf(name));
      if (namespace?.accountId !== accountId) continue;
      const isThere = digest !== undefined && kind !== 'image.deleted';
      const known = isThere ? await registry.images.facts({ regionId, namespace, name }, digest) : undefined;
      return { facts: { ...facts, ...(known ?? {}) }, namespaceId: namespace.id };
    }
    return { facts, namespaceId: undefined };
  }
}

const isFor = (hook: WebhookRow, { event, number, namespaceId }: Addressed): boolean =>
  hook.account_id === event.accountId &&
  number > hook.from_number &&
  (hook.namespace_id === null || hook.namespace_id === namespaceId) &&
  (JSON.parse(hook.events) as string[]).includes(event.kind) &&
  tells(hook.form, event);

const rowOf = (hookId: string, { event, number }: Addressed, now: number): WebhookDeliveryRow => ({
  id: timedId('Delivery', now),
  hook_id: hookId,
  number,
  event: JSON.stringify(event),
  state: 'pending',
  attempts: 0,
  next_at: now,
  last_at: null,
  last_status: null,
  last_error: null,
  last_ms: null,
  created_at: now,
  redelivered_at: null,
});

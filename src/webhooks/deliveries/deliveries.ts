import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import { timedId } from '../../ids.ts';
import type { Actor } from '../../principal.ts';
import type { Hooks } from '../hooks/hooks.ts';
import type { HookEvent } from '../outbox/event.ts';
import type { Delivery, DeliveryPage, DeliveryState } from './delivery.ts';
import { deliveryOfRow } from './delivery-row.ts';
import { findDelivery, listDeliveries } from './rows.ts';
import { addTest, redeliver } from './writes.ts';

export interface DeliveryParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly hooks: Pick<Hooks, 'find'>;
}

/** The log of what was sent, for 30 days, and what waits. Found through the account and the hook alone. */
export class Deliveries {
  readonly #parts: DeliveryParts;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  /** Throws NOT_FOUND. `after`: an id that a page ended with. */
  async list(
    accountId: string,
    hookId: string,
    {
      state,
      after,
      limit,
    }: { readonly state?: DeliveryState; readonly after?: string; readonly limit: number },
  ): Promise<DeliveryPage> {
    const { database, hooks } = this.#parts;
    await hooks.find(accountId, hookId);
    const rows = await listDeliveries(database.db, { hookId, state, after, limit: limit + 1 });
    const deliveries = rows.slice(0, limit).map(deliveryOfRow);
    return { deliveries, next: rows.length > limit ? deliveries.at(-1)?.id : undefined };
  }

  /** Throws NOT_FOUND. */
  async find(accountId: string, hookId: string, id: string): Promise<Delivery> {
    const { database, hooks } = this.#parts;
    await hooks.find(accountId, hookId);
    const row = await findDelivery(database.db, hookId, id);
    if (!row) throw new RegistryError('NOT_FOUND', { message: 'there is no such delivery' });
    return deliveryOfRow(row);
  }

  /**
   * Sends it again at once, with the same id, whatever became of it. Throws NOT_FOUND, CONFLICT while it is pending or the
   * hook is switched off.
   */
  async redeliver(accountId: string, hookId: string, id: string, actor: Actor): Promise<Delivery> {
    const { database, clock } = this.#parts;
    return deliveryOfRow(await database.write(redeliver, { accountId, hookId, id, at: clock.now(), actor }));
  }

  /** Sends `webhook.test`, and answers at once: ask `find` what became of it. Throws NOT_FOUND, CONFLICT as above. */
  async test(accountId: string, hookId: string, actor: Actor): Promise<Delivery> {
    const { database, clock } = this.#parts;
    const at = clock.now();
    const event: HookEvent = {
      id: timedId('Event', at),
      accountId,
      at,
      kind: 'webhook.test',
      says: 'this is a test',
      actor: { name: 'system' },
    };
    const row = {
      id: timedId('Delivery', at),
      hook_id: hookId,
      number: 0,
      event: JSON.stringify(event),
      state: 'pending',
      attempts: 0,
      next_at: at,
      last_at: null,
      last_status: null,
      last_error: null,
      last_ms: null,
      created_at: at,
      redelivered_at: null,
    } as const;
    await database.write(addTest, { row, accountId, hookId, at, actor });
    return deliveryOfRow(row);
  }
}

import type { WebhookDeliveryRow } from '../../database/webhook-schema.ts';
import type { HookEvent } from '../outbox/event.ts';
import type { Delivery } from './delivery.ts';

export const deliveryOfRow = (row: WebhookDeliveryRow): Delivery => ({
  id: row.id,
  hookId: row.hook_id,
  event: eventOf(row),
  state: row.state,
  attempts: row.attempts,
  nextAt: row.next_at ?? undefined,
  lastAt: row.last_at ?? undefined,
  lastStatus: row.last_status ?? undefined,
  lastError: row.last_error ?? undefined,
  lastMs: row.last_ms ?? undefined,
  createdAt: row.created_at,
  redeliveredAt: row.redelivered_at ?? undefined,
});

export const eventOf = (row: WebhookDeliveryRow): HookEvent => JSON.parse(row.event) as HookEvent;

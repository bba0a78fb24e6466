import type { WebhookRow } from '../../database/webhook-schema.ts';
import type { Identity } from '../../principal.ts';
import type { Hook, HookEventKind } from './hook.ts';

export const hookOfRow = (row: WebhookRow): Hook => ({
  id: row.id,
  accountId: row.account_id,
  namespaceId: row.namespace_id ?? undefined,
  name: row.name,
  description: row.description,
  url: row.url,
  form: row.form,
  events: JSON.parse(row.events) as HookEventKind[],
  enabled: row.enabled === 1,
  disabledReason: row.disabled_reason ?? undefined,
  disabledAt: row.disabled_at ?? undefined,
  failingSince: row.failing_since ?? undefined,
  pausedUntil: row.paused_until ?? undefined,
  dropped: row.dropped,
  oldSecretUntil: row.previous_until ?? undefined,
  entityTag: row.entity_tag,
  createdAt: row.created_at,
  createdBy: row.created_by,
  modifiedAt: row.modified_at,
  answeredBy: row.answered_by,
});

/** In whose right a hook is sent. */
export const answererOf = (row: WebhookRow): Identity => ({
  kind: row.answered_kind,
  iamId: row.answered_by,
  accountId: row.account_id,
});

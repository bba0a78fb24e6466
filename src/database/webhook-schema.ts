/** Row types of the tables of migrations/0092-webhooks.ts. */
export interface WebhookRow {
  id: string;
  account_id: string;
  namespace_id: string | null;
  name: string;
  description: string;
  url: string;
  form: 'standard' | 'harbor' | 'distribution' | 'dockerhub';
  events: string;
  enabled: number;
  disabled_reason: 'asked' | 'gone' | 'failing' | 'no-right' | null;
  disabled_at: number | null;
  failing_since: number | null;
  paused_until: number | null;
  dropped: number;
  from_number: number;
  secret: string;
  previous_secret: string | null;
  previous_until: number | null;
  answered_kind: 'user' | 'service-id' | 'profile';
  answered_by: string;
  entity_tag: string;
  created_at: number;
  created_by: string;
  modified_at: number;
  removed_at: number | null;
}

export interface WebhookDeliveryRow {
  id: string;
  hook_id: string;
  number: number;
  event: string;
  state: 'pending' | 'delivered' | 'failed' | 'dropped';
  attempts: number;
  next_at: number | null;
  last_at: number | null;
  last_status: number | null;
  last_error: string | null;
  last_ms: number | null;
  created_at: number;
  redelivered_at: number | null;
}

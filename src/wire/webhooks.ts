/** Tidegate's own: addresses that are told of what happens in an account, /api/v1/webhooks. */
import { type Static, Type } from 'typebox';

export const WEBHOOK_FORMS = ['standard', 'harbor', 'distribution', 'dockerhub'] as const;
export const WebhookForm = Type.Enum([...WEBHOOK_FORMS], {
  description: 'How deliveries are written; default: standard',
});
export type WebhookForm = Static<typeof WebhookForm>;

export const WEBHOOK_EVENTS = [
  'image.pushed',
  'image.pulled',
  'image.deleted',
  'tag.changed',
  'quota.warning',
  'key.expiring',
  'key.leaked',
  'backup.failed',
  'collection.failed',
] as const;
export const WebhookEvent = Type.Enum([...WEBHOOK_EVENTS], { description: 'What it is told of' });
export type WebhookEvent = Static<typeof WebhookEvent>;

const Events = Type.Array(WebhookEvent, { minItems: 1, maxItems: WEBHOOK_EVENTS.length, uniqueItems: true });
const Name = Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' });
const Description = Type.String({ maxLength: 500 });
const Url = Type.String({
  minLength: 1,
  maxLength: 2000,
  pattern: '^https?://[!-~]+$',
  description: 'Deliveries are posted to it. It is as secret as what signs: shown to Administrators alone',
});
const Secret = Type.String({
  minLength: 1,
  maxLength: 100,
  description: '`whsec_` and base64 of 24 to 64 bytes; without it one is made',
});
const Time = Type.String({ description: 'RFC 3339' });

/** Body of POST. */
export const NewWebhook = Type.Object({
  name: Name,
  description: Type.Optional(Description),
  url: Url,
  namespace: Type.Optional(
    Type.String({ maxLength: 255, description: 'Only what happens in it; default: in the whole account' }),
  ),
  form: Type.Optional(WebhookForm),
  events: Events,
  secret: Type.Optional(Secret),
});
export type NewWebhook = Static<typeof NewWebhook>;

/** Body of PATCH. What is left out stays as it is. */
export const WebhookChanges = Type.Object({
  name: Type.Optional(Name),
  description: Type.Optional(Description),
  url: Type.Optional(Url),
  events: Type.Optional(Events),
  enabled: Type.Optional(Type.Boolean({ description: 'On again after it was switched off, or off' })),
});
export type WebhookChanges = Static<typeof WebhookChanges>;

/** Body of POST …/rotate. */
export const WebhookRotation = Type.Object({
  secret: Type.Optional(Secret),
  overlap: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 604_800,
      description: 'Seconds the secret of now signs beside the new one; default: 86400',
    }),
  ),
});
export type WebhookRotation = Static<typeof WebhookRotation>;

/** Query of the list. */
export const WebhookQuery = Type.Object({ namespace: Type.Optional(Type.String({ maxLength: 255 })) });

export const Webhook = Type.Object({
  id: Type.String(),
  entity_tag: Type.String(),
  name: Type.String(),
  description: Type.Optional(Type.String()),
  url: Type.String(),
  namespace: Type.Optional(Type.String({ description: 'Absent: the whole account' })),
  form: WebhookForm,
  events: Type.Array(WebhookEvent),
  enabled: Type.Boolean(),
  disabled_reason: Type.Optional(
    Type.Enum(['asked', 'gone', 'failing', 'no-right'], {
      description:
        'asked: by hand. gone: its receiver answered 410. failing: nothing arrived for five days. no-right: who answers for it has lost the right',
    }),
  ),
  disabled_at: Type.Optional(Time),
  failing_since: Type.Optional(Time),
  paused_until: Type.Optional(Type.String({ description: 'Its receiver asked for a pause until then' })),
  dropped: Type.Integer({ description: 'Events that were not kept for it, as too many waited' }),
  old_secret_until: Type.Optional(
    Type.String({ description: 'Until then the secret of before signs as well' }),
  ),
  created_at: Time,
  created_by: Type.String({ description: 'iam_id' }),
  modified_at: Time,
  answered_by: Type.String({
    description: 'iam_id of who made or changed it last: it is sent in their right',
  }),
});
export type Webhook = Static<typeof Webhook>;

/** Answer of POST and of a rotation: the only ones with the secret. */
export const WebhookWithSecret = Type.Object({ ...Webhook.properties, secret: Type.String() });
export type WebhookWithSecret = Static<typeof WebhookWithSecret>;

/** Answer of GET: by name, at most 20. */
export const WebhookList = Type.Array(Webhook);
export type WebhookList = Static<typeof WebhookList>;

export const DELIVERY_STATES = ['pending', 'delivered', 'failed', 'dropped'] as const;
export const DeliveryState = Type.Enum([...DELIVERY_STATES], {
  description:
    'failed: every try failed. dropped: it is not sent any more, as the webhook was switched off or the installation restored',
});
export type DeliveryState = Static<typeof DeliveryState>;

/** Query of the list of deliveries. */
export const DeliveryQuery = Type.Object({
  state: Type.Optional(DeliveryState),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  start: Type.Optional(Type.String({ maxLength: 100, description: '`next` of the page before' })),
});

/** One event on its way to one webhook. What the receiver answered is not kept, but for its status. */
export const Delivery = Type.Object({
  id: Type.String(),
  message_id: Type.String({ description: 'The header webhook-id: the same at every try' }),
  event: Type.String({ description: 'As in `events`, or webhook.test' }),
  happened_at: Time,
  repository: Type.Optional(Type.String({ description: 'namespace/repository' })),
  tag: Type.Optional(Type.String()),
  digest: Type.Optional(Type.String()),
  state: DeliveryState,
  attempts: Type.Integer(),
  next_at: Type.Optional(Time),
  last_at: Type.Optional(Time),
  last_status: Type.Optional(Type.Integer({ description: 'HTTP status of the last answer' })),
  last_error: Type.Optional(
    Type.String({ description: 'Why the last try failed, in the words of this server' }),
  ),
  last_ms: Type.Optional(Type.Integer({ description: 'Milliseconds that the last try took' })),
  created_at: Time,
  redelivered_at: Type.Optional(Time),
});
export type Delivery = Static<typeof Delivery>;

export const DeliveryList = Type.Object({
  deliveries: Type.Array(Delivery, { description: 'Newest first' }),
  next: Type.Optional(Type.String({ description: 'Where the next page begins: `start`' })),
});
export type DeliveryList = Static<typeof DeliveryList>;

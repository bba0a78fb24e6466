import type { Delivery as RoomsDelivery } from '../../webhooks/room.ts';
import type { Delivery, Webhook } from '../../wire/webhooks.ts';
import { timestamp } from '../timestamp.ts';
import type { PlacedHook } from './webhook-needs.ts';

/** No secret: only what makes one answers it. */
export const webhookOf = ({ hook, namespace }: PlacedHook): Webhook => ({
  id: hook.id,
  entity_tag: hook.entityTag,
  name: hook.name,
  ...(hook.description === '' ? {} : { description: hook.description }),
  url: hook.url,
  ...(namespace ? { namespace: namespace.name } : {}),
  form: hook.form,
  events: [...hook.events],
  enabled: hook.enabled,
  ...(hook.disabledReason === undefined ? {} : { disabled_reason: hook.disabledReason }),
  ...times({
    disabled_at: hook.disabledAt,
    failing_since: hook.failingSince,
    paused_until: hook.pausedUntil,
    old_secret_until: hook.oldSecretUntil,
  }),
  dropped: hook.dropped,
  created_at: timestamp(hook.createdAt),
  created_by: hook.createdBy,
  modified_at: timestamp(hook.modifiedAt),
  answered_by: hook.answeredBy,
});

/** Names of images and nothing of keys and quotas: who reads it need not be who asked for those events. */
export const deliveryOf = (delivery: RoomsDelivery): Delivery => {
  const { id, event, state, attempts, lastStatus, lastError, lastMs } = delivery;
  return {
    id,
    message_id: event.id,
    event: event.kind,
    happened_at: timestamp(event.at),
    ...given({ repository: event.repository, tag: event.tag, digest: event.digest }),
    state,
    attempts,
    ...times({ next_at: delivery.nextAt, last_at: delivery.lastAt, redelivered_at: delivery.redeliveredAt }),
    ...given({ last_status: lastStatus, last_error: lastError, last_ms: lastMs }),
    created_at: timestamp(delivery.createdAt),
  };
};

type Given<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };

/** Without the fields that are undefined. */
const given = <Fields extends object>(fields: Fields): Given<Fields> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<Fields>;

const times = <Name extends string>(fields: Record<Name, number | undefined>): { [Each in Name]?: string } =>
  Object.fromEntries(
    Object.entries<number | undefined>(fields).flatMap(([name, at]) =>
      at === undefined ? [] : [[name, timestamp(at)]],
    ),
  ) as { [Each in Name]?: string };

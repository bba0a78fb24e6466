import type { Job } from '../job.ts';
import type { WarningSource } from '../warning.ts';
import { Deliveries } from './deliveries/deliveries.ts';
import { Hooks } from './hooks/hooks.ts';

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

/** Others are told of what happens here. */
export interface WebhooksRoom extends AsyncDisposable {
  readonly hooks: Hooks;
  readonly deliveries: Deliveries;
  readonly jobs: readonly Job[];
  readonly warnings: readonly WarningSource[];
}

export const openWebhooks = (): WebhooksRoom => ({
  hooks: new Hooks(),
  deliveries: new Deliveries(),
  jobs: [],
  warnings: [],
  [Symbol.asyncDispose]: async () => {},
});

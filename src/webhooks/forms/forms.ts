import type { Hook, HookEventKind, HookForm } from '../hooks/hook.ts';
import { HOOK_EVENTS } from '../hooks/hook.ts';
import type { HookEvent } from '../outbox/event.ts';

/** One try of a delivery. */
export interface Attempt {
  /** Epoch milliseconds: the time of the try, not of the event. */
  readonly at: number;
  /** The hook's secrets: the newest first, and while it is rotated the one before. */
  readonly secrets: readonly string[];
  /** Where clients pull from, with the port if it is not the scheme's: `registry.example.com`. */
  readonly registryHost: string;
}

export interface FormedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The events that a form has words for: a hook of it can ask for no others. */
export const EVENTS_OF_FORM: Readonly<Record<HookForm, readonly HookEventKind[]>> = {
  standard: HOOK_EVENTS,
  harbor: ['image.pushed', 'image.pulled', 'image.deleted', 'quota.warning'],
  distribution: ['image.pushed', 'image.pulled', 'image.deleted'],
  dockerhub: ['image.pushed'],
};

/** Whether a form can tell of this very event: that of Docker Hub has no word for a push without a tag. */
export const tells = (_form: HookForm, _event: HookEvent): boolean => true;

/** What is sent to a hook for an event; only asked where `tells` says yes. */
export const formed = (
  hook: Pick<Hook, 'id' | 'form'>,
  event: HookEvent,
  _attempt: Attempt,
): FormedRequest => ({
  headers: { 'content-type': 'application/json', 'webhook-id': event.id },
  body: JSON.stringify({ hook: hook.id, event }),
});

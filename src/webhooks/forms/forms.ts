import type { Hook, HookEventKind, HookForm } from '../hooks/hook.ts';
import { HOOK_EVENTS } from '../hooks/hook.ts';
import type { HookEvent } from '../outbox/event.ts';
import { distributionBody, tellsDistribution } from './distribution.ts';
import { dockerhubBody, tellsDockerhub } from './dockerhub.ts';
import { harborBody, tellsHarbor } from './harbor.ts';
import { signaturesOf, wholeBodySignature } from './signature.ts';
import { standardBody } from './standard.ts';

/** One try of a delivery. */
export interface Attempt {
  /** Epoch milliseconds: the time of the try, not of the event. */
  readonly at: number;
  /** The hook's secrets: the newest first, and while it is rotated the one before. */
  readonly secrets: readonly string[];
  /** Where clients of the event's region pull from: `https://registry.example.com`, with the port if it is not the scheme's. */
  readonly registryAddress: string;
}

export interface FormedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Form {
  readonly contentType: string;
  tells(event: HookEvent): boolean;
  bodyOf(event: HookEvent, registryAddress: string): object;
  /** Further headers. No text of an event may stand in one. */
  headersOf?(newestSecret: string, body: string): Record<string, string>;
}

const BY_NAME: Readonly<Record<HookForm, Form>> = {
  standard: {
    contentType: 'application/cloudevents+json; charset=utf-8',
    tells: () => true,
    bodyOf: standardBody,
    // Flux, receivers of the type generic-hmac
    headersOf: (secret, body) => ({ 'x-signature': wholeBodySignature(secret, body) }),
  },
  harbor: {
    // Image Updater looks for this text in the header
    contentType: 'application/json; charset=utf-8',
    tells: tellsHarbor,
    bodyOf: harborBody,
    // as in Harbor: the secret as it is, without a scheme
    headersOf: (secret) => ({ authorization: secret }),
  },
  distribution: {
    contentType: 'application/vnd.docker.distribution.events.v2+json',
    tells: tellsDistribution,
    bodyOf: distributionBody,
  },
  dockerhub: {
    contentType: 'application/json; charset=utf-8',
    tells: tellsDockerhub,
    bodyOf: dockerhubBody,
  },
};

/** The events that a form has words for: a hook of it can ask for no others. */
export const EVENTS_OF_FORM: Readonly<Record<HookForm, readonly HookEventKind[]>> = {
  standard: HOOK_EVENTS,
  harbor: ['image.pushed', 'image.pulled', 'image.deleted', 'quota.warning'],
  distribution: ['image.pushed', 'image.pulled', 'image.deleted'],
  dockerhub: ['image.pushed'],
};

/** An image that is not there: forms that have words for images alone tell a test as its push. */
const SAMPLE = {
  namespace: 'example',
  repository: 'example/webhook-test',
  tag: 'test',
  digest: `sha256:${'0'.repeat(64)}`,
};

const told = (form: HookForm, event: HookEvent): HookEvent =>
  event.kind === 'webhook.test' && form !== 'standard' ? { ...SAMPLE, ...event } : event;

/** Whether a form can tell of this very event: that of Docker Hub has no word for a push without a tag. */
export const tells = (form: HookForm, event: HookEvent): boolean => BY_NAME[form].tells(told(form, event));

/** Of Standard Webhooks 1.0: larger bodies may be refused. */
const MOST_BYTES = 20_000;

/**
 * What is sent to a hook for an event; only asked where `tells` says yes. Every form has the headers of Standard Webhooks
 * 1.0. The body of an event is the same at every try.
 */
export const formed = (
  { form }: Pick<Hook, 'form'>,
  event: HookEvent,
  { at, secrets, registryAddress }: Attempt,
): FormedRequest => {
  const { bodyOf, contentType, headersOf } = BY_NAME[form];
  const [newest] = secrets;
  if (newest === undefined) throw new Error('a delivery is signed');
  const body = JSON.stringify(bodyOf(told(form, event), registryAddress));
  if (Buffer.byteLength(body) >= MOST_BYTES) throw new Error(`event ${event.id} is too large for a delivery`);
  const timestamp = Math.floor(at / 1000);
  const headers = {
    'content-type': contentType,
    'webhook-id': event.id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signaturesOf(secrets, event.id, timestamp, body),
    ...headersOf?.(newest, body),
  };
  return { headers, body };
};

import { distributionBody, tellsDistribution } from './distribution.ts';
import { dockerhubBody, tellsDockerhub } from './dockerhub.ts';
import type { FormEvent } from './form-event.ts';
import { harborBody, tellsHarbor } from './harbor.ts';
import { signaturesOf, wholeBodySignature } from './signature.ts';
import { standardBody } from './standard.ts';

/** How deliveries are written: for each kind of receiver the form that it reads. */
export const FORMS = ['standard', 'harbor', 'distribution', 'dockerhub'] as const;
export type FormName = (typeof FORMS)[number];

export interface Sending {
  /** The same for every try of a delivery, and when it is sent again. */
  readonly id: string;
  /** Epoch milliseconds of this try. */
  readonly at: number;
  /** As they were given to the receiver, the newest first; two while one replaces the other. */
  readonly secrets: readonly string[];
}

export interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Form {
  readonly contentType: string;
  tells(event: FormEvent): boolean;
  bodyOf(event: FormEvent): object;
  /** Further headers. No text of an event may stand in one. */
  headersOf?(newestSecret: string, body: string): Record<string, string>;
}

const BY_NAME: Readonly<Record<FormName, Form>> = {
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

/** Whether a form has words for an event. What it has none for is not delivered in it. */
export const tells = (form: FormName, event: FormEvent): boolean => BY_NAME[form].tells(event);

/** Of Standard Webhooks 1.0: larger bodies may be refused. */
const MOST_BYTES = 20_000;

/** One try of a delivery. Every form has the headers of Standard Webhooks 1.0. */
export const messageOf = (form: FormName, event: FormEvent, { id, at, secrets }: Sending): Message => {
  const { bodyOf, contentType, headersOf } = BY_NAME[form];
  const [newest] = secrets;
  if (newest === undefined) throw new Error('a delivery is signed');
  const body = JSON.stringify(bodyOf(event));
  if (Buffer.byteLength(body) >= MOST_BYTES) throw new Error(`event ${event.id} is too large for a delivery`);
  const timestamp = Math.floor(at / 1000);
  const headers = {
    'content-type': contentType,
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signaturesOf(secrets, id, timestamp, body),
    ...headersOf?.(newest, body),
  };
  return { headers, body };
};

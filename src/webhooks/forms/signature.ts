import { createHmac } from 'node:crypto';
import { keyOfSecret } from './secret.ts';

/** Of Standard Webhooks 1.0: what is signed is joined by dots, so an id with a dot could stand for two messages. */
const ID = /^[A-Za-z0-9_-]{1,100}$/;

/** `webhook-signature` of Standard Webhooks 1.0: one signature for each secret, the newest first. */
export const signaturesOf = (
  secrets: readonly string[],
  id: string,
  timestamp: number,
  body: string,
): string => {
  if (!ID.test(id)) throw new Error('the id of a delivery has a character that cannot be signed');
  const signed = `${id}.${timestamp}.${body}`;
  return secrets
    .map((secret) => `v1,${createHmac('sha256', keyOfSecret(secret)).update(signed).digest('base64')}`)
    .join(' ');
};

/** Over the body alone. The key is the whole text of the secret, as Flux takes it from a Kubernetes secret. */
export const wholeBodySignature = (secret: string, body: string): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

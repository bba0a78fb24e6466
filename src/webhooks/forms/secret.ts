import { randomBytes } from 'node:crypto';

/** Of Standard Webhooks 1.0: `whsec_` and 24 to 64 bytes as base64. */
const PREFIX = 'whsec_';
const FEWEST_BYTES = 24;
const MOST_BYTES = 64;
const NEW_BYTES = 32;

export const newSecret = (): string => `${PREFIX}${randomBytes(NEW_BYTES).toString('base64')}`;

/** What is wrong with a secret that a caller chose; undefined where it can be used. Tells nothing of the secret. */
export const faultOfSecret = (secret: string): string | undefined => {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : undefined;
  const bytes = text === undefined ? undefined : Buffer.from(text, 'base64');
  // Buffer skips what is no base64: only a text that is written the same way again was understood
  if (bytes === undefined || bytes.toString('base64') !== text)
    return `a secret is ${PREFIX} and base64, such as: echo "${PREFIX}$(openssl rand -base64 ${NEW_BYTES})"`;
  if (bytes.length < FEWEST_BYTES || bytes.length > MOST_BYTES)
    return `a secret has ${FEWEST_BYTES} to ${MOST_BYTES} bytes behind ${PREFIX}, written as base64`;
  return undefined;
};

/** The bytes that sign. */
export const keyOfSecret = (secret: string): Buffer => {
  if (faultOfSecret(secret) !== undefined) throw new Error('the secret of a webhook is not in its form');
  return Buffer.from(secret.slice(PREFIX.length), 'base64');
};

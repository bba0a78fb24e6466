import { randomBytes } from 'node:crypto';
import type { WebhookRow } from '../../database/webhook-schema.ts';
import { RegistryError } from '../../errors.ts';
import type { MasterKey } from '../../identity/room.ts';
import type { HookForm } from './hook.ts';

/** Of Standard Webhooks: 24 to 64 bytes. */
const PREFIX = 'whsec_';
const BYTES = 32;

export const makeSecret = (): string => PREFIX + randomBytes(BYTES).toString('base64');

/** Throws BAD_REQUEST for a secret that receivers of the form could not use. It is not repeated. */
export const refuseSecret = (form: HookForm, secret: string): void => {
  const fault = form === 'standard' ? faultOfStandard(secret) : faultOfText(secret);
  if (fault !== undefined) throw new RegistryError('BAD_REQUEST', { message: fault });
};

const faultOfStandard = (secret: string): string | undefined => {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : '';
  const bytes = Buffer.from(text, 'base64');
  return bytes.length >= 24 && bytes.length <= 64 && bytes.toString('base64') === text
    ? undefined
    : 'a secret of the standard form is whsec_ and the base64 of 24 to 64 random bytes; leave it out to get one';
};

/** It goes into a header as it is. */
const faultOfText = (secret: string): string | undefined =>
  /^[!-~](?:[ -~]{14,198}[!-~])$/.test(secret)
    ? undefined
    : 'a secret has 16 to 200 printable ASCII characters; leave it out to get one';

/** The text that a secret is sealed for: of one hook, it does not open as another's. */
const boundTo = (hookId: string): string => `webhook-secret ${hookId}`;

export const sealSecret = (masterKey: MasterKey, hookId: string, secret: string): string =>
  masterKey.seal(boundTo(hookId), Buffer.from(secret));

/** What signs now: the newest first. */
export const secretsOf = (
  masterKey: MasterKey,
  row: Pick<WebhookRow, 'id' | 'secret' | 'previous_secret' | 'previous_until'>,
  now: number,
): string[] => {
  const isOldAlive = row.previous_secret !== null && (row.previous_until ?? 0) > now;
  const sealed = isOldAlive ? [row.secret, row.previous_secret as string] : [row.secret];
  return sealed.map((text) => masterKey.open(boundTo(row.id), text).toString());
};

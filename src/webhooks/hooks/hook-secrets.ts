import type { WebhookRow } from '../../database/webhook-schema.ts';
import type { MasterKey } from '../../identity/room.ts';

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

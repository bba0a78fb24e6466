import type { NewAuditEventRow } from '../../database/audit-schema.ts';
import type { Tx } from '../../database/database.ts';
import { maskSecrets } from '../../observe/mask.ts';
import type { Actor } from '../../principal.ts';
import { type Changes, printChanges } from './changes.ts';
import { eventId } from './event-id.ts';
import { deleteAuditSettings, insertEvents } from './rows.ts';

export { type Changes, changesBetween } from './changes.ts';
export { deleteNumbered, findHistory } from './rows.ts';

/** What an actor did: IBM's name of the action, and what it was done to. */
export interface AuditEvent {
  /** Null: it concerns the installation, not one account. */
  readonly accountId: string | null;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly action: string;
  /** The id of what it was done to; of content the name of the repository. */
  readonly target: string;
  /** What kind of thing the target is: `serviceid`, `policy`, `image`. Without it, the action tells. */
  readonly targetType?: string | undefined;
  /** What people call the target. */
  readonly targetName?: string | undefined;
  readonly reason?: string | undefined;
  /** Of an image: the tag or digest that was named, and the digest it was about. */
  readonly reference?: string | undefined;
  readonly digest?: string | undefined;
  readonly changed?: Changes | undefined;
  /** A failure was refused. */
  readonly outcome?: 'success' | 'failure';
  /** HTTP status of a failure. */
  readonly status?: number | undefined;
  /** Where one event stands for several of the same kind: how many, and when the last of them was. */
  readonly times?: number;
  readonly lastAt?: number;
}

/** Records an event in the transaction of the change it reports. */
export const recordEvent = (tx: Tx, actor: Actor, event: AuditEvent): Promise<void> =>
  recordEvents(tx, [{ actor, event }]);

/** The same for several. */
export const recordEvents = (
  tx: Tx,
  events: readonly { readonly actor: Actor; readonly event: AuditEvent }[],
): Promise<void> =>
  insertEvents(
    tx,
    events.map(({ actor, event }) => rowOf(actor, event)),
  );

/** What an account wanted to have recorded is gone with it. Its events stay. */
export const forgetAuditSettings = (tx: Tx, accountId: string): Promise<void> =>
  deleteAuditSettings(tx, accountId);

const LONGEST_TEXT = 500;

/**
 * Masked before it is cut: of a secret that is cut in the middle nothing stays. A client may name anything, and PostgreSQL
 * keeps no NUL: an event that cannot be written would hold up all the others.
 */
const told = (text: string): string =>
  maskSecrets(text).slice(0, LONGEST_TEXT).toWellFormed().replaceAll('\0', '\uFFFD');

const toldIf = (text: string | undefined): string | null => (text === undefined ? null : told(text));

const rowOf = (actor: Actor, event: AuditEvent): NewAuditEventRow => ({
  id: eventId(event.at),
  account_id: event.accountId,
  at: event.at,
  action: event.action,
  outcome: event.outcome ?? 'success',
  principal: actor.principal,
  credential_id: actor.credentialId ?? null,
  target: told(event.target),
  target_type: event.targetType ?? null,
  target_name: toldIf(event.targetName),
  reference: toldIf(event.reference),
  digest: event.digest ?? null,
  changed: printChanges(event.changed),
  address: actor.address ?? null,
  agent: actor.agent ?? null,
  request_id: actor.requestId ?? null,
  region: actor.region ?? null,
  replica: actor.replica ?? null,
  claims: actor.claims === undefined ? null : JSON.stringify(actor.claims),
  reason: toldIf(event.reason),
  status: event.status ?? null,
  times: event.times ?? null,
  last_at: event.lastAt ?? null,
  number: null,
});

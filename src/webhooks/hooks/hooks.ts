import type { AuditLog } from '../../audit/events/room.ts';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { WebhookRow } from '../../database/webhook-schema.ts';
import { entityTagSeed, firstEntityTag } from '../../entity-tag.ts';
import { RegistryError } from '../../errors.ts';
import type { MasterKey } from '../../identity/room.ts';
import { prefixedId } from '../../ids.ts';
import type { Actor, Identity } from '../../principal.ts';
import type { Receivers } from '../addresses/receivers.ts';
import { EVENTS_OF_FORM } from '../forms/forms.ts';
import { faultOfSecret, newSecret } from '../forms/secret.ts';
import { HOOK_LIMITS, type Hook, type HookChanges, type NewHook } from './hook.ts';
import { hookOfRow } from './hook-row.ts';
import { sealSecret } from './hook-secrets.ts';
import { findHook, hooksOfAccount } from './rows.ts';
import { addHook, changeHook, type HookChange, removeHook } from './writes.ts';

/** Who makes or changes a hook: for the audit, and as the one in whose right it is sent from now on. */
export interface HookAuthor {
  readonly actor: Actor;
  readonly identity: Identity;
}

/** A secret is in the answer that makes it, and nowhere else. */
export interface HookSecret {
  readonly hook: Hook;
  readonly secret: string;
}

export interface HookParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly masterKey: MasterKey;
  readonly log: AuditLog;
  readonly receivers: Receivers;
}

/** The hooks of accounts. A hook is found through its account alone: another account's is NOT_FOUND. */
export class Hooks {
  readonly #parts: HookParts;

  constructor(parts: HookParts) {
    this.#parts = parts;
  }

  /**
   * Throws LIMIT_REACHED, NAME_TAKEN, NOT_FOUND for a namespace that the account does not have, BAD_REQUEST for an address
   * that is not allowed, an event that the form has no words for, or a secret that cannot sign.
   */
  async add(hook: NewHook, { actor, identity }: HookAuthor): Promise<HookSecret> {
    const { database, clock, masterKey, log, receivers } = this.#parts;
    receivers.refuseUrl(hook.url);
    refuseEvents(hook.form, hook.events);
    const secret = secretFrom(hook.secret);
    const now = clock.now();
    const id = prefixedId('Webhook');
    const row: WebhookRow = {
      id,
      account_id: hook.accountId,
      namespace_id: hook.namespaceId ?? null,
      name: hook.name,
      description: hook.description,
      url: hook.url,
      form: hook.form,
      events: JSON.stringify([...new Set(hook.events)]),
      enabled: 1,
      disabled_reason: null,
      disabled_at: null,
      failing_since: null,
      paused_until: null,
      dropped: 0,
      from_number: await log.end(),
      secret: sealSecret(masterKey, id, secret),
      previous_secret: null,
      previous_until: null,
      ...answeredBy(identity),
      entity_tag: firstEntityTag(),
      created_at: now,
      created_by: identity.iamId,
      modified_at: now,
      removed_at: null,
    };
    await database.write(addHook, { row, actor });
    return { hook: hookOfRow(row), secret };
  }

  /** All of an account, by name: at most 20. */
  async list(accountId: string): Promise<Hook[]> {
    const rows = await hooksOfAccount(this.#parts.database.db, accountId);
    return rows.map(hookOfRow).sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** Throws NOT_FOUND. */
  async find(accountId: string, id: string): Promise<Hook> {
    return found(await findHook(this.#parts.database.db, accountId, id));
  }

  /**
   * Throws NOT_FOUND, ENTITY_CHANGED, NAME_TAKEN, BAD_REQUEST. `ifMatch` in the form of `formatEntityTags`; `*` where none is
   * given.
   */
  async change(
    accountId: string,
    id: string,
    ifMatch: string,
    changes: HookChanges,
    by: HookAuthor,
  ): Promise<Hook> {
    if (changes.url !== undefined) this.#parts.receivers.refuseUrl(changes.url);
    if (changes.events !== undefined) refuseEvents((await this.find(accountId, id)).form, changes.events);
    return this.#change(accountId, id, ifMatch, 'update', columnsOf(changes), by);
  }

  /** Its deliveries go with it. Throws NOT_FOUND. */
  async remove(accountId: string, id: string, actor: Actor): Promise<void> {
    const { database, clock } = this.#parts;
    if (!(await database.write(removeHook, { accountId, id, at: clock.now(), actor }))) throw notFound();
  }

  /**
   * Makes the next secret, or takes the given one. The one of before signs beside it for `overlap` milliseconds (0: not any
   * more). Throws NOT_FOUND, BAD_REQUEST.
   */
  async rotateSecret(
    accountId: string,
    id: string,
    { secret: given, overlap = HOOK_LIMITS.overlap }: { readonly secret?: string; readonly overlap?: number },
    by: HookAuthor,
  ): Promise<HookSecret> {
    const { database, clock, masterKey } = this.#parts;
    const before = await findHook(database.db, accountId, id);
    if (!before) throw notFound();
    const secret = secretFrom(given);
    const keptMs = Math.min(Math.max(0, overlap), HOOK_LIMITS.longestOverlap);
    const columns = {
      secret: sealSecret(masterKey, id, secret),
      previous_secret: keptMs > 0 ? before.secret : null,
      previous_until: keptMs > 0 ? clock.now() + keptMs : null,
    };
    // the secret that was read is the one that stays beside: another rotation meanwhile is refused
    return { hook: await this.#change(accountId, id, before.entity_tag, 'rotate', columns, by), secret };
  }

  async #change(
    accountId: string,
    id: string,
    ifMatch: string,
    verb: HookChange['verb'],
    columns: Partial<WebhookRow>,
    { actor, identity }: HookAuthor,
  ): Promise<Hook> {
    const { database, clock, log } = this.#parts;
    const number = await log.end();
    const change = { ...columns, ...answeredBy(identity) };
    const input = { accountId, id, ifMatch, columns: change, verb, number, at: clock.now() };
    return found(await database.write(changeHook, { ...input, seed: entityTagSeed(), actor }));
  }
}

/** The given secret, which is not repeated where it cannot be used, or a new one. */
const secretFrom = (given: string | undefined): string => {
  if (given === undefined) return newSecret();
  const fault = faultOfSecret(given);
  if (fault !== undefined) throw new RegistryError('BAD_REQUEST', { message: fault });
  return given;
};

const answeredBy = ({ kind, iamId }: Identity) => ({ answered_kind: kind, answered_by: iamId });

const columnsOf = ({ events, enabled, ...texts }: HookChanges): Partial<WebhookRow> => ({
  ...texts,
  ...(events === undefined ? {} : { events: JSON.stringify([...new Set(events)]) }),
  ...(enabled === undefined ? {} : { enabled: Number(enabled) }),
});

const refuseEvents = (form: Hook['form'], events: readonly string[]): void => {
  const known: readonly string[] = EVENTS_OF_FORM[form];
  const unknown = events.find((event) => !known.includes(event));
  if (unknown !== undefined || events.length === 0)
    throw new RegistryError('BAD_REQUEST', {
      message:
        unknown === undefined
          ? `name at least one event: ${known.join(', ')}`
          : `the form ${form} has no words for ${unknown}; it can tell of ${known.join(', ')}`,
    });
};

const notFound = (): RegistryError =>
  new RegistryError('NOT_FOUND', { message: 'there is no such webhook in the account' });

const found = (row: WebhookRow | undefined): Hook => {
  if (!row) throw notFound();
  return hookOfRow(row);
};

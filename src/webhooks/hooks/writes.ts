import { changesBetween, recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { WebhookRow } from '../../database/webhook-schema.ts';
import { changedEntityTag, nextEntityTag } from '../../entity-tag.ts';
import { RegistryError } from '../../errors.ts';
import { onAccountCleared } from '../../identity/tx.ts';
import type { Actor } from '../../principal.ts';
import { findNamespaceById, onNamespaceRemoved } from '../../tenancy/tx.ts';
import { deleteOfHook } from '../deliveries/rows.ts';
import { putPosition } from '../outbox/rows.ts';
import { type DisabledReason, HOOK_LIMITS } from './hook.ts';
import * as rows from './rows.ts';

/** Adds a hook, which is told of what stands behind `from_number` of the audit log. */
export const addHook = defineWrite(
  'webhooks.hook.add',
  async (tx: Tx, { row, actor }: { row: WebhookRow; actor: Actor }): Promise<void> => {
    const others = await rows.hooksOfAccount(tx.db, row.account_id);
    if (others.length >= HOOK_LIMITS.perAccount)
      throw new RegistryError('LIMIT_REACHED', {
        message: `an account has at most ${HOOK_LIMITS.perAccount} webhooks; remove one that is not used any more`,
      });
    if (others.some(({ name }) => name === row.name)) throw new RegistryError('NAME_TAKEN');
    await refuseForeignNamespace(tx, row);
    await beginFrom(tx, row.from_number);
    await rows.insertHook(tx, row);
    await audit(tx, undefined, row, 'create', { at: row.created_at, actor });
  },
);

const refuseForeignNamespace = async (
  tx: Tx,
  { account_id, namespace_id }: Pick<WebhookRow, 'account_id' | 'namespace_id'>,
): Promise<void> => {
  if (namespace_id === null) return;
  if ((await findNamespaceById(tx.db, namespace_id))?.accountId !== account_id)
    throw new RegistryError('NOT_FOUND', { message: 'there is no such namespace in the account' });
};

/** As long as no hook was switched on nothing read the log: it is read from here on. */
const beginFrom = async (tx: Tx, number: number): Promise<void> => {
  if (!(await rows.hasEnabledHooks(tx.db))) await putPosition(tx, number);
};

export interface HookChange {
  readonly accountId: string;
  readonly id: string;
  readonly ifMatch: string;
  readonly columns: Partial<WebhookRow>;
  /** What of the secret is changed is told so. */
  readonly verb: 'update' | 'rotate';
  /** The last number of the audit log: what a hook is told of that is switched on again begins behind it. */
  readonly number: number;
  readonly at: number;
  readonly seed: string;
  readonly actor: Actor;
}

/** Undefined when there is no such hook. */
export const changeHook = defineWrite(
  'webhooks.hook.change',
  async (tx: Tx, input: HookChange): Promise<WebhookRow | undefined> => {
    const { accountId, id, ifMatch, columns, verb, number, at, seed, actor } = input;
    const before = await rows.findHook(tx.db, accountId, id);
    if (!before) return undefined;
    const { name } = columns;
    const others = name === undefined ? [] : await rows.hooksOfAccount(tx.db, accountId);
    if (others.some((other) => other.id !== id && other.name === name)) throw new RegistryError('NAME_TAKEN');
    const isBegun = columns.enabled === 1 && before.enabled === 0;
    // what another receiver asked for, or failed to take, says nothing of this one
    const isElsewhere = columns.url !== undefined && columns.url !== before.url;
    if (isBegun) await beginFrom(tx, number);
    const change: Partial<WebhookRow> = {
      ...columns,
      ...(isElsewhere ? { failing_since: null, paused_until: null } : {}),
      ...(isBegun ? { from_number: number, ...SOUND } : {}),
      ...(columns.enabled === 0 && before.enabled === 1 ? { disabled_reason: 'asked', disabled_at: at } : {}),
      entity_tag: changedEntityTag(before.entity_tag, ifMatch, seed),
      modified_at: at,
    };
    await rows.updateHook(tx, id, change);
    const after = { ...before, ...change };
    await audit(tx, before, after, verb, { at, actor });
    return after;
  },
);

const SOUND = {
  disabled_reason: null,
  disabled_at: null,
  failing_since: null,
  paused_until: null,
  dropped: 0,
} as const;

/** Switches a hook off by itself, and says why in the audit log. */
export const disableHook = defineWrite(
  'webhooks.hook.disable',
  async (tx: Tx, { id, reason, at, seed, actor }: HookDisabling): Promise<boolean> => {
    const before = await rows.findHookById(tx.db, id);
    if (before?.enabled !== 1) return false;
    const change = {
      enabled: 0,
      disabled_reason: reason,
      disabled_at: at,
      entity_tag: nextEntityTag(before.entity_tag, seed),
    };
    await rows.updateHook(tx, id, change);
    await audit(tx, before, { ...before, ...change }, 'disable', { at, actor, reason: SAYS[reason] });
    return true;
  },
);

export interface HookDisabling {
  readonly id: string;
  readonly reason: Exclude<DisabledReason, 'asked'>;
  readonly at: number;
  readonly seed: string;
  readonly actor: Actor;
}

export const SAYS = {
  gone: 'its receiver answered 410, which asks to be told nothing more',
  failing: 'nothing has arrived at its receiver for 5 days',
  'no-right': 'who made it, or changed it last, is no Administrator of the account any more',
} as const;

/** False when there is no such hook. Its deliveries are deleted afterwards, a piece at a time. */
export const removeHook = defineWrite(
  'webhooks.hook.remove',
  async (
    tx: Tx,
    { accountId, id, at, actor }: { accountId: string; id: string; at: number; actor: Actor },
  ): Promise<boolean> => {
    const row = await rows.findHook(tx.db, accountId, id);
    if (!row) return false;
    await rows.updateHook(tx, id, { removed_at: at, enabled: 0 });
    await audit(tx, row, row, 'delete', { at, actor });
    return true;
  },
);

/** Deletes some of the deliveries of a removed hook, and with the last of them the hook; true when it is gone. */
export const clearHook = defineWrite(
  'webhooks.hook.clear',
  async (tx: Tx, { id, limit }: { id: string; limit: number }): Promise<boolean> => {
    if ((await deleteOfHook(tx, id, limit)) === limit) return false;
    await rows.deleteHook(tx, id);
    return true;
  },
  { bulk: true },
);

/** Of the address the host is told: the rest may hold a secret. */
const audit = (
  tx: Tx,
  before: WebhookRow | undefined,
  after: WebhookRow,
  verb: string,
  { at, actor, reason }: { at: number; actor: Actor; reason?: string },
): Promise<void> =>
  recordEvent(tx, actor, {
    accountId: after.account_id,
    at,
    action: `container-registry.webhook.${verb}`,
    target: after.id,
    targetType: 'webhook',
    targetName: after.name,
    reason,
    changed: changesBetween(before && told(before), told(after), [
      'name',
      'description',
      'disabled',
      'actions',
      'host',
    ]),
  });

const told = ({ name, description, enabled, events, url }: WebhookRow) => ({
  name,
  description,
  disabled: enabled === 0,
  actions: JSON.parse(events) as string[],
  host: new URL(url).host,
});

onNamespaceRemoved.add((tx, { namespaceId }) => rows.removeHooksOfNamespace(tx, namespaceId));

onAccountCleared.add(async (tx, { accountId, budget }) => {
  while (budget.rows > 0) {
    const id = await rows.anyHookOfAccount(tx.db, accountId);
    if (id === undefined) return;
    const asked = budget.rows;
    const gone = await deleteOfHook(tx, id, asked);
    budget.rows -= gone;
    if (gone === asked) return;
    await rows.deleteHook(tx, id);
    budget.rows--;
  }
});

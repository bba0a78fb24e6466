import { type AuditEvent, changesBetween, recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { ApiKeyRow } from '../../database/schema.ts';
import { nextEntityTag, requireEntityTag } from '../../entity-tag.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import { deleteDeviceLoginsOf } from '../device-logins/rows.ts';
import { entityIdOf } from '../iam-ids.ts';
import { LIMITS } from '../limits.ts';
import { deleteLoginGrantsOf } from '../login-grants/rows.ts';
import { deleteOneTimeCodesOf } from '../one-time-codes/rows.ts';
import { findServiceId } from '../service-ids/rows.ts';
import * as sessions from '../sessions/rows.ts';
import { findMembership } from '../users/rows.ts';
import { type ApiKeyChanges, columnsOf } from './api-key.ts';
import { rotated, withoutPrevious } from './key-secrets.ts';
import * as apiKeys from './rows.ts';

/** Fields whose change an event tells. */
const TOLD = ['name', 'description', 'locked', 'disabled', 'expires_at'] as const;

export const createApiKey = defineWrite(
  'identity.api-key.create',
  async (tx: Tx, { key, actor }: { key: ApiKeyRow; actor: Actor }): Promise<void> => addKey(tx, key, actor),
);

interface Changing {
  readonly id: string;
  readonly at: number;
  /** Makes the next entity tag. */
  readonly seed: string;
  readonly actor: Actor;
}

/** Undefined when there is no such key. */
export const updateApiKey = defineWrite(
  'identity.api-key.update',
  async (
    tx: Tx,
    { changes, ifMatch, ...input }: Changing & { changes: ApiKeyChanges; ifMatch: string },
  ): Promise<ApiKeyRow | undefined> => {
    const key = await apiKeys.findApiKey(tx.db, input.id);
    if (!key) return undefined;
    requireEntityTag(ifMatch, key.entity_tag);
    refuseLocked(key);
    const columns = columnsOf(changes);
    return change(tx, key, columns, 'update', input, Object.keys(columns).join(', '));
  },
);

/** Locks, unlocks, disables or enables a key. False when there is no such key; done already is done. */
export const setApiKeyState = defineWrite(
  'identity.api-key.state',
  async (
    tx: Tx,
    { state, ...input }: Changing & { state: { locked: number } | { disabled: number } },
  ): Promise<boolean> => {
    const key = await apiKeys.findApiKey(tx.db, input.id);
    if (!key) return false;
    const changed = { ...key, ...state };
    if (changed.locked === key.locked && changed.disabled === key.disabled) return true;
    const verb =
      'locked' in state ? (state.locked ? 'lock' : 'unlock') : state.disabled ? 'disable' : 'enable';
    await change(tx, key, state, verb, input);
    return true;
  },
);

/** Gives a key its next secret; the one it has signs in until a time. Undefined when there is no such key. */
export const rotateApiKey = defineWrite(
  'identity.api-key.rotate',
  async (
    tx: Tx,
    { ifMatch, hash, until, expiresAt, ...input }: Changing & Rotation,
  ): Promise<ApiKeyRow | undefined> => {
    const key = await apiKeys.findApiKey(tx.db, input.id);
    if (!key) return undefined;
    requireEntityTag(ifMatch, key.entity_tag);
    refuseLocked(key);
    await refuseTaken(tx, hash);
    const columns = {
      ...rotated(key, hash, input.at, until),
      ...(expiresAt === undefined ? {} : columnsOf({ expiresAt })),
    };
    const reason = `the secret before signs in until ${new Date(until).toISOString()}`;
    return change(tx, key, columns, 'rotate', input, reason);
  },
);

interface Rotation {
  readonly ifMatch: string;
  readonly hash: string;
  /** When the secret of now is refused. */
  readonly until: number;
  /** When the key itself ends from now on; undefined: as before. */
  readonly expiresAt: number | undefined;
}

/** Ends the secret before the newest. Undefined when there is no such key, false when it has no such secret. */
export const endPreviousSecret = defineWrite(
  'identity.api-key.end-previous',
  async (tx: Tx, { ifMatch, ...input }: Changing & { ifMatch: string }): Promise<boolean | undefined> => {
    const key = await apiKeys.findApiKey(tx.db, input.id);
    if (!key) return undefined;
    requireEntityTag(ifMatch, key.entity_tag);
    refuseLocked(key);
    if (key.previous_until === null || key.previous_until <= input.at) return false;
    await change(tx, key, withoutPrevious(), 'end-previous-secret', input);
    return true;
  },
);

/** Removes a key with the sessions it opened. False when there is no such key. */
export const deleteApiKey = defineWrite(
  'identity.api-key.delete',
  async (tx: Tx, { id, at, actor }: { id: string; at: number; actor: Actor }): Promise<boolean> => {
    const key = await apiKeys.findApiKey(tx.db, id);
    if (!key) return false;
    refuseLocked(key);
    await removeKey(tx, key, at, actor);
    return true;
  },
);

/** Does what a key says is to be done when it leaks, locked or not; answers what was done. */
export const reportLeakedKey = defineWrite(
  'identity.api-key.leaked',
  async (tx: Tx, input: Changing): Promise<ApiKeyRow['action_when_leaked'] | undefined> => {
    const key = await apiKeys.findApiKey(tx.db, input.id);
    if (!key) return undefined;
    const { action_when_leaked: action } = key;
    await audit(tx, key, 'leaked', input, { reason: `action_when_leaked is ${action}` });
    if (action === 'disable' && !key.disabled) await change(tx, key, { disabled: 1 }, 'disable', input);
    if (action === 'delete') await removeKey(tx, key, input.at, input.actor);
    return action;
  },
);

/** Removes keys that expired long ago. */
export const removeExpiredKeys = defineWrite(
  'identity.api-key.expire',
  async (
    tx: Tx,
    { ids, before, at, actor }: { ids: readonly string[]; before: number; at: number; actor: Actor },
  ): Promise<void> => {
    for (const id of ids) {
      const key = await apiKeys.findApiKey(tx.db, id);
      // it may have been given another date meanwhile
      if (key && key.expires_at !== null && key.expires_at < before) await removeKey(tx, key, at, actor);
    }
  },
);

/** Adds a key: at most 20 of an identity, none with a value that is taken, none for an identity that is gone meanwhile. */
export const addKey = async (tx: Tx, key: ApiKeyRow, actor: Actor): Promise<void> => {
  if ((await apiKeys.countApiKeys(tx.db, key.account_id, key.iam_id)) >= LIMITS.apiKeysPerIdentity) {
    throw new RegistryError('LIMIT_REACHED', {
      message: `an identity has at most ${LIMITS.apiKeysPerIdentity} API keys; delete one that is not used any more`,
    });
  }
  await refuseTaken(tx, key.secret_hash);
  if (!(await isThere(tx, key))) throw new RegistryError('NOT_FOUND');
  await insertKey(tx, key, actor);
};

const refuseTaken = async (tx: Tx, hash: string): Promise<void> => {
  const taken =
    (await apiKeys.findApiKeyByHash(tx.db, hash)) ?? (await apiKeys.findApiKeyByPreviousHash(tx.db, hash));
  if (!taken) return;
  throw new RegistryError('BAD_REQUEST', { message: 'this value cannot be an API key here; choose another' });
};

const isThere = async (tx: Tx, { identity_kind, account_id, iam_id }: ApiKeyRow): Promise<boolean> =>
  identity_kind === 'service-id'
    ? (await findServiceId(tx.db, entityIdOf(iam_id)))?.account_id === account_id
    : (await findMembership(tx.db, account_id, iam_id))?.state === 'ACTIVE';

export const insertKey = async (tx: Tx, key: ApiKeyRow, actor: Actor): Promise<void> => {
  await apiKeys.insertApiKey(tx, key);
  const changed = { ...changesBetween(undefined, key, TOLD), holder: { to: key.iam_id } };
  await audit(tx, key, 'create', { at: key.created_at, actor }, { changed });
};

/** Removes a key with the sessions and refresh tokens that came from it. Of thousands some are left, which nothing accepts without the key. */
export const removeKey = async (tx: Tx, key: ApiKeyRow, at: number, actor: Actor): Promise<void> => {
  await sessions.deleteSessionsOfKey(tx, key.id);
  await apiKeys.deleteApiKey(tx, key.id);
  await audit(tx, key, 'delete', { at, actor }, { changed: { holder: { from: key.iam_id } } });
};

/**
 * Removes all a user or service ID signs in with in an account, the password apart. Of thousands of sessions some are left
 * (`endSessionsOfIdentity`): without the keys and the membership that they came from nothing accepts them.
 */
export const removeSecrets = async (tx: Tx, accountId: string, iamId: string): Promise<void> => {
  await sessions.deleteSessionsOfIdentity(tx, accountId, iamId);
  await apiKeys.deleteApiKeysOfIdentity(tx, accountId, iamId);
  await deleteOneTimeCodesOf(tx, { accountId, iamId });
  await deleteDeviceLoginsOf(tx, accountId, iamId);
  await deleteLoginGrantsOf(tx, accountId, iamId);
};

export const refuseLocked = ({ locked, name }: ApiKeyRow): void => {
  if (!locked) return;
  throw new RegistryError('LOCKED', { message: `the API key ${name} is locked; unlock it first` });
};

const change = async (
  tx: Tx,
  before: ApiKeyRow,
  columns: Partial<ApiKeyRow>,
  verb: string,
  { at, seed, actor }: Changing,
  reason?: string,
): Promise<ApiKeyRow> => {
  const entity_tag = nextEntityTag(before.entity_tag, seed);
  const row = { ...before, ...columns, entity_tag, modified_at: at };
  await apiKeys.updateApiKey(tx, row);
  await audit(tx, row, verb, { at, actor }, { reason, changed: changesBetween(before, row, TOLD) });
  return row;
};

/** Under IBM's word for the kind of key: iam-identity.user-apikey.create, iam-identity.serviceid-apikey.create. */
const audit = (
  tx: Tx,
  { id, account_id: accountId, identity_kind: kind, name }: ApiKeyRow,
  verb: string,
  { at, actor }: { at: number; actor: Actor },
  more: Pick<AuditEvent, 'reason' | 'changed'>,
): Promise<void> => {
  const targetType = kind === 'user' ? 'user-apikey' : 'serviceid-apikey';
  const action = `iam-identity.${targetType}.${verb}`;
  return recordEvent(tx, actor, { accountId, at, action, target: id, targetType, targetName: name, ...more });
};

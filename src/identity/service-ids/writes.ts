import { changesBetween, recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { ServiceIdRow } from '../../database/iam-schema.ts';
import type { ApiKeyRow } from '../../database/schema.ts';
import { nextEntityTag, requireEntityTag } from '../../entity-tag.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import { apiKeysOfIdentity } from '../api-keys/rows.ts';
import { addKey, refuseLocked as refuseLockedKey, removeKey } from '../api-keys/writes.ts';
import { onIdentityRemoved } from '../extension-points.ts';
import { iamIdOfServiceId } from '../iam-ids.ts';
import { LIMITS } from '../limits.ts';
import * as profiles from '../profiles/rows.ts';
import * as serviceIds from './rows.ts';
import { columnsOf, type ServiceIdChanges } from './service-id.ts';

/** Creates a service ID, and with it a key where one is given: both or neither. */
export const createServiceId = defineWrite(
  'identity.service-id.create',
  async (
    tx: Tx,
    { row, key, actor }: { row: ServiceIdRow; key: ApiKeyRow | undefined; actor: Actor },
  ): Promise<void> => {
    if ((await serviceIds.countServiceIds(tx.db, row.account_id)) >= LIMITS.serviceIdsPerAccount) {
      throw new RegistryError('LIMIT_REACHED', {
        message: `an account has at most ${LIMITS.serviceIdsPerAccount} service IDs; delete one that is not used any more`,
      });
    }
    await serviceIds.insertServiceId(tx, row);
    await audit(tx, undefined, row, 'create', { at: row.created_at, actor });
    if (key) await addKey(tx, key, actor);
  },
);

interface Changing {
  readonly id: string;
  readonly at: number;
  /** Makes the next entity tag. */
  readonly seed: string;
  readonly actor: Actor;
}

/** Undefined when there is no such service ID. */
export const updateServiceId = defineWrite(
  'identity.service-id.update',
  async (
    tx: Tx,
    { changes, ifMatch, ...input }: Changing & { changes: ServiceIdChanges; ifMatch: string },
  ): Promise<ServiceIdRow | undefined> => {
    const row = await serviceIds.findServiceId(tx.db, input.id);
    if (!row) return undefined;
    requireEntityTag(ifMatch, row.entity_tag);
    refuseLocked(row);
    return change(tx, row, columnsOf(changes), 'update', input);
  },
);

/** Undefined when there is no such service ID; done already is done. */
export const lockServiceId = defineWrite(
  'identity.service-id.lock',
  async (tx: Tx, { locked, ...input }: Changing & { locked: number }): Promise<ServiceIdRow | undefined> => {
    const row = await serviceIds.findServiceId(tx.db, input.id);
    if (!row || row.locked === locked) return row;
    return change(tx, row, { locked }, locked ? 'lock' : 'unlock', input);
  },
);

/** Removes a service ID and all it had: keys, sessions, policies, memberships, trusts. False when there is none. */
export const deleteServiceId = defineWrite(
  'identity.service-id.delete',
  async (tx: Tx, { id, at, actor }: { id: string; at: number; actor: Actor }): Promise<boolean> => {
    const row = await serviceIds.findServiceId(tx.db, id);
    if (!row) return false;
    refuseLocked(row);
    const iamId = iamIdOfServiceId(id);
    const keys = await apiKeysOfIdentity(tx.db, row.account_id, iamId);
    for (const key of keys) refuseLockedKey(key);
    for (const key of keys) await removeKey(tx, key, at, actor);
    await removeTraces(tx, row.account_id, iamId);
    await serviceIds.deleteServiceId(tx, id);
    await audit(tx, row, row, 'delete', { at, actor });
    return true;
  },
);

/** What an identity was granted and trusted with goes with it. */
const removeTraces = async (tx: Tx, accountId: string, iamId: string): Promise<void> => {
  await onIdentityRemoved.run(tx, { accountId, iamId });
  for (const id of await profiles.trustsOfIdentity(tx.db, iamId)) await profiles.deleteProfileTrust(tx, id);
};

const refuseLocked = ({ locked, name }: ServiceIdRow): void => {
  if (!locked) return;
  throw new RegistryError('LOCKED', { message: `the service ID ${name} is locked; unlock it first` });
};

const change = async (
  tx: Tx,
  before: ServiceIdRow,
  columns: Partial<ServiceIdRow>,
  verb: string,
  { at, seed, actor }: Changing,
): Promise<ServiceIdRow> => {
  const entity_tag = nextEntityTag(before.entity_tag, seed);
  const row = { ...before, ...columns, entity_tag, modified_at: at };
  await serviceIds.updateServiceId(tx, row);
  await audit(tx, before, row, verb, { at, actor });
  return row;
};

/** Under IBM's names: iam-identity.serviceid.create, … */
const audit = (
  tx: Tx,
  before: ServiceIdRow | undefined,
  row: ServiceIdRow,
  verb: string,
  { at, actor }: { at: number; actor: Actor },
): Promise<void> =>
  recordEvent(tx, actor, {
    accountId: row.account_id,
    at,
    action: `iam-identity.serviceid.${verb}`,
    target: row.id,
    targetName: row.name,
    changed: changesBetween(before, row, ['name', 'description', 'locked']),
  });

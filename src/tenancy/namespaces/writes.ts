import { type Changes, recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { NamespaceRow } from '../../database/schema.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import { onNamespaceRemoved } from '../extension-points.ts';
import { findRegion, insertRegion } from '../regions/rows.ts';
import { findResourceGroup } from '../resource-groups/rows.ts';
import * as namespaces from './rows.ts';

/** IBM allows 100 namespaces per account and region. */
const NAMESPACES_PER_ACCOUNT = 100;

/** Adds a namespace; true when new, false when this account had it already. Taken by another account: NAMESPACE_TAKEN. */
export const addNamespace = defineWrite(
  'tenancy.namespace.add',
  async (tx: Tx, { row, actor }: { row: NamespaceRow; actor: Actor }): Promise<boolean> => {
    const known = await namespaces.findNamespace(tx.db, row.region_id, row.name);
    if (known?.account_id === row.account_id) return false;
    if (known) throw new RegistryError('NAMESPACE_TAKEN');
    await refuseForeignGroup(tx, row.account_id, row.resource_group_id);
    const own = await namespaces.listNamespaces(tx.db, row.account_id, row.region_id);
    if (own.length >= NAMESPACES_PER_ACCOUNT) {
      throw new RegistryError('LIMIT_REACHED', {
        message: `an account has at most ${NAMESPACES_PER_ACCOUNT} namespaces in a region; remove one first`,
      });
    }
    await namespaces.insertNamespace(tx, row);
    await auditNamespace(tx, 'container-registry.namespace.create', row, row.created_at, actor);
    return true;
  },
);

/**
 * Puts a namespace into a resource group, out of the default one. Out of another one only `again`: the rights that reach
 * a namespace are not to change. False when the account has no such namespace.
 */
export const assignNamespace = defineWrite(
  'tenancy.namespace.assign',
  async (
    tx: Tx,
    input: {
      regionId: string;
      accountId: string;
      name: string;
      groupId: string | null;
      again: boolean;
      at: number;
      actor: Actor;
    },
  ): Promise<boolean> => {
    const row = await namespaces.findNamespace(tx.db, input.regionId, input.name);
    if (row?.account_id !== input.accountId) return false;
    if (row.resource_group_id === input.groupId) return true;
    if (row.resource_group_id !== null && !input.again)
      throw new RegistryError('CONFLICT', {
        message: `the namespace ${row.name} is in the resource group ${row.resource_group_id} already, and stays there; the operator can move it`,
      });
    await refuseForeignGroup(tx, input.accountId, input.groupId);
    await namespaces.assignNamespace(tx, row, { resource_group_id: input.groupId, updated_at: input.at });
    const changed = { resource_group: { from: row.resource_group_id, to: input.groupId } };
    await auditNamespace(tx, 'container-registry.namespace.update', row, input.at, input.actor, changed);
    return true;
  },
);

/** The group was looked up before; it must be there still. */
const refuseForeignGroup = async (tx: Tx, accountId: string, groupId: string | null): Promise<void> => {
  if (groupId === null || (await findResourceGroup(tx.db, groupId))?.account_id === accountId) return;
  throw new RegistryError('NOT_FOUND', { message: `there is no resource group ${groupId} in the account` });
};

/**
 * Removes a namespace: from now on it is gone for every request, and its name is free. What was in it goes afterwards, in
 * small steps (src/lifecycle/removed-namespaces). False when the account has no such namespace.
 */
export const removeNamespace = defineWrite(
  'tenancy.namespace.remove',
  async (
    tx: Tx,
    input: { regionId: string; accountId: string; name: string; at: number; actor: Actor },
  ): Promise<boolean> => {
    const row = await namespaces.findNamespace(tx.db, input.regionId, input.name);
    if (row?.account_id !== input.accountId) return false;
    await takeNamespace(tx, row, input);
    return true;
  },
);

/** Marks a namespace as removed, and records it. */
export const takeNamespace = async (
  tx: Tx,
  row: NamespaceRow,
  { at, actor }: { at: number; actor: Actor },
): Promise<void> => {
  if (!(await findRegion(tx.db, namespaces.REMOVED)))
    await insertRegion(tx, { id: namespaces.REMOVED, name: namespaces.REMOVED, created_at: at });
  await namespaces.markRemoved(tx, row);
  await onNamespaceRemoved.run(tx, { namespaceId: row.id, nameBefore: row.name });
  await auditNamespace(tx, 'container-registry.namespace.delete', row, at, actor);
};

const auditNamespace = (
  tx: Tx,
  action: string,
  row: NamespaceRow,
  at: number,
  actor: Actor,
  changed?: Changes,
): Promise<void> =>
  recordEvent(tx, actor, {
    accountId: row.account_id,
    at,
    action,
    target: row.id,
    targetName: row.name,
    changed,
  });

import { type Changes, recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { ResourceGroupRow } from '../../database/iam-schema.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import { hasNamespacesInGroup } from '../namespaces/rows.ts';
import * as groups from './rows.ts';

/** They are listed as a whole. */
const GROUPS_PER_ACCOUNT = 100;

export const createResourceGroup = defineWrite(
  'tenancy.resource-group.create',
  async (tx: Tx, { row, actor }: { row: ResourceGroupRow; actor: Actor }): Promise<void> => {
    await refuseTakenName(tx, row);
    if ((await groups.listResourceGroups(tx.db, row.account_id)).length >= GROUPS_PER_ACCOUNT) {
      throw new RegistryError('LIMIT_REACHED', {
        message: `an account has at most ${GROUPS_PER_ACCOUNT} resource groups; delete one first`,
      });
    }
    await groups.insertResourceGroup(tx, row);
    await audit(tx, 'create', row, row.created_at, actor);
  },
);

/** Undefined where there is no such group; NAME_TAKEN. */
export const renameResourceGroup = defineWrite(
  'tenancy.resource-group.rename',
  async (
    tx: Tx,
    { id, name, at, actor }: { id: string; name: string; at: number; actor: Actor },
  ): Promise<ResourceGroupRow | undefined> => {
    const before = await groups.findResourceGroup(tx.db, id);
    if (!before) return undefined;
    const after = { ...before, name, updated_at: at };
    if (name !== before.name) await refuseTakenName(tx, after);
    await groups.renameResourceGroup(tx, after);
    await audit(tx, 'update', after, at, actor, { name: { from: before.name, to: name } });
    return after;
  },
);

/** False where there is no such group; IN_USE while a namespace is in it. */
export const deleteResourceGroup = defineWrite(
  'tenancy.resource-group.delete',
  async (tx: Tx, { id, at, actor }: { id: string; at: number; actor: Actor }): Promise<boolean> => {
    const row = await groups.findResourceGroup(tx.db, id);
    if (!row) return false;
    if (await hasNamespacesInGroup(tx.db, row.account_id, id))
      throw new RegistryError('IN_USE', {
        message: 'there are namespaces in the resource group; remove them first',
      });
    await groups.deleteResourceGroup(tx, id);
    await audit(tx, 'delete', row, at, actor);
    return true;
  },
);

const refuseTakenName = async (tx: Tx, { account_id, name }: ResourceGroupRow): Promise<void> => {
  const own = await groups.listResourceGroups(tx.db, account_id);
  if (own.some((other) => other.name === name))
    throw new RegistryError('NAME_TAKEN', {
      message: `the account has a resource group ${name} already; choose another name`,
    });
};

const audit = (
  tx: Tx,
  verb: string,
  row: ResourceGroupRow,
  at: number,
  actor: Actor,
  changed?: Changes,
): Promise<void> =>
  recordEvent(tx, actor, {
    accountId: row.account_id,
    at,
    action: `resource-controller.group.${verb}`,
    target: row.id,
    targetName: row.name,
    reason: row.name,
    changed,
  });

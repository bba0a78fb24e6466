import { recordEvent } from '../../audit/events/tx.ts';
import { ANY, defineWrite, type Tx } from '../../database/database.ts';
import type { CustomRoleRow } from '../../database/iam-schema.ts';
import { changedEntityTag } from '../../entity-tag.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import { termsOfRow } from '../policies/policy-grants.ts';
import * as policies from '../policies/rows.ts';
import { crnOfCustomRole } from '../roles/roles.ts';

/** IBM allows 40 custom roles per account. */
const ROLES_PER_ACCOUNT = 40;

/** Creates an account's own role. ROLE_CONFLICT, LIMIT_REACHED. */
export const createRole = defineWrite(
  'access.role.create',
  async (tx: Tx, { row, actor }: { row: CustomRoleRow; actor: Actor }): Promise<void> => {
    const own = await policies.listCustomRoles(tx.db, row.account_id);
    if (own.some(({ name }) => name === row.name))
      throw new RegistryError('ROLE_CONFLICT', {
        message: `the account has a role ${row.name} already; choose another name`,
      });
    if (own.length >= ROLES_PER_ACCOUNT)
      throw new RegistryError('LIMIT_REACHED', {
        message: `an account has at most ${ROLES_PER_ACCOUNT} roles of its own; delete one first`,
      });
    await policies.insertCustomRole(tx.db, row);
    await note(tx, 'create', row, actor);
  },
);

export interface RoleChange {
  readonly id: string;
  readonly ifMatch: string;
  /** Random, for the next entity tag. */
  readonly entropy: string;
  readonly set: Pick<
    CustomRoleRow,
    'display_name' | 'description' | 'actions' | 'modified_at' | 'modified_by'
  >;
  readonly actor: Actor;
}

/** Replaces what a role is. Undefined where there is none; ENTITY_CHANGED. */
export const replaceRole = defineWrite(
  'access.role.replace',
  async (tx: Tx, change: RoleChange): Promise<CustomRoleRow | undefined> => {
    const before = await policies.findCustomRole(tx.db, change.id);
    if (!before) return undefined;
    const entity_tag = changedEntityTag(before.entity_tag, change.ifMatch, change.entropy);
    const after = { ...before, ...change.set, entity_tag };
    await policies.updateCustomRole(tx.db, after);
    await note(tx, 'update', after, change.actor);
    return after;
  },
);

/** Deletes a role no active policy names; false where there is none. ROLE_CONFLICT. */
export const deleteRole = defineWrite(
  'access.role.delete',
  async (tx: Tx, { id, at, actor }: { id: string; at: number; actor: Actor }): Promise<boolean> => {
    const row = await policies.findCustomRole(tx.db, id);
    if (!row) return false;
    const crn = crnOfCustomRole(row.account_id, row.name);
    const every = await policies.listPolicies(tx.db, row.account_id, { subject: undefined, state: 'active' });
    const naming = every.find((policy) => termsOfRow(policy)?.roles.includes(crn));
    if (naming)
      throw new RegistryError('ROLE_CONFLICT', {
        message: `the policy ${naming.id} gives this role; change or delete the policy first`,
      });
    await policies.deleteCustomRole(tx.db, id);
    await note(tx, 'delete', { ...row, modified_at: at }, actor);
    return true;
  },
);

/** Any policy may name the role: all that was made of policies is made again. */
const note = (tx: Tx, verb: string, row: CustomRoleRow, actor: Actor): Promise<void> => {
  tx.changed('custom-role', row.account_id);
  tx.changed('policy', ANY);
  const event = {
    accountId: row.account_id,
    at: row.modified_at,
    action: `iam-access-management.customRole.${verb}`,
    target: row.id,
    reason: row.name,
  };
  return recordEvent(tx, actor, event);
};

import { changesBetween, recordEvent } from '../../audit/events/tx.ts';
import { type Db, defineWrite, type Tx } from '../../database/database.ts';
import type { CustomRoleRow } from '../../database/iam-schema.ts';
import { changedEntityTag, firstEntityTag } from '../../entity-tag.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import { termsOfRow } from '../policies/policy-grants.ts';
import * as policies from '../policies/rows.ts';
import { crnOfCustomRole } from '../roles/roles.ts';
import type { RoleContent } from './custom-role.ts';
import * as customRoles from './rows.ts';

/** IBM allows 40 custom roles per account. */
const ROLES_PER_ACCOUNT = 40;

/** Who changes something, and when. */
interface Change {
  readonly at: number;
  readonly by: string;
  readonly actor: Actor;
  /** Random, for the next entity tag. */
  readonly entropy: string;
}

export interface AddedRole extends RoleContent {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  readonly serviceName: string;
}

/** Creates a custom role. ROLE_CONFLICT, LIMIT_REACHED. */
export const createRole = defineWrite(
  'access.role.create',
  async (tx: Tx, { role, ...change }: Change & { role: AddedRole }): Promise<CustomRoleRow> => {
    const own = await customRoles.listCustomRoles(tx.db, role.accountId);
    if (own.some(({ name }) => name === role.name))
      throw new RegistryError('ROLE_CONFLICT', {
        message: `the account has a role ${role.name} already; choose another name`,
      });
    if (own.length >= ROLES_PER_ACCOUNT)
      throw new RegistryError('LIMIT_REACHED', {
        message: `an account has at most ${ROLES_PER_ACCOUNT} custom roles; delete one first`,
      });
    const row: CustomRoleRow = {
      id: role.id,
      account_id: role.accountId,
      name: role.name,
      service_name: role.serviceName,
      ...contentOf(role),
      entity_tag: firstEntityTag(change.entropy),
      created_at: change.at,
      created_by: change.by,
      modified_at: change.at,
      modified_by: change.by,
    };
    await customRoles.insertCustomRole(tx, row);
    await audit(tx, 'create', { after: row }, change);
    return row;
  },
);

/** Replaces what a role is; one that is so already stays as it is. Undefined where there is none; ENTITY_CHANGED. */
export const replaceRole = defineWrite(
  'access.role.replace',
  async (
    tx: Tx,
    { id, content, ifMatch, ...change }: Change & { id: string; content: RoleContent; ifMatch: string },
  ): Promise<CustomRoleRow | undefined> => {
    const before = await customRoles.findCustomRole(tx.db, id);
    if (!before) return undefined;
    const set = contentOf(content);
    const after: CustomRoleRow = {
      ...before,
      ...set,
      entity_tag: changedEntityTag(before.entity_tag, ifMatch, change.entropy),
      modified_at: change.at,
      modified_by: change.by,
    };
    const isSame =
      set.display_name === before.display_name &&
      set.description === before.description &&
      set.actions === before.actions;
    // no one has to make anything again
    if (isSame) return before;
    await customRoles.updateCustomRole(tx, after);
    await audit(tx, 'update', { before, after }, change);
    return after;
  },
);

/** Deletes a role no active policy names; false where there is none. ROLE_CONFLICT. */
export const deleteRole = defineWrite(
  'access.role.delete',
  async (tx: Tx, { id, at, actor }: { id: string; at: number; actor: Actor }): Promise<boolean> => {
    const row = await customRoles.findCustomRole(tx.db, id);
    if (!row) return false;
    const giving = await policyGiving(tx.db, row);
    if (giving !== undefined)
      throw new RegistryError('ROLE_CONFLICT', {
        message: `the policy ${giving} gives this role; change or delete the policy first`,
      });
    await customRoles.deleteCustomRole(tx, row);
    await audit(tx, 'delete', { before: row }, { at, actor });
    return true;
  },
);

/** The id of an active policy that gives a role. */
const policyGiving = async (db: Db, role: CustomRoleRow): Promise<string | undefined> => {
  const crn = crnOfCustomRole(role.account_id, role.name);
  for (let after = ''; ; ) {
    const page = { after, limit: 20 };
    // as it stands in JSON
    const rows = await policies.policiesContaining(db, role.account_id, JSON.stringify(crn), page);
    const giving = rows.find((row) => termsOfRow(row)?.roles.includes(crn));
    if (giving || rows.length < page.limit) return giving?.id;
    after = rows.at(-1)?.id ?? after;
  }
};

const contentOf = ({ displayName, description, actions }: RoleContent) => ({
  display_name: displayName,
  description,
  actions: JSON.stringify([...new Set(actions)]),
});

const audit = (
  tx: Tx,
  verb: string,
  { before, after }: { before?: CustomRoleRow; after?: CustomRoleRow },
  { at, actor }: { readonly at: number; readonly actor: Actor },
): Promise<void> => {
  const row = after ?? before;
  return recordEvent(tx, actor, {
    accountId: row?.account_id ?? null,
    at,
    action: `iam-access-management.customRole.${verb}`,
    target: row?.id ?? '',
    targetName: row?.name,
    reason: row?.name,
    changed: changesBetween(before && told(before), after && told(after), ['name', 'description', 'actions']),
  });
};

const told = ({ display_name: name, description, actions }: CustomRoleRow) => ({
  name,
  description,
  actions: JSON.parse(actions) as string[],
});

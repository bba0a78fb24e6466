import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { AccessGroupRow, GroupMemberRow, GroupRuleRow } from '../../database/iam-schema.ts';
import { changedEntityTag } from '../../entity-tag.ts';
import { RegistryError } from '../../errors.ts';
import { onIdentityRemoved, onInvited } from '../../identity/extension-points.ts';
import type { Actor } from '../../principal.ts';
import { PUBLIC_ACCESS } from '../decision/subjects.ts';
import { deletePoliciesOfSubject } from '../policies/rows.ts';
import { findIdentity } from '../policies/subject-check.ts';
import * as groups from './rows.ts';

/** IBM's limits. */
const GROUPS_PER_ACCOUNT = 500;
const GROUPS_PER_IDENTITY = 50;
const RULES_PER_GROUP = 5;

export const createGroup = defineWrite(
  'access.group.create',
  async (tx: Tx, { row, actor }: { row: AccessGroupRow; actor: Actor }): Promise<void> => {
    await demandName(tx, row);
    if ((await groups.listAccessGroups(tx.db, row.account_id)).length >= GROUPS_PER_ACCOUNT)
      throw new RegistryError('LIMIT_REACHED', {
        message: `an account has at most ${GROUPS_PER_ACCOUNT} access groups; delete one first`,
      });
    await groups.insertAccessGroup(tx.db, row);
    await note(tx, 'group.create', row, row.modified_at, actor);
  },
);

export interface GroupChange {
  readonly id: string;
  readonly set: Partial<Pick<AccessGroupRow, 'name' | 'description'>>;
  readonly ifMatch: string;
  /** Random, for the next entity tag. */
  readonly entropy: string;
  readonly at: number;
  readonly by: string;
  readonly actor: Actor;
}

/** Undefined where there is no such group; ENTITY_CHANGED, NAME_TAKEN. */
export const changeGroup = defineWrite(
  'access.group.change',
  async (tx: Tx, change: GroupChange): Promise<AccessGroupRow | undefined> => {
    const before = await groups.findAccessGroup(tx.db, change.id);
    if (!before) return undefined;
    const after: AccessGroupRow = {
      ...before,
      ...change.set,
      entity_tag: changedEntityTag(before.entity_tag, change.ifMatch, change.entropy),
      modified_at: change.at,
      modified_by: change.by,
    };
    if (after.name !== before.name) await demandName(tx, after);
    await groups.updateAccessGroup(tx.db, after);
    await note(tx, 'group.update', after, change.at, change.actor);
    return after;
  },
);

/** Removes a group with its members, rules and policies. IN_USE for one with members unless forced. */
export const deleteGroup = defineWrite(
  'access.group.delete',
  async (tx: Tx, input: { id: string; force: boolean; at: number; actor: Actor }): Promise<boolean> => {
    const row = await groups.findAccessGroup(tx.db, input.id);
    if (!row) return false;
    const members = await groups.iamIdsOfGroup(tx.db, row.id);
    if (members.length > 0 && !input.force)
      throw new RegistryError('IN_USE', {
        message: `the group has ${members.length} members; remove them first, or delete with force=true`,
      });
    for (const iamId of members) tx.changed('group-member', `${row.account_id}/${iamId}`);
    await deletePoliciesOfSubject(tx.db, row.account_id, row.id);
    tx.changed('policy', `${row.account_id}/${row.id}`);
    await groups.deleteAccessGroup(tx.db, row.id);
    await note(tx, 'group.delete', row, input.at, input.actor);
    return true;
  },
);

/** How it went with one member: undefined is well. */
export interface MemberOutcome {
  readonly iamId: string;
  readonly member: GroupMemberRow | undefined;
  readonly fault: 'unknown' | 'type' | 'limit' | undefined;
}

export interface NewMembers {
  readonly groupId: string;
  readonly members: readonly { readonly iamId: string; readonly type: GroupMemberRow['type'] | undefined }[];
  readonly at: number;
  readonly by: string;
  readonly actor: Actor;
}

/** Adds members one by one; whoever is in the group already stays in it. Undefined where there is no such group. */
export const addMembers = defineWrite(
  'access.group.members.add',
  async (tx: Tx, input: NewMembers): Promise<MemberOutcome[] | undefined> => {
    const group = await groups.findAccessGroup(tx.db, input.groupId);
    if (!group) return undefined;
    const outcomes: MemberOutcome[] = [];
    for (const member of input.members) outcomes.push(await addMember(tx, group, member, input));
    return outcomes;
  },
);

const addMember = async (
  tx: Tx,
  group: AccessGroupRow,
  { iamId, type }: NewMembers['members'][number],
  { at, by, actor }: NewMembers,
): Promise<MemberOutcome> => {
  const fault = (what: NonNullable<MemberOutcome['fault']>): MemberOutcome => ({
    iamId,
    member: undefined,
    fault: what,
  });
  const identity = await findIdentity(tx.db, group.account_id, iamId);
  if (!identity) return fault('unknown');
  if (type !== undefined && type !== identity.type) return fault('type');
  const known = await groups.findGroupMember(tx.db, group.id, iamId);
  if (known) return { iamId, member: known, fault: undefined };
  const others = await groups.groupsOfIdentity(tx.db, group.account_id, iamId);
  if (others.length >= GROUPS_PER_IDENTITY) return fault('limit');
  const member: GroupMemberRow = {
    group_id: group.id,
    iam_id: iamId,
    account_id: group.account_id,
    type: identity.type,
    created_at: at,
    created_by: by,
  };
  await groups.insertGroupMember(tx.db, member);
  tx.changed('group-member', `${group.account_id}/${iamId}`);
  await note(tx, 'member.add', group, at, actor, iamId);
  return { iamId, member, fault: undefined };
};

/** Takes members out of a group; answers who was in it. */
export const removeMembers = defineWrite(
  'access.group.members.remove',
  async (
    tx: Tx,
    input: { groupId: string; iamIds: readonly string[]; at: number; actor: Actor },
  ): Promise<string[]> => {
    const group = await groups.findAccessGroup(tx.db, input.groupId);
    const removed: string[] = [];
    for (const iamId of group ? new Set(input.iamIds) : []) {
      if (!group || !(await groups.findGroupMember(tx.db, group.id, iamId))) continue;
      await groups.deleteGroupMember(tx.db, group.id, iamId);
      tx.changed('group-member', `${group.account_id}/${iamId}`);
      await note(tx, 'member.delete', group, input.at, input.actor, iamId);
      removed.push(iamId);
    }
    return removed;
  },
);

/** Undefined where there is no such group; LIMIT_REACHED. */
export const createRule = defineWrite(
  'access.group.rule.create',
  async (tx: Tx, { row, actor }: { row: GroupRuleRow; actor: Actor }): Promise<boolean> => {
    const group = await groups.findAccessGroup(tx.db, row.group_id);
    if (!group) return false;
    if ((await groups.listGroupRules(tx.db, group.id)).length >= RULES_PER_GROUP)
      throw new RegistryError('LIMIT_REACHED', {
        message: `a group has at most ${RULES_PER_GROUP} rules; delete one first`,
      });
    await groups.insertGroupRule(tx.db, row);
    await note(tx, 'rule.create', group, row.modified_at, actor, row.id);
    return true;
  },
);

export interface RuleChange {
  readonly groupId: string;
  readonly id: string;
  readonly document: string;
  readonly ifMatch: string;
  readonly entropy: string;
  readonly at: number;
  readonly by: string;
  readonly actor: Actor;
}

export const replaceRule = defineWrite(
  'access.group.rule.replace',
  async (tx: Tx, change: RuleChange): Promise<GroupRuleRow | undefined> => {
    const group = await groups.findAccessGroup(tx.db, change.groupId);
    const before = await groups.findGroupRule(tx.db, change.id);
    if (!group || before?.group_id !== group.id) return undefined;
    const after: GroupRuleRow = {
      ...before,
      document: change.document,
      entity_tag: changedEntityTag(before.entity_tag, change.ifMatch, change.entropy),
      modified_at: change.at,
      modified_by: change.by,
    };
    await groups.updateGroupRule(tx.db, after);
    await note(tx, 'rule.update', group, change.at, change.actor, change.id);
    return after;
  },
);

export const deleteRule = defineWrite(
  'access.group.rule.delete',
  async (tx: Tx, input: { groupId: string; id: string; at: number; actor: Actor }): Promise<boolean> => {
    const group = await groups.findAccessGroup(tx.db, input.groupId);
    const row = await groups.findGroupRule(tx.db, input.id);
    if (!group || row?.group_id !== group.id) return false;
    await groups.deleteGroupRule(tx.db, row.id);
    await note(tx, 'rule.delete', group, input.at, input.actor, row.id);
    return true;
  },
);

const demandName = async (tx: Tx, { account_id, name }: AccessGroupRow): Promise<void> => {
  if (await groups.findAccessGroupByName(tx.db, account_id, name))
    throw new RegistryError('NAME_TAKEN', {
      message: `the account has an access group ${name} already; choose another name`,
    });
};

const note = (
  tx: Tx,
  verb: string,
  { id, account_id: accountId }: AccessGroupRow,
  at: number,
  actor: Actor,
  reason?: string,
): Promise<void> => {
  if (id === PUBLIC_ACCESS) throw new Error('the group Public Access is no row');
  const event = { accountId, at, action: `iam-groups.${verb}`, target: id };
  return recordEvent(tx, actor, reason === undefined ? event : { ...event, reason });
};

onInvited.add(async (tx, { accountId, iamId, groups: asked, at, by }) => {
  const known = await groups.groupsOfAccount(tx.db, accountId, asked);
  const missing = asked.find((id) => !known.includes(id));
  if (missing !== undefined)
    throw new RegistryError('NOT_FOUND', { message: `there is no access group ${missing}` });
  for (const group of known) {
    const place = { group_id: group, iam_id: iamId, account_id: accountId, type: 'user' as const };
    await groups.joinGroup(tx.db, { ...place, created_at: at, created_by: by });
  }
  tx.changed('group-member', `${accountId}/${iamId}`);
});

onIdentityRemoved.add(async (tx, { accountId, iamId }) => {
  await groups.deleteGroupMemberships(tx.db, accountId, iamId);
  tx.changed('group-member', `${accountId}/${iamId}`);
});

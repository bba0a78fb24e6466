import { type AuditEvent, changesBetween, recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { AccessGroupRow, GroupMemberRow, GroupRuleRow } from '../../database/iam-schema.ts';
import { changedEntityTag, firstEntityTag } from '../../entity-tag.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import {
  findIdentity,
  onIdentityRemoved,
  onInvitationAccepted,
  onInvited,
  typeByForm,
} from '../identities.ts';
import { deletePoliciesOfSubject } from '../policies/rows.ts';
import { type GroupMember, type MemberType, memberOf, RULES_PER_GROUP } from './access-group.ts';
import * as groups from './rows.ts';

/** IBM's limits. */
const GROUPS_PER_ACCOUNT = 500;
const GROUPS_PER_IDENTITY = 50;
/** Ours: members need not exist, and a group is deleted with all of them in one transaction. */
const MEMBERS_PER_GROUP = 10_000;

/** Who changes something, and when. */
interface Change {
  readonly at: number;
  readonly by: string;
  readonly actor: Actor;
  /** Random, for the next entity tag. */
  readonly entropy: string;
}

/** NAME_TAKEN, LIMIT_REACHED. */
export const createGroup = defineWrite(
  'access.group.create',
  async (
    tx: Tx,
    input: Change & { id: string; accountId: string; name: string; description: string },
  ): Promise<AccessGroupRow> => {
    const { accountId, at, by } = input;
    const row: AccessGroupRow = {
      id: input.id,
      account_id: accountId,
      name: input.name,
      description: input.description,
      entity_tag: firstEntityTag(input.entropy),
      created_at: at,
      created_by: by,
      modified_at: at,
      modified_by: by,
    };
    await refuseTakenName(tx, row);
    if ((await groups.listAccessGroups(tx.db, accountId)).length >= GROUPS_PER_ACCOUNT)
      throw new RegistryError('LIMIT_REACHED', {
        message: `an account has at most ${GROUPS_PER_ACCOUNT} access groups; delete one first`,
      });
    await groups.insertAccessGroup(tx, row);
    await audit(tx, 'group.create', row, input);
    return row;
  },
);

export interface GroupChange extends Change {
  readonly id: string;
  readonly set: Partial<Pick<AccessGroupRow, 'name' | 'description'>>;
  readonly ifMatch: string;
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
    if (after.name !== before.name) await refuseTakenName(tx, after);
    await groups.updateAccessGroup(tx, after);
    const changed = changesBetween(before, after, ['name', 'description']);
    await audit(tx, 'group.update', after, change, { changed });
    return after;
  },
);

/** Removes a group with its members, rules and policies. IN_USE for one with members unless forced. */
export const deleteGroup = defineWrite(
  'access.group.delete',
  async (tx: Tx, input: { id: string; force: boolean; at: number; actor: Actor }): Promise<boolean> => {
    const row = await groups.findAccessGroup(tx.db, input.id);
    if (!row) return false;
    const members = await groups.countGroupMembers(tx.db, row.id);
    if (members > 0 && !input.force)
      throw new RegistryError('IN_USE', {
        message: `the group has ${members} members; remove them first, or delete with force=true`,
      });
    await deletePoliciesOfSubject(tx, row.account_id, row.id);
    await groups.deleteAccessGroup(tx, row.account_id, row.id);
    await audit(tx, 'group.delete', row, input);
    return true;
  },
);

/** How it went with one new member; without a fault it is in the group. */
export interface MemberOutcome {
  readonly iamId: string;
  readonly member: GroupMember | undefined;
  readonly fault: 'unknown' | 'type' | 'limit' | 'full' | undefined;
}

export interface NewMembers {
  readonly groupId: string;
  readonly members: readonly { readonly iamId: string; readonly type: MemberType | undefined }[];
  readonly at: number;
  readonly by: string;
  readonly actor: Actor;
}

/** Adds members one by one; those in the group already stay in it. Undefined where there is no such group. */
export const addMembers = defineWrite(
  'access.group.members.add',
  async (tx: Tx, input: NewMembers): Promise<MemberOutcome[] | undefined> => {
    const group = await groups.findAccessGroup(tx.db, input.groupId);
    if (!group) return undefined;
    const outcomes: MemberOutcome[] = [];
    for (const member of input.members) {
      const places = MEMBERS_PER_GROUP - (await groups.countGroupMembers(tx.db, group.id));
      outcomes.push(await addMember(tx, group, member, { ...input, places }));
    }
    return outcomes;
  },
);

const addMember = async (
  tx: Tx,
  group: AccessGroupRow,
  { iamId, type }: NewMembers['members'][number],
  { places, ...input }: NewMembers & { places: number },
): Promise<MemberOutcome> => {
  const fault = (what: NonNullable<MemberOutcome['fault']>): MemberOutcome => ({
    iamId,
    member: undefined,
    fault: what,
  });
  const known = await findIdentity(tx.db, group.account_id, iamId);
  const own = known?.type ?? typeByForm(iamId);
  if (own === undefined) return fault('unknown');
  if (type !== undefined && type !== own) return fault('type');
  const before = await groups.findGroupMember(tx.db, group.id, iamId);
  if (before) return { iamId, member: memberOf(before), fault: undefined };
  if (places <= 0) return fault('full');
  const others = await groups.groupsOfIdentity(tx.db, group.account_id, iamId);
  if (others.length >= GROUPS_PER_IDENTITY) return fault('limit');
  const member: GroupMemberRow = {
    group_id: group.id,
    iam_id: iamId,
    account_id: group.account_id,
    type: own,
    created_at: input.at,
    created_by: input.by,
  };
  await groups.insertGroupMember(tx, member);
  await audit(tx, 'member.add', group, input, { reason: iamId, changed: { members: { to: iamId } } });
  return { iamId, member: memberOf(member), fault: undefined };
};

/** Takes members out of a group; answers which of them were in it. */
export const removeMembers = defineWrite(
  'access.group.members.remove',
  async (
    tx: Tx,
    input: { groupId: string; iamIds: readonly string[]; at: number; actor: Actor },
  ): Promise<string[]> => {
    const group = await groups.findAccessGroup(tx.db, input.groupId);
    if (!group) return [];
    const removed: string[] = [];
    for (const iamId of new Set(input.iamIds)) {
      const member = await groups.findGroupMember(tx.db, group.id, iamId);
      if (!member) continue;
      await groups.deleteGroupMember(tx, member);
      const changed = { members: { from: iamId } };
      await audit(tx, 'member.delete', group, input, { reason: iamId, changed });
      removed.push(iamId);
    }
    return removed;
  },
);

interface RuleContent {
  readonly groupId: string;
  readonly id: string;
  readonly document: string;
}

/** Undefined where there is no such group; LIMIT_REACHED. */
export const createRule = defineWrite(
  'access.group.rule.create',
  async (tx: Tx, input: Change & RuleContent): Promise<GroupRuleRow | undefined> => {
    const group = await groups.findAccessGroup(tx.db, input.groupId);
    if (!group) return undefined;
    if ((await groups.listGroupRules(tx.db, group.id)).length >= RULES_PER_GROUP)
      throw new RegistryError('LIMIT_REACHED', {
        message: `a group has at most ${RULES_PER_GROUP} rules; delete one first`,
      });
    const row: GroupRuleRow = {
      id: input.id,
      group_id: group.id,
      document: input.document,
      entity_tag: firstEntityTag(input.entropy),
      created_at: input.at,
      created_by: input.by,
      modified_at: input.at,
      modified_by: input.by,
    };
    await groups.insertGroupRule(tx, group.account_id, row);
    await audit(tx, 'rule.create', group, input, { reason: row.id });
    return row;
  },
);

/** Undefined where there is no such rule; ENTITY_CHANGED. */
export const replaceRule = defineWrite(
  'access.group.rule.replace',
  async (tx: Tx, change: Change & RuleContent & { ifMatch: string }): Promise<GroupRuleRow | undefined> => {
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
    await groups.updateGroupRule(tx, group.account_id, after);
    await audit(tx, 'rule.update', group, change, { reason: change.id });
    return after;
  },
);

/** False where there is no such rule. */
export const deleteRule = defineWrite(
  'access.group.rule.delete',
  async (tx: Tx, input: { groupId: string; id: string; at: number; actor: Actor }): Promise<boolean> => {
    const group = await groups.findAccessGroup(tx.db, input.groupId);
    const row = await groups.findGroupRule(tx.db, input.id);
    if (!group || row?.group_id !== group.id) return false;
    await groups.deleteGroupRule(tx, group.account_id, row.id);
    await audit(tx, 'rule.delete', group, input, { reason: row.id });
    return true;
  },
);

const refuseTakenName = async (tx: Tx, { account_id, name }: AccessGroupRow): Promise<void> => {
  if (await groups.findAccessGroupByName(tx.db, account_id, name))
    throw new RegistryError('NAME_TAKEN', {
      message: `the account has an access group ${name} already; choose another name`,
    });
};

/** Under IBM's names: iam-groups.group.create, iam-groups.member.add, … */
const audit = (
  tx: Tx,
  verb: string,
  { id, account_id: accountId, name }: AccessGroupRow,
  { at, actor }: { readonly at: number; readonly actor: Actor },
  more: Pick<AuditEvent, 'reason' | 'changed'> = {},
): Promise<void> =>
  recordEvent(tx, actor, {
    accountId,
    at,
    action: `iam-groups.${verb}`,
    target: id,
    targetType: 'group',
    targetName: name,
    ...more,
  });

onInvited.add(async (tx, { accountId, iamIds, groups: asked, at, by }) => {
  const known = await groups.groupsOfAccount(tx.db, accountId, asked);
  const missing = asked.find((id) => !known.includes(id));
  if (missing !== undefined)
    throw new RegistryError('NOT_FOUND', { message: `there is no access group ${missing}` });
  if (known.length === 0) return;
  for (const group of known)
    for (const iamId of iamIds) {
      const place = { group_id: group, iam_id: iamId, account_id: accountId, type: 'user' as const };
      await groups.joinGroup(tx, { ...place, created_at: at, created_by: by });
    }
  for (const group of known) refuseAbove(MEMBERS_PER_GROUP, await groups.countGroupMembers(tx.db, group));
  for (const iamId of iamIds)
    refuseAbove(GROUPS_PER_IDENTITY, (await groups.groupsOfIdentity(tx.db, accountId, iamId)).length);
});

const refuseAbove = (most: number, count: number): void => {
  if (count <= most) return;
  throw new RegistryError('LIMIT_REACHED', {
    message:
      most === MEMBERS_PER_GROUP
        ? `a group has at most ${most} members; make another group for more`
        : `an identity is in at most ${most} groups; name fewer`,
  });
};

onInvitationAccepted.add(async (tx, { accountId, from, to, at }) => {
  for (const group of await groups.groupsOfIdentity(tx.db, accountId, from)) {
    const member = await groups.findGroupMember(tx.db, group, from);
    if (member) await groups.joinGroup(tx, { ...member, iam_id: to, created_at: at });
  }
  await groups.deleteGroupMemberships(tx, accountId, from);
});

onIdentityRemoved.add((tx, { accountId, iamId }) => groups.deleteGroupMemberships(tx, accountId, iamId));

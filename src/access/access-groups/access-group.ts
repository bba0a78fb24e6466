import type { AccessGroupRow, GroupMemberRow, GroupRuleRow } from '../../database/iam-schema.ts';

/** The group that everyone is in, signed in or not. Its policies never give more than the role Reader. */
export const PUBLIC_ACCESS = 'AccessGroupId-PublicAccess';

/** IBM's limit of dynamic rules. */
export const RULES_PER_GROUP = 5;

/** An access group. Its policies are those of its members. Times are in milliseconds since 1970. */
export interface AccessGroup {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  readonly description: string;
  readonly entityTag: string;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly modifiedAt: number;
  readonly modifiedBy: string;
}

export const groupOf = (row: AccessGroupRow): AccessGroup => ({
  id: row.id,
  accountId: row.account_id,
  name: row.name,
  description: row.description,
  entityTag: row.entity_tag,
  createdAt: row.created_at,
  createdBy: row.created_by,
  modifiedAt: row.modified_at,
  modifiedBy: row.modified_by,
});

export type MemberType = 'user' | 'service' | 'profile';

export interface GroupMember {
  readonly iamId: string;
  readonly type: MemberType;
  readonly createdAt: number;
  readonly createdBy: string;
}

export const memberOf = (row: GroupMemberRow): GroupMember => ({
  iamId: row.iam_id,
  type: row.type,
  createdAt: row.created_at,
  createdBy: row.created_by,
});

/** A rule of an access group: its document is kept and shown as it was sent. */
export interface GroupRule {
  readonly id: string;
  readonly groupId: string;
  readonly document: object;
  readonly entityTag: string;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly modifiedAt: number;
  readonly modifiedBy: string;
}

export const ruleOf = (row: GroupRuleRow): GroupRule => ({
  id: row.id,
  groupId: row.group_id,
  document: JSON.parse(row.document),
  entityTag: row.entity_tag,
  createdAt: row.created_at,
  createdBy: row.created_by,
  modifiedAt: row.modified_at,
  modifiedBy: row.modified_by,
});

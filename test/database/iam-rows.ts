import type {
  AccessGroupRow,
  CustomRoleRow,
  GroupMemberRow,
  GroupRuleRow,
  PasswordRow,
  PolicyRow,
  ProfileRow,
  ProfileTrustRow,
  ResourceGroupRow,
  ServiceIdRow,
} from '../../src/database/iam-schema.ts';
import type { UserRow } from '../../src/database/schema.ts';
import { AT, unique } from './database-rows.ts';

const made = { created_at: AT, created_by: 'IBMid-1', modified_at: AT };
const madeAndModified = { ...made, modified_by: 'IBMid-1' };

export const serviceIdRow = (accountId: string): ServiceIdRow => ({
  id: unique('ServiceId'),
  account_id: accountId,
  name: 'ci',
  description: '',
  unique_instance_crns: '[]',
  entity_tag: '1-a',
  locked: 0,
  ...made,
});

export const profileRow = (accountId: string): ProfileRow => ({
  id: unique('Profile'),
  account_id: accountId,
  name: unique('deployer'),
  description: '',
  email: '',
  entity_tag: '1-a',
  last_authn_at: null,
  authn_count: 0,
  ...made,
});

export const profileTrustRow = (profileId: string, more: Partial<ProfileTrustRow> = {}): ProfileTrustRow => ({
  id: unique('Trust'),
  profile_id: profileId,
  kind: 'identity',
  identity: 'iam-ServiceId-1',
  document: '{}',
  entity_tag: '1-a',
  created_at: AT,
  modified_at: AT,
  ...more,
});

export const passwordRow = ({ iam_id }: UserRow): PasswordRow => ({
  iam_id,
  id: unique('Password'),
  hash: 'argon2id$…',
  created_at: AT,
});

export const accessGroupRow = (accountId: string): AccessGroupRow => ({
  id: unique('AccessGroupId'),
  account_id: accountId,
  name: unique('ornithologists'),
  description: '',
  entity_tag: '1-a',
  ...madeAndModified,
});

export const groupMemberRow = (group: AccessGroupRow, iamId: string): GroupMemberRow => ({
  group_id: group.id,
  iam_id: iamId,
  account_id: group.account_id,
  type: 'user',
  created_at: AT,
  created_by: 'IBMid-1',
});

export const groupRuleRow = (groupId: string): GroupRuleRow => ({
  id: unique('ClaimRule'),
  group_id: groupId,
  document: '{}',
  entity_tag: '1-a',
  ...madeAndModified,
});

export const resourceGroupRow = (accountId: string): ResourceGroupRow => ({
  id: unique('group'),
  account_id: accountId,
  name: unique('birds'),
  state: 'ACTIVE',
  created_at: AT,
  updated_at: AT,
});

export const policyRow = (accountId: string, more: Partial<PolicyRow> = {}): PolicyRow => ({
  id: unique('policy'),
  account_id: accountId,
  version: 'v2',
  type: 'access',
  subject: 'IBMid-1',
  document: '{}',
  fingerprint: unique('print'),
  state: 'active',
  entity_tag: '1-a',
  ...madeAndModified,
  ...more,
});

export const customRoleRow = (accountId: string): CustomRoleRow => ({
  id: unique('role'),
  account_id: accountId,
  name: unique('Puller'),
  display_name: 'Puller',
  description: '',
  service_name: 'container-registry',
  actions: '[]',
  entity_tag: '1-a',
  ...madeAndModified,
});

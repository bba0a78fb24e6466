/** Row types of the tables of migrations/0003-iam.ts. */
export interface ServiceIdRow {
  id: string;
  account_id: string;
  name: string;
  description: string;
  unique_instance_crns: string;
  entity_tag: string;
  locked: number;
  created_at: number;
  created_by: string;
  modified_at: number;
}

export interface ProfileRow {
  id: string;
  account_id: string;
  name: string;
  description: string;
  email: string;
  entity_tag: string;
  created_at: number;
  created_by: string;
  modified_at: number;
  last_authn_at: number | null;
  authn_count: number;
}

export interface ProfileTrustRow {
  id: string;
  profile_id: string;
  kind: 'rule' | 'link' | 'identity';
  identity: string | null;
  document: string;
  entity_tag: string;
  created_at: number;
  modified_at: number;
}

export interface PasswordRow {
  iam_id: string;
  id: string;
  hash: string;
  created_at: number;
}

export interface OneTimeCodeRow {
  id: string;
  code_hash: string;
  purpose: 'invitation' | 'passcode';
  account_id: string;
  iam_id: string;
  chain: string;
  created_at: number;
  created_by: string;
  expires_at: number;
}

export type SettingsArea = 'identity' | 'access_management' | 'access_groups' | 'users';

export interface AccountSettingsRow {
  account_id: string;
  area: SettingsArea;
  document: string;
  entity_tag: string;
  modified_at: number;
  modified_by: string;
}

export interface AccessGroupRow {
  id: string;
  account_id: string;
  name: string;
  description: string;
  entity_tag: string;
  created_at: number;
  created_by: string;
  modified_at: number;
  modified_by: string;
}

export interface GroupMemberRow {
  group_id: string;
  iam_id: string;
  account_id: string;
  type: 'user' | 'service' | 'profile';
  created_at: number;
  created_by: string;
}

export interface GroupRuleRow {
  id: string;
  group_id: string;
  document: string;
  entity_tag: string;
  created_at: number;
  created_by: string;
  modified_at: number;
  modified_by: string;
}

export interface PolicyRow {
  id: string;
  account_id: string;
  version: 'v1' | 'v2';
  type: 'access' | 'authorization';
  subject: string;
  document: string;
  fingerprint: string;
  state: 'active' | 'deleted';
  entity_tag: string;
  created_at: number;
  created_by: string;
  modified_at: number;
  modified_by: string;
}

export interface CustomRoleRow {
  id: string;
  account_id: string;
  name: string;
  display_name: string;
  description: string;
  service_name: string;
  actions: string;
  entity_tag: string;
  created_at: number;
  created_by: string;
  modified_at: number;
  modified_by: string;
}

export interface ResourceGroupRow {
  id: string;
  account_id: string;
  name: string;
  state: 'ACTIVE';
  created_at: number;
  updated_at: number;
}

/** Of migrations/0006-identity-lists.ts. */
export interface ActivityReportRow {
  id: string;
  account_id: string;
  duration: number;
  created_at: number;
  created_by: string;
}

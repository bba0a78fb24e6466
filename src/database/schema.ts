import type { ExemptionRow, RegistrySettingsRow } from './account-options-schema.ts';
import type {
  AuditBlockRow,
  AuditEventTable,
  AuditExportRow,
  AuditHoldRow,
  AuditSettingsRow,
  PullRow,
} from './audit-schema.ts';
import type { BackupRunRow, ByteHoldRow } from './backup-schema.ts';
import type {
  FederatedIdentityRow,
  FederatedSessionRow,
  IssuerKeysRow,
  IssuerRow,
  SignInAttemptRow,
  SignInRow,
  UsedLogoutTokenRow,
} from './federation-schema.ts';
import type {
  AccessGroupRow,
  AccountSettingsRow,
  ActivityReportRow,
  CustomRoleRow,
  GroupMemberRow,
  GroupRuleRow,
  OneTimeCodeRow,
  PasswordRow,
  PolicyRow,
  ProfileRow,
  ProfileTrustRow,
  ResourceGroupRow,
  ServiceIdRow,
} from './iam-schema.ts';
import type {
  JournalBatchRow,
  JournalLineRow,
  JournalNoteRow,
  JournalTargetRow,
  StoragePositionRow,
} from './journal-schema.ts';
import type { DeviceLoginRow, LoginGrantRow } from './login-schema.ts';
import type {
  ManifestReferenceRow,
  ManifestRow,
  TrashedManifestRow,
  TrashedReferenceRow,
  TrashedTagRow,
} from './manifest-schema.ts';
import type { ImageHoldRow, ProtectionRuleRow } from './protection-schema.ts';
import type {
  PullTrafficRow,
  QuotaRow,
  RefusalRow,
  RefusedRequestRow,
  StorageCountRow,
} from './quota-schema.ts';
import type { RetentionAnalysisRow, RetentionPolicyRow, RetentionRunRow } from './retention-schema.ts';
import type { SmallBlobRow, UploadRow } from './upload-schema.ts';
import type { RepositoryContentRow, UsageCounterRow } from './usage-schema.ts';
import type { WarningRow } from './warning-schema.ts';
import type { WebhookDeliveryRow, WebhookRow } from './webhook-schema.ts';

export type { ManifestReferenceRow, ManifestRow } from './manifest-schema.ts';

/**
 * Row types of every table, the same on SQLite and PostgreSQL: text ids, times in epoch milliseconds, booleans as
 * 0 and 1, JSON as text. Columns are described where they are created, in migrations/.
 */
export interface Schema {
  installation: InstallationRow;
  accounts: AccountRow;
  users: UserRow;
  memberships: MembershipRow;
  api_keys: ApiKeyRow;
  sessions: SessionRow;
  refresh_tokens: RefreshTokenRow;
  signing_keys: SigningKeyRow;
  registry_tokens: RegistryTokenRow;
  auth_options: AuthOptionsRow;
  regions: RegionRow;
  namespaces: NamespaceRow;
  repositories: RepositoryRow;
  blobs: BlobRow;
  repository_blobs: RepositoryBlobRow;
  manifests: ManifestRow;
  manifest_references: ManifestReferenceRow;
  tags: TagRow;
  repository_activity: RepositoryActivityRow;
  trashed_manifests: TrashedManifestRow;
  trashed_tags: TrashedTagRow;
  trashed_references: TrashedReferenceRow;
  protection_rules: ProtectionRuleRow;
  repository_contents: RepositoryContentRow;
  usage_counters: UsageCounterRow;
  image_holds: ImageHoldRow;
  uploads: UploadRow;
  small_blobs: SmallBlobRow;
  audit_events: AuditEventTable;
  audit_settings: AuditSettingsRow;
  audit_blocks: AuditBlockRow;
  audit_holds: AuditHoldRow;
  audit_exports: AuditExportRow;
  pulls: PullRow;
  service_ids: ServiceIdRow;
  profiles: ProfileRow;
  profile_trusts: ProfileTrustRow;
  passwords: PasswordRow;
  one_time_codes: OneTimeCodeRow;
  device_logins: DeviceLoginRow;
  login_grants: LoginGrantRow;
  account_settings: AccountSettingsRow;
  access_groups: AccessGroupRow;
  group_members: GroupMemberRow;
  group_rules: GroupRuleRow;
  policies: PolicyRow;
  custom_roles: CustomRoleRow;
  resource_groups: ResourceGroupRow;
  quotas: QuotaRow;
  pull_traffic: PullTrafficRow;
  storage_counts: StorageCountRow;
  refusals: RefusalRow;
  refused_requests: RefusedRequestRow;
  unnamed_bytes: UnnamedBytesRow;
  collection_runs: CollectionRunRow;
  job_leases: JobLeaseRow;
  activity_reports: ActivityReportRow;
  registry_settings: RegistrySettingsRow;
  exemptions: ExemptionRow;
  retention_policies: RetentionPolicyRow;
  retention_analyses: RetentionAnalysisRow;
  retention_runs: RetentionRunRow;
  issuers: IssuerRow;
  issuer_keys: IssuerKeysRow;
  federated_sessions: FederatedSessionRow;
  federated_identities: FederatedIdentityRow;
  sign_ins: SignInRow;
  sign_in_attempts: SignInAttemptRow;
  used_logout_tokens: UsedLogoutTokenRow;
  warnings: WarningRow;
  webhooks: WebhookRow;
  webhook_deliveries: WebhookDeliveryRow;
  byte_holds: ByteHoldRow;
  backup_runs: BackupRunRow;
  journal_line: JournalLineRow;
  journal_notes: JournalNoteRow;
  journal_batches: JournalBatchRow;
  journal_targets: JournalTargetRow;
  storage_position: StoragePositionRow;
}

export interface InstallationRow {
  name: string;
  value: string;
}

export interface AccountRow {
  id: string;
  name: string;
  owner_iam_id: string;
  state: 'ACTIVE' | 'SUSPENDED';
  created_at: number;
  /** Null where the state never changed. */
  state_since: number | null;
  state_by: string | null;
  state_reason: string | null;
  delete_at: number | null;
  clearing_since: number | null;
}

export interface UserRow {
  iam_id: string;
  user_name: string;
  email: string;
  first_name: string;
  last_name: string;
  created_at: number;
}

export interface MembershipRow {
  account_id: string;
  iam_id: string;
  state: 'ACTIVE' | 'PENDING' | 'DISABLED';
  added_at: number;
}

/** What of a key its rotation changes, beside `secret_hash`, and what is written of the use of its secrets. */
export interface ApiKeySecretColumns {
  /** Null: the first. */
  secret_number: number | null;
  /** Null: since the key was made. */
  secret_since: number | null;
  secret_used_at: number | null;
  secret_used_from: string | null;
  secret_used_with: string | null;
  previous_hash: string | null;
  previous_since: number | null;
  previous_until: number | null;
  previous_used_at: number | null;
  previous_used_from: string | null;
  previous_used_with: string | null;
}

export interface ApiKeyRow extends ApiKeySecretColumns {
  id: string;
  account_id: string;
  iam_id: string;
  name: string;
  description: string;
  secret_hash: string;
  entity_tag: string;
  locked: number;
  disabled: number;
  support_sessions: number;
  action_when_leaked: 'none' | 'disable' | 'delete';
  expires_at: number | null;
  created_at: number;
  created_by: string;
  modified_at: number;
  last_authn_at: number | null;
  authn_count: number;
  identity_kind: KeyHolderKind;
}

/** Kinds of identity that can have API keys and refresh tokens. */
export type KeyHolderKind = 'user' | 'service-id';

export interface SessionRow {
  id: string;
  account_id: string;
  iam_id: string;
  api_key_id: string | null;
  client_id: string;
  created_at: number;
  expires_at: number;
  last_active_at: number;
  chain: string | null;
  machine: string | null;
}

export interface RefreshTokenRow {
  id: string;
  token_hash: string;
  account_id: string;
  iam_id: string;
  client_id: string;
  session_id: string | null;
  api_key_id: string | null;
  created_at: number;
  expires_at: number;
  identity_kind: KeyHolderKind;
  chain: string | null;
}

export interface SigningKeyRow {
  id: string;
  purpose: SigningPurpose;
  sealed: string;
  public_jwk: string | null;
  created_at: number;
  retired_at: number | null;
}

export type SigningPurpose = 'access-token' | 'bearer' | 'registry-token' | 'audit-seal';

export interface RegistryTokenRow {
  id: string;
  account_id: string;
  region_id: string;
  issuer: string;
  signing_key_id: string;
  readonly: number;
  namespace_id: string | null;
  description: string;
  expires_at: number | null;
  created_at: number;
  created_by: string;
  last_used_at: number | null;
  use_count: number;
  /** Since 0095. */
  last_used_from?: string | null | undefined;
  last_used_with?: string | null | undefined;
}

export interface AuthOptionsRow {
  account_id: string;
  region_id: string;
  registry_tokens: RegistryTokenMode;
  private_only: number | null;
}

export type RegistryTokenMode = 'enabled' | 'no_new' | 'disabled';

export interface RegionRow {
  id: string;
  name: string;
  created_at: number;
}

export interface NamespaceRow {
  id: string;
  region_id: string;
  account_id: string;
  name: string;
  created_at: number;
  created_by: string;
  updated_at: number;
  resource_group_id: string | null;
}

export interface RepositoryRow {
  id: string;
  namespace_id: string;
  region_id: string;
  name: string;
  created_at: number;
}

export interface BlobRow {
  region_id: string;
  digest: string;
  storage_key: string;
  size: number;
  created_at: number;
  touched_at: number;
}

export interface RepositoryBlobRow {
  repository_id: string;
  digest: string;
  created_at: number;
  touched_at: number | null;
}

export interface TagRow {
  repository_id: string;
  name: string;
  digest: string;
  updated_at: number;
  /** Since 0094: the name as it is ordered; null of what a version before wrote. */
  name_key?: string | null;
}

export interface RepositoryActivityRow {
  repository_id: string;
  namespace_id: string;
  pushed_at: number;
  pulled_at: number | null;
}

export interface UnnamedBytesRow {
  name: string;
  progress: number;
  verdict: 'condemned' | 'quarantined' | null;
  first_seen_at: number;
  last_seen_at: number;
}

export interface CollectionRunRow {
  id: string;
  started_at: number;
  started_by: string;
  finished_at: number | null;
  dry_run: number;
  storage: number;
  outcome: 'running' | 'done' | 'failed' | 'stopped';
  reason: string | null;
  links: number;
  blobs: number;
  bytes: number;
  unnamed: number;
  stagings: number;
  waiting_links: number;
  waiting_blobs: number;
  waiting_bytes: number;
  waiting_unnamed: number;
}

export interface JobLeaseRow {
  name: string;
  holder: string;
  held_until: number;
  due_at: number;
}

/**
 * What the journal tells of a table. Its triggers (migrations/0073-revocation-journal.ts and later) note the primary key of
 * each row that is removed, or in which a right's column changes; where a new row takes rights away, of added rows too.
 */
export interface JournalTable {
  readonly key: readonly string[];
  /** Columns that rights hang on: a change of one is noted. */
  readonly rights: readonly string[];
  /** Columns that belong to those and are written down with them. */
  readonly beside?: readonly string[];
  /** Columns that no right hangs on: last use, counters, what people read. A replay leaves them as they are. */
  readonly free?: readonly string[];
  readonly notes: { readonly removed?: boolean; readonly added?: boolean };
  /** A row takes rights away: where it is missing, a replay adds it. Else it grants, and stays missing. */
  readonly restricts?: boolean;
  /** By column, the table whose ids stand in it: without that row this one is not added. */
  readonly parents?: Readonly<Record<string, string>>;
}

export const JOURNAL_TABLES: Readonly<Record<string, JournalTable>> = {
  accounts: {
    key: ['id'],
    rights: ['owner_iam_id', 'state'],
    beside: ['state_since', 'state_by', 'state_reason', 'delete_at', 'clearing_since'],
    free: ['name', 'created_at'],
    notes: { removed: true },
  },
  users: {
    key: ['iam_id'],
    rights: [],
    free: ['user_name', 'email', 'first_name', 'last_name', 'created_at'],
    notes: { removed: true },
  },
  memberships: {
    key: ['account_id', 'iam_id'],
    rights: ['state'],
    free: ['added_at'],
    notes: { removed: true },
  },
  api_keys: {
    key: ['id'],
    rights: [
      'account_id',
      'iam_id',
      'identity_kind',
      'secret_hash',
      'secret_number',
      'previous_hash',
      'previous_until',
      'locked',
      'disabled',
      'support_sessions',
      'action_when_leaked',
      'expires_at',
    ],
    beside: ['secret_since', 'previous_since', 'entity_tag', 'modified_at'],
    free: [
      'name',
      'description',
      'created_at',
      'created_by',
      'last_authn_at',
      'authn_count',
      'secret_used_at',
      'secret_used_from',
      'secret_used_with',
      'previous_used_at',
      'previous_used_from',
      'previous_used_with',
    ],
    notes: { removed: true },
  },
  signing_keys: {
    key: ['id'],
    rights: ['retired_at'],
    // the sealed key itself never leaves with the journal
    free: ['purpose', 'sealed', 'public_jwk', 'created_at'],
    notes: { removed: true },
  },
  registry_tokens: {
    key: ['id'],
    rights: ['account_id', 'region_id', 'issuer', 'signing_key_id', 'readonly', 'namespace_id', 'expires_at'],
    free: [
      'description',
      'created_at',
      'created_by',
      'last_used_at',
      'use_count',
      'last_used_from',
      'last_used_with',
    ],
    notes: { removed: true },
  },
  auth_options: {
    key: ['account_id', 'region_id'],
    rights: ['registry_tokens', 'private_only'],
    notes: { removed: true, added: true },
    restricts: true,
    parents: { account_id: 'accounts', region_id: 'regions' },
  },
  service_ids: {
    key: ['id'],
    rights: ['account_id', 'unique_instance_crns', 'locked'],
    beside: ['entity_tag', 'modified_at'],
    free: ['name', 'description', 'created_at', 'created_by'],
    notes: { removed: true },
  },
  profiles: {
    key: ['id'],
    rights: [],
    free: [
      'account_id',
      'name',
      'description',
      'email',
      'entity_tag',
      'created_at',
      'created_by',
      'modified_at',
      'last_authn_at',
      'authn_count',
    ],
    notes: { removed: true },
  },
  profile_trusts: {
    key: ['id'],
    rights: ['profile_id', 'kind', 'identity', 'document'],
    beside: ['entity_tag', 'modified_at'],
    free: ['created_at'],
    notes: { removed: true },
  },
  passwords: {
    key: ['iam_id'],
    rights: ['id', 'hash'],
    beside: ['created_at'],
    notes: { removed: true },
  },
  account_settings: {
    key: ['account_id', 'area'],
    rights: ['document'],
    beside: ['entity_tag', 'modified_at', 'modified_by'],
    notes: { removed: true, added: true },
    restricts: true,
    parents: { account_id: 'accounts' },
  },
  access_groups: {
    key: ['id'],
    rights: [],
    free: [
      'account_id',
      'name',
      'description',
      'entity_tag',
      'created_at',
      'created_by',
      'modified_at',
      'modified_by',
    ],
    notes: { removed: true },
  },
  group_members: {
    key: ['group_id', 'iam_id'],
    rights: ['account_id', 'type'],
    free: ['created_at', 'created_by'],
    notes: { removed: true },
  },
  group_rules: {
    key: ['id'],
    rights: ['group_id', 'document'],
    beside: ['entity_tag', 'modified_at', 'modified_by'],
    free: ['created_at', 'created_by'],
    notes: { removed: true },
  },
  policies: {
    key: ['id'],
    rights: ['account_id', 'version', 'type', 'subject', 'document', 'state'],
    beside: ['fingerprint', 'entity_tag', 'modified_at', 'modified_by'],
    free: ['created_at', 'created_by'],
    notes: { removed: true },
  },
  custom_roles: {
    key: ['id'],
    rights: ['account_id', 'service_name', 'actions'],
    beside: ['entity_tag', 'modified_at', 'modified_by'],
    free: ['name', 'display_name', 'description', 'created_at', 'created_by'],
    notes: { removed: true },
  },
  issuers: {
    key: ['name'],
    rights: ['issuer', 'generation', 'disabled_at', 'removed_at'],
    beside: ['created_at', 'disabled_by'],
    // the operator's file makes a missing row again, and enabled
    notes: {},
    restricts: true,
  },
  federated_sessions: {
    key: ['id'],
    rights: ['ended_at'],
    beside: [
      'token_hash',
      'text_hash',
      'account_id',
      'profile_id',
      'issuer',
      'chain',
      'claims',
      'created_at',
      'expires_at',
      'kept_until',
    ],
    // an ended session refuses the token it came from
    notes: {},
    restricts: true,
  },
  federated_identities: {
    key: ['id'],
    rights: ['issuer', 'subject', 'iam_id', 'ended_at'],
    free: [
      'email',
      'name',
      'issuer_link',
      'claims',
      'claims_fault',
      'claims_at',
      // a sealed secret of the provider's never leaves with the journal
      'refresh_token',
      'checked_at',
      'next_check_at',
      'check_lease',
      'check_lease_until',
      'failing_since',
      'created_at',
    ],
    notes: { removed: true },
  },
  webhooks: {
    key: ['id'],
    rights: [
      'account_id',
      'namespace_id',
      'url',
      'form',
      'events',
      'enabled',
      'answered_kind',
      'answered_by',
      'removed_at',
    ],
    beside: ['disabled_reason', 'disabled_at', 'entity_tag', 'modified_at'],
    free: [
      'name',
      'description',
      'failing_since',
      'paused_until',
      'dropped',
      'from_number',
      // the sealed secrets never leave with the journal; they open nothing here
      'secret',
      'previous_secret',
      'previous_until',
      'created_at',
      'created_by',
    ],
    notes: { removed: true },
  },
  namespaces: {
    key: ['id'],
    // which policies on resource groups reach it. That it was removed is no revocation, and is not noted
    rights: ['resource_group_id'],
    free: ['region_id', 'account_id', 'name', 'created_at', 'created_by', 'updated_at'],
    notes: {},
  },
};

/** The columns that are written down of a noted row, its key first. */
export const columnsOf = ({ key, rights, beside = [] }: JournalTable): readonly string[] => [
  ...key,
  ...rights,
  ...beside,
];

const CONTENT = 'content: no right is in it';
const ENDED = 'a restore ends what it holds';
const COUNTS = 'counts and lists, on which no right hangs';
const JOBS = 'what jobs remember of their own work';

/** Every other table, and why the journal needs nothing of it. */
export const NOT_IN_JOURNAL: Readonly<Record<string, string>> = {
  installation: 'facts of the installation: none is a right',
  sessions: ENDED,
  refresh_tokens: ENDED,
  one_time_codes: ENDED,
  device_logins: ENDED,
  login_grants: ENDED,
  sign_ins: ENDED,
  sign_in_attempts: ENDED,
  used_logout_tokens: 'what a logout token ends is ended by a restore',
  uploads: ENDED,
  regions: 'regions come from the settings',
  repositories: CONTENT,
  blobs: CONTENT,
  small_blobs: CONTENT,
  repository_blobs: CONTENT,
  manifests: CONTENT,
  manifest_references: CONTENT,
  tags: CONTENT,
  trashed_manifests: CONTENT,
  trashed_tags: CONTENT,
  trashed_references: CONTENT,
  repository_contents: COUNTS,
  usage_counters: COUNTS,
  repository_activity: COUNTS,
  protection_rules: 'it keeps content from all alike, and gives no right',
  image_holds: 'it keeps content from all alike, and gives no right',
  audit_events: 'what was done; a restore keeps what the backup has',
  audit_settings: 'what is recorded of pulls: no right',
  pulls: COUNTS,
  // moves of namespaces between groups are noted, and a group that is removed holds none
  resource_groups: 'the namespaces in a group are noted, and a removed group has none',
  quotas: 'limits of what is stored: no right',
  pull_traffic: COUNTS,
  storage_counts: COUNTS,
  refusals: COUNTS,
  refused_requests: COUNTS,
  unnamed_bytes: JOBS,
  collection_runs: JOBS,
  job_leases: JOBS,
  activity_reports: COUNTS,
  registry_settings: 'what is measured: no right',
  exemptions: 'findings that are left out of reports: no right',
  retention_policies: 'it removes content, and gives no right',
  retention_analyses: JOBS,
  retention_runs: JOBS,
  byte_holds: JOBS,
  backup_runs: JOBS,
  issuer_keys: 'public keys of issuers as they were last read',
  audit_blocks: 'seals of what was done; a restore keeps what the backup has, and begins a new history',
  audit_holds: 'it keeps events, and gives no right',
  audit_exports: JOBS,
  warnings: JOBS,
  webhook_deliveries: 'a restore drops what waits in it',
  journal_line: 'the journal itself',
  journal_notes: 'the journal itself',
  journal_batches: 'the journal itself',
  journal_targets: 'the journal itself',
  storage_position: 'of this place alone',
};

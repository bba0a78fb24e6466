import type { Schema } from './schema.ts';

/**
 * The tables of which caches keep rows, by the kind of change that makes a cache forget them. A query that changes one
 * of them has to name the entity (Tx.changed).
 */
const CACHED_TABLES = {
  account: ['accounts'],
  membership: ['memberships'],
  'api-key': ['api_keys'],
  session: ['sessions'],
  'refresh-token': ['refresh_tokens'],
  'signing-key': ['signing_keys'],
  'registry-token': ['registry_tokens'],
  'auth-options': ['auth_options'],
  'service-id': ['service_ids'],
  profile: ['profiles'],
  'profile-trust': ['profile_trusts'],
  issuer: ['issuers'],
  'federated-session': ['federated_sessions'],
  'federated-identity': ['federated_identities'],
  'sign-in': ['sign_ins'],
  password: ['passwords'],
  'account-settings': ['account_settings'],
  'audit-settings': ['audit_settings'],
  'group-member': ['group_members'],
  'group-rule': ['group_rules'],
  policy: ['policies'],
  'custom-role': ['custom_roles'],
  namespace: ['namespaces'],
  quota: ['quotas'],
  'pull-traffic': ['pull_traffic'],
  repository: ['repositories'],
  tag: ['tags'],
  manifest: ['manifests'],
  'repository-blob': ['repository_blobs'],
  blob: ['blobs'],
} as const satisfies Record<string, readonly (keyof Schema)[]>;

/** What kinds of entity the change feed tells of. A cache subscribes to those it holds. */
export type ChangeKind = keyof typeof CACHED_TABLES;

export const CHANGE_KINDS = Object.keys(CACHED_TABLES) as readonly ChangeKind[];

export type TableOf<Kind extends ChangeKind> = (typeof CACHED_TABLES)[Kind][number];
export type CachedTable = TableOf<ChangeKind>;

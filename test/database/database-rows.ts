import { randomUUID } from 'node:crypto';
import type { NewAuditEventRow } from '../../src/database/audit-schema.ts';
import type { Database } from '../../src/database/database.ts';
import type {
  AccountRow,
  ApiKeyRow,
  ManifestRow,
  MembershipRow,
  NamespaceRow,
  RefreshTokenRow,
  RegionRow,
  RegistryTokenRow,
  RepositoryRow,
  SessionRow,
  SigningKeyRow,
  UserRow,
} from '../../src/database/schema.ts';
import { FIRST_SECRET } from '../../src/identity/api-keys/key-secrets.ts';
import { systemActor } from '../../src/principal.ts';
import type { Upload } from '../../src/registry/uploads/rows.ts';
import { insert } from './database-writes.ts';

export const AT = Date.UTC(2026, 0, 15, 12);
export const actor = systemActor('test');

export const auditEventRow = (): NewAuditEventRow => ({
  id: unique('Event'),
  account_id: null,
  at: AT,
  action: 'tidegate.account.create',
  outcome: 'success',
  principal: actor.principal,
  credential_id: null,
  target: 'target',
  target_type: null,
  target_name: null,
  reference: null,
  digest: null,
  changed: null,
  address: null,
  agent: null,
  request_id: null,
  region: null,
  replica: null,
  claims: null,
  reason: null,
  status: null,
  times: null,
  last_at: null,
  number: null,
});

/** A name or id that no other test has. */
export const unique = (prefix: string): string => `${prefix}-${randomUUID().slice(0, 13)}`;

export const digest = (): string => `sha256:${randomUUID().replaceAll('-', '').padEnd(64, '0')}`;

export const accountRow = (): AccountRow => ({
  id: unique('account'),
  name: 'Bird watchers',
  owner_iam_id: 'IBMid-1',
  state: 'ACTIVE',
  created_at: AT,
  state_since: null,
  state_by: null,
  state_reason: null,
  delete_at: null,
  clearing_since: null,
});

export const userRow = (): UserRow => ({
  iam_id: unique('IBMid'),
  user_name: unique('user'),
  email: 'ada@example.com',
  first_name: 'Ada',
  last_name: 'Łovelace 🐦',
  created_at: AT,
});

export const membershipRow = (account: AccountRow, user: UserRow): MembershipRow => ({
  account_id: account.id,
  iam_id: user.iam_id,
  state: 'ACTIVE',
  added_at: AT,
});

export const keyRow = (accountId: string, more: Partial<ApiKeyRow> = {}): ApiKeyRow => ({
  id: unique('ApiKey'),
  account_id: accountId,
  iam_id: 'IBMid-1',
  name: 'robin',
  description: '',
  secret_hash: unique('hash'),
  entity_tag: '1',
  locked: 0,
  disabled: 0,
  support_sessions: 0,
  action_when_leaked: 'none',
  expires_at: null,
  created_at: AT,
  created_by: 'IBMid-1',
  modified_at: AT,
  last_authn_at: null,
  authn_count: 0,
  identity_kind: 'user',
  ...FIRST_SECRET,
  ...more,
});

export const sessionRow = (accountId: string, apiKeyId: string | null = null): SessionRow => ({
  id: unique('C'),
  account_id: accountId,
  iam_id: 'IBMid-1',
  api_key_id: apiKeyId,
  client_id: 'bx',
  machine: null,
  created_at: AT,
  expires_at: AT + 1000,
  last_active_at: AT,
  chain: null,
});

export const refreshTokenRow = (accountId: string, apiKeyId: string | null = null): RefreshTokenRow => ({
  id: unique('token'),
  token_hash: unique('hash'),
  account_id: accountId,
  iam_id: 'IBMid-1',
  client_id: 'bx',
  session_id: null,
  api_key_id: apiKeyId,
  created_at: AT,
  expires_at: AT + 1000,
  identity_kind: 'user',
  chain: null,
});

export const signingKeyRow = (purpose: SigningKeyRow['purpose'] = 'bearer'): SigningKeyRow => ({
  id: unique('Key'),
  purpose,
  sealed: 'sealed',
  public_jwk: null,
  created_at: AT,
  retired_at: null,
});

export const regionRow = (): RegionRow => ({ id: randomUUID(), name: unique('region'), created_at: AT });

export const namespaceRow = (accountId: string, regionId: string, name = unique('birds')): NamespaceRow => ({
  id: randomUUID(),
  region_id: regionId,
  account_id: accountId,
  name,
  created_at: AT,
  created_by: 'IBMid-1',
  updated_at: AT,
  resource_group_id: null,
});

export const repositoryRow = ({ id, region_id, name }: NamespaceRow, last = 'robin'): RepositoryRow => ({
  id: randomUUID(),
  namespace_id: id,
  region_id,
  name: `${name}/${last}`,
  created_at: AT,
});

export const newUpload = ({ id, region_id, name }: NamespaceRow, expiresAt = AT + 1000): Upload => ({
  id: randomUUID(),
  regionId: region_id,
  namespaceId: id,
  repository: `${name}/robin`,
  principal: 'user:1',
  stagingId: 'staged',
  content: undefined,
  createdAt: AT,
  expiresAt,
});

export const manifestRow = (repositoryId: string, more: Partial<ManifestRow> = {}): ManifestRow => ({
  repository_id: repositoryId,
  digest: digest(),
  media_type: 'application/vnd.oci.image.manifest.v1+json',
  artifact_type: null,
  subject: null,
  annotations: '{}',
  config_digest: null,
  image_size: 3,
  image_created_at: null,
  content: new TextEncoder().encode('{"schemaVersion":2}'),
  created_at: AT,
  created_by: 'IBMid-1',
  pushed_with: null,
  pushed_from: null,
  pushed_claims: null,
  ...more,
});

export const registryTokenRow = (
  account: AccountRow,
  region: RegionRow,
  key: SigningKeyRow,
  more: Partial<RegistryTokenRow> = {},
): RegistryTokenRow => ({
  id: randomUUID(),
  account_id: account.id,
  region_id: region.id,
  issuer: 'registry.example',
  signing_key_id: key.id,
  readonly: 1,
  namespace_id: null,
  description: 'for the aviary',
  expires_at: null,
  created_at: AT,
  created_by: 'IBMid-1',
  last_used_at: null,
  use_count: 0,
  last_used_from: null,
  last_used_with: null,
  ...more,
});

/** An account with a namespace in a region, all of their own. */
export const newNamespace = async (
  database: Database,
): Promise<{ account: AccountRow; region: RegionRow; namespace: NamespaceRow }> => {
  const account = accountRow();
  const region = regionRow();
  const namespace = namespaceRow(account.id, region.id);
  await database.write(insert, { accounts: [account], regions: [region], namespaces: [namespace] });
  return { account, region, namespace };
};

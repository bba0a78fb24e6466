import type { Static, TObject } from 'typebox';
import {
  type ApiKeyChanges,
  isSafeToDelete,
  type KeySecret,
  liveSecrets,
  type NewApiKey,
  type ApiKey as StoredKey,
} from '../../identity/room.ts';
import type { API_KEY_FIELDS, ApiKey, ApiKeySecret, ApiKeyUpdate } from '../../wire/api-keys.ts';
import { formatIamDate, parseIamDate } from './iam-date.ts';

/** What a body says of a key to be made. `store_value` is accepted and not read: a value is never stored. */
export const newKeyOf = (
  body: Static<TObject<typeof API_KEY_FIELDS>>,
): Pick<
  NewApiKey,
  'name' | 'description' | 'secret' | 'expiresAt' | 'supportSessions' | 'actionWhenLeaked'
> => ({
  name: body.name,
  description: body.description ?? '',
  secret: body.apikey,
  expiresAt: body.expires_at === undefined ? undefined : parseIamDate(body.expires_at),
  supportSessions: body.support_sessions ?? false,
  actionWhenLeaked: body.action_when_leaked ?? 'disable',
});

/** Field by field, so that other fields of a body reach no column. */
export const changesOf = (body: ApiKeyUpdate): ApiKeyChanges => ({
  ...(body.name === undefined ? {} : { name: body.name }),
  ...(body.description === undefined ? {} : { description: body.description }),
  ...(body.support_sessions === undefined ? {} : { supportSessions: body.support_sessions }),
  ...(body.action_when_leaked === undefined ? {} : { actionWhenLeaked: body.action_when_leaked }),
  ...(body.expires_at === undefined
    ? {}
    : { expiresAt: body.expires_at === '' ? null : parseIamDate(body.expires_at) }),
});

export const wireKey = (key: StoredKey): ApiKey => ({
  id: key.id,
  entity_tag: key.entityTag,
  crn: `crn:v1:bluemix:public:iam-identity::a/${key.accountId}::apikey:${key.id}`,
  locked: key.locked,
  disabled: key.disabled,
  created_at: formatIamDate(key.createdAt),
  created_by: key.createdBy,
  modified_at: formatIamDate(key.modifiedAt),
  name: key.name,
  description: key.description,
  iam_id: key.iamId,
  account_id: key.accountId,
  support_sessions: key.supportSessions,
  action_when_leaked: key.actionWhenLeaked,
  ...(key.expiresAt === undefined ? {} : { expires_at: formatIamDate(key.expiresAt) }),
  apikey: '',
  activity: {
    authn_count: key.authnCount,
    ...(key.lastAuthnAt === undefined ? {} : { last_authn: formatIamDate(key.lastAuthnAt) }),
  },
});

/** The secrets of a key that sign in now, for those who may read the key: they tell where it is used. */
export const wireSecrets = ({ secrets }: StoredKey, now: number): { secrets: ApiKeySecret[] } => ({
  secrets: liveSecrets(secrets, now).map((secret) => wireSecret(secret, secrets)),
});

const wireSecret = (secret: KeySecret, all: readonly KeySecret[]): ApiKeySecret => ({
  number: secret.number,
  created_at: formatIamDate(secret.since),
  ...(secret.until === undefined ? {} : { expires_at: formatIamDate(secret.until) }),
  ...(secret.lastUsedAt === undefined ? {} : { last_used_at: formatIamDate(secret.lastUsedAt) }),
  ...(secret.lastUsedFrom === undefined ? {} : { last_used_from: secret.lastUsedFrom }),
  ...(secret.lastUsedWith === undefined ? {} : { last_used_with: secret.lastUsedWith }),
  safe_to_delete: isSafeToDelete(secret, all),
});

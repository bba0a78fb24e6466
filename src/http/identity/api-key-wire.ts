import type { Static, TObject } from 'typebox';
import type { ApiKeyChanges, NewApiKey, ApiKey as StoredKey } from '../../identity/api-keys/api-keys.ts';
import type { API_KEY_FIELDS, ApiKey, ApiKeyUpdate } from '../../wire/api-keys.ts';
import { formatIamDate, parseIamDate } from './iam-date.ts';

/** What a body says of a key to be made; `store_value` is read by nobody. */
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

export const changesOf = (body: ApiKeyUpdate): ApiKeyChanges => ({
  ...(body.name === undefined ? {} : { name: body.name }),
  ...(body.description === undefined ? {} : { description: body.description }),
  ...(body.support_sessions === undefined ? {} : { support_sessions: Number(body.support_sessions) }),
  ...(body.action_when_leaked === undefined ? {} : { action_when_leaked: body.action_when_leaked }),
  ...(body.expires_at === undefined
    ? {}
    : { expires_at: body.expires_at === '' ? null : parseIamDate(body.expires_at) }),
});

export const wireKey = (row: StoredKey): ApiKey => ({
  id: row.id,
  entity_tag: row.entity_tag,
  crn: `crn:v1:bluemix:public:iam-identity::a/${row.account_id}::apikey:${row.id}`,
  locked: row.locked === 1,
  disabled: row.disabled === 1,
  created_at: formatIamDate(row.created_at),
  created_by: row.created_by,
  modified_at: formatIamDate(row.modified_at),
  name: row.name,
  description: row.description,
  iam_id: row.iam_id,
  account_id: row.account_id,
  support_sessions: row.support_sessions === 1,
  action_when_leaked: row.action_when_leaked,
  ...(row.expires_at === null ? {} : { expires_at: formatIamDate(row.expires_at) }),
  apikey: '',
  activity: {
    authn_count: row.authn_count,
    ...(row.last_authn_at === null ? {} : { last_authn: formatIamDate(row.last_authn_at) }),
  },
});

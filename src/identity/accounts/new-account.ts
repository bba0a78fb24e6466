import type { AccountRow, ApiKeyRow, UserRow } from '../../database/schema.ts';
import { accountId } from '../../ids.ts';
import { makeApiKey, type NewApiKey } from '../api-keys/new-api-key.ts';
import { newIamId } from '../iam-ids.ts';
import type { MasterKey } from '../master-key.ts';

/** The rows of an account as it begins: with an owner, and the owner's key. */
export interface NewAccountRows {
  readonly account: AccountRow;
  readonly owner: UserRow;
  readonly key: ApiKeyRow;
  readonly secret: string;
}

/** `apikey`: the owner's key as the operator chose it, or undefined to have one made. */
export const makeAccount = (
  name: string,
  apikey: string | undefined,
  masterKey: MasterKey,
  now: number,
): NewAccountRows => {
  const id = accountId();
  const iamId = newIamId();
  const { row: key, secret } = makeApiKey({ ...ownerKey(id, iamId), secret: apikey }, masterKey, now);
  return {
    account: { ...NEVER_CHANGED, id, name, owner_iam_id: iamId, state: 'ACTIVE', created_at: now },
    owner: {
      iam_id: iamId,
      user_name: `owner@${id}`,
      email: '',
      first_name: 'Account',
      last_name: 'Owner',
      created_at: now,
    },
    key,
    secret,
  };
};

const NEVER_CHANGED = {
  state_since: null,
  state_by: null,
  state_reason: null,
  delete_at: null,
  clearing_since: null,
};

/** What the key of an account's owner is like. */
export const ownerKey = (accountId: string, iamId: string): NewApiKey => ({
  accountId,
  iamId,
  identityKind: 'user',
  name: 'owner',
  description: "The account owner's first key",
  secret: undefined,
  expiresAt: undefined,
  locked: false,
  disabled: false,
  supportSessions: false,
  actionWhenLeaked: 'none',
  createdBy: iamId,
});

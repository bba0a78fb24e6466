import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { accountId } from '../ids.ts';
import { anyAccount } from '../metadata/accounts.ts';
import type { Metadata } from '../metadata/database.ts';
import type { AccountRow } from '../metadata/schema.ts';
import { systemActor } from '../principal.ts';
import { type NewApiKey, newKey } from './api-keys.ts';
import type { MasterKey } from './master-key.ts';
import { createFirstAccount, resetOwnerKey } from './writes.ts';

export interface Bootstrap {
  readonly accountName: string;
  /** Chosen by the operator; one is made where undefined. */
  readonly apikey: string | undefined;
}

export interface Opened {
  readonly account: AccountRow;
  /** The owner's key, if this start made it; chosen keys are not repeated. */
  readonly madeKey: string | undefined;
  readonly isNew: boolean;
}

/** The account of a first start. While one exists, bootstrap settings are not looked at: a deleted key stays deleted. */
export const openFirstAccount = async (
  metadata: Metadata,
  masterKey: MasterKey,
  clock: Clock,
  bootstrap: Bootstrap,
): Promise<Opened> => {
  const known = await anyAccount(metadata.db);
  if (known) return { account: known, madeKey: undefined, isNew: false };
  const now = clock.now();
  const id = accountId();
  const iamId = `IBMid-${randomUUID().replaceAll('-', '').slice(0, 10).toUpperCase()}`;
  const { key, secret } = newKey({ ...ownerKey(id, iamId), secret: bootstrap.apikey }, masterKey, now);
  const isNew = await metadata.write(createFirstAccount, {
    account: { id, name: bootstrap.accountName, owner_iam_id: iamId, state: 'ACTIVE', created_at: now },
    owner: {
      iam_id: iamId,
      user_name: 'owner',
      email: '',
      first_name: 'Account',
      last_name: 'Owner',
      created_at: now,
    },
    key,
    actor: systemActor('first-start'),
  });
  const account = await anyAccount(metadata.db);
  if (!account) throw new Error('the first account is gone again');
  return { account, madeKey: isNew && bootstrap.apikey === undefined ? secret : undefined, isNew };
};

/** Replaces every key of the first account's owner by a new one and answers it. */
export const resetOwner = async (metadata: Metadata, masterKey: MasterKey, clock: Clock): Promise<string> => {
  const account = await anyAccount(metadata.db);
  if (!account) throw new Error('there is no account yet: start the server once');
  const { key, secret } = newKey(ownerKey(account.id, account.owner_iam_id), masterKey, clock.now());
  await metadata.write(resetOwnerKey, { key, at: clock.now(), actor: systemActor('owner-key-reset') });
  return secret;
};

const ownerKey = (account: string, iamId: string): NewApiKey => ({
  accountId: account,
  iamId,
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

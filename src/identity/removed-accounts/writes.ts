import { forgetAuditSettings } from '../../audit/events/tx.ts';
import type { Tx } from '../../database/database.ts';
import { removeSecrets } from '../api-keys/writes.ts';
import { type AccountPiece, onAccountCleared, onIdentityRemoved } from '../extension-points.ts';
import { iamIdOfProfile, iamIdOfServiceId } from '../iam-ids.ts';
import * as profiles from '../profiles/rows.ts';
import * as serviceIds from '../service-ids/rows.ts';
import * as users from '../users/rows.ts';
import { forgetIfNowhere } from '../users/writes.ts';
import * as rows from './rows.ts';

/** Identities that one piece removes, and what each of them counts for: keys, sessions, policies, memberships. */
const IDENTITIES = 10;
const ROWS_PER_IDENTITY = 30;

const SECRETS = [
  rows.deleteSessionsOfAccount,
  rows.deleteRefreshTokensOfAccount,
  rows.deleteRegistryTokensOfAccount,
  rows.deleteFederatedSessionsOfAccount,
  rows.deleteOneTimeCodesOfAccount,
];

onAccountCleared.add(async (tx, piece) => {
  const { accountId, budget } = piece;
  for (const secrets of SECRETS)
    if (budget.rows > 0) budget.rows -= await secrets(tx, accountId, budget.rows);
  for (const identities of [clearServiceIds, clearProfiles, clearMembers])
    if (budget.rows > 0) budget.rows -= ROWS_PER_IDENTITY * (await identities(tx, piece));
  if (budget.rows > 0) {
    await rows.deleteSettingsOfAccount(tx, accountId);
    await forgetAuditSettings(tx, accountId);
  }
});

const clearServiceIds = async (tx: Tx, { accountId }: AccountPiece): Promise<number> => {
  const page = { sort: undefined, descending: false, after: undefined, filters: [], limit: IDENTITIES };
  const found = await serviceIds.listServiceIds(tx.db, { accountId, name: undefined, page });
  for (const { id } of found) {
    const iamId = iamIdOfServiceId(id);
    await removeSecrets(tx, accountId, iamId);
    await onIdentityRemoved.run(tx, { accountId, iamId });
    // also those of profiles of other accounts
    for (const trust of await profiles.trustsOfIdentity(tx.db, iamId))
      await profiles.deleteProfileTrust(tx, trust);
    await serviceIds.deleteServiceId(tx, id);
  }
  return found.length;
};

const clearProfiles = async (tx: Tx, { accountId }: AccountPiece): Promise<number> => {
  const found = await profiles.listProfiles(tx.db, { accountId, after: '', limit: IDENTITIES });
  for (const { id } of found) {
    await onIdentityRemoved.run(tx, { accountId, iamId: iamIdOfProfile(id) });
    await profiles.deleteProfile(tx, id);
  }
  return found.length;
};

/** A person who is in no other account is forgotten, with the password. */
const clearMembers = async (tx: Tx, { accountId }: AccountPiece): Promise<number> => {
  const found = await users.listMembers(tx.db, { accountId, from: '', limit: IDENTITIES });
  for (const { iam_id: iamId } of found) {
    await removeSecrets(tx, accountId, iamId);
    await onIdentityRemoved.run(tx, { accountId, iamId });
    await users.deleteMembership(tx, accountId, iamId);
    await forgetIfNowhere(tx, iamId);
  }
  return found.length;
};

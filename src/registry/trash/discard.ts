import type { Tx } from '../../database/database.ts';
import { Accounts } from '../accounting/accounts.ts';
import * as trash from './rows.ts';

/**
 * Takes a deleted manifest out of the trash: at most `limit` of its tags, and when these are gone the entry itself with
 * its references. Answers how many rows went; the entry is gone where that is not `limit`.
 */
export const discard = async (tx: Tx, key: trash.ImageKey, limit: number): Promise<number> => {
  const accounts = await Accounts.of(tx, key.repositoryId);
  const count = await discardWith(accounts, tx, key, limit);
  await accounts?.settle();
  return count;
};

/** The same as a part of a transaction that counts more of the repository, and settles at its end. */
export const discardWith = async (
  accounts: Accounts | undefined,
  tx: Tx,
  key: trash.ImageKey,
  limit: number,
): Promise<number> => {
  const names = await trash.trashedTags(tx.db, { ...key, after: '', limit });
  await trash.forgetTags(tx, key, names);
  if (names.length === limit) return limit;
  await accounts?.trashed(key.digest, -1);
  return Math.min(names.length + (await trash.deleteEntry(tx, key)), limit - 1);
};

import type { Tx } from '../../database/database.ts';
import { Accounts } from './accounts.ts';

/** Counts blobs that a repository holds from now on. */
export const countLinks = async (
  tx: Tx,
  repositoryId: string,
  blobs: readonly { digest: string; size: number }[],
): Promise<void> => {
  const accounts = await Accounts.of(tx, repositoryId);
  accounts?.linked(blobs);
  await accounts?.settle();
};

/** Counts blobs that a repository holds no more. */
export const countUnlinked = async (
  tx: Tx,
  repositoryId: string,
  digests: readonly string[],
): Promise<void> => {
  const accounts = await Accounts.of(tx, repositoryId);
  accounts?.unlinked(digests);
  await accounts?.settle();
};

import { defineWrite, type Tx } from '../../database/database.ts';
import { countUnlinked } from '../../registry/tx.ts';
import { deleteUnlinkedBlobs, deleteUnreferencedLinks, type LinkKey, type RemovedBlob } from './rows.ts';

/** Takes out links that no manifest refers to and that were not wanted since `cutoff`; answers how many. */
export const removeLinks = defineWrite(
  'lifecycle.links.remove',
  async (tx: Tx, { links, cutoff }: { links: readonly LinkKey[]; cutoff: number }): Promise<number> => {
    let count = 0;
    for (const [repositoryId, digests] of byRepository(links)) {
      const removed = await deleteUnreferencedLinks(tx, { repositoryId, digests, cutoff });
      await countUnlinked(tx, repositoryId, removed);
      count += removed.length;
    }
    return count;
  },
  { bulk: true },
);

const byRepository = (links: readonly LinkKey[]): Map<string, string[]> => {
  const groups = new Map<string, string[]>();
  for (const { repository_id, digest } of links)
    groups.set(repository_id, [...(groups.get(repository_id) ?? []), digest]);
  return groups;
};

/**
 * Takes out blobs that no repository links and that were not wanted since `cutoff`; answers them, for their bytes to
 * follow. A push of the digest comes before this write (then its link keeps the row) or after it (then the bytes it
 * brings become the blob). Both write the row, so there is no third order.
 */
export const removeBlobs = defineWrite(
  'lifecycle.blobs.remove',
  async (
    tx: Tx,
    input: { regionId: string; digests: readonly string[]; cutoff: number },
  ): Promise<RemovedBlob[]> => deleteUnlinkedBlobs(tx, input),
  { bulk: true },
);

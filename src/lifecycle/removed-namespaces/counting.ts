import type { Tx } from '../../database/database.ts';
import { deleteCounters, imagesOf, noteContents, someContents } from '../../tenancy/tx.ts';

/** Takes at most `limit` of a repository's contents off what its account is counted to store; answers how many. */
export const uncountContents = async (tx: Tx, repositoryId: string, limit: number): Promise<number> => {
  const some = await someContents(tx.db, repositoryId, limit);
  const [first] = some;
  if (!first) return 0;
  const { account_id: accountId, region_id: regionId, namespace_id: namespaceId } = first;
  const changes = some.map(({ digest, tagged, untagged, trashed }) => ({
    digest,
    linked: false,
    tagged: -tagged,
    untagged: -untagged,
    trashed: -trashed,
  }));
  await noteContents(tx, { accountId, regionId, namespaceId, repositoryId }, changes);
  return some.length;
};

/** Takes the images of a repository off what its account is counted to have, and forgets the repository's counters. */
export const uncountRepository = async (
  tx: Tx,
  owner: { readonly accountId: string; readonly namespaceId: string },
  repositoryId: string,
): Promise<void> => {
  for (const { region_id: regionId, images, untagged_images, trashed_images } of await imagesOf(
    tx.db,
    repositoryId,
  ))
    await noteContents(tx, { ...owner, regionId, repositoryId }, [], {
      images: -images,
      untagged_images: -untagged_images,
      trashed_images: -trashed_images,
    });
  await deleteCounters(tx, { kind: 'repository', id: repositoryId });
};

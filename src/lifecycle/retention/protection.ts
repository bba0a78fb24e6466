import type { Db } from '../../database/database.ts';
import { heldDigests, protectionOf } from '../../registry/tx.ts';

/**
 * The one place where retention asks what a protected tag or a hold keeps: of these images of a repository those that
 * stay, by digest, each with the reason as a person reads it. Asked for a page of an analysis, and again in the transaction
 * that deletes an image.
 */
export const keptByProtection = async (
  db: Db,
  repositoryId: string,
  images: readonly { readonly digest: string; readonly tags: readonly string[] }[],
): Promise<ReadonlyMap<string, string>> => {
  const kept = new Map<string, string>();
  const digests = images.map(({ digest }) => digest);
  for (const digest of await heldDigests(db, repositoryId, digests)) kept.set(digest, 'a hold keeps it');
  const protecting = await protectionOf(db, repositoryId);
  for (const { digest, tags } of images)
    for (const tag of tags) {
      const rule = protecting(tag);
      if (rule !== undefined) kept.set(digest, `the tag ${tag} is protected by the rule for ${rule}`);
    }
  return kept;
};

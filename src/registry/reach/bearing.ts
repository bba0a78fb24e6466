import type { Db } from '../../database/database.ts';
import { fewParts } from './reach.ts';
import type { ReachingTags } from './reaching-tags.ts';
import { tagsWithin } from './rows.ts';

/** Tags of a manifest that are looked at for each part. */
const MOST = 200;

/** Whether a manifest itself bears one of these tags. */
export const bearsOneOf = async (
  db: Db,
  { repositoryId, digest }: { repositoryId: string; digest: string },
  tags: ReachingTags,
): Promise<boolean> => {
  for (const part of fewParts(tags.parts)) {
    const names = await tagsWithin(db, { repositoryId, digests: [digest], part, limit: MOST });
    if ((await tags.choose(names)).length > 0) return true;
  }
  return false;
};

import type { Db } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import { tagsOfManifest } from '../tags/rows.ts';
import { manifestsReferringTo } from './rows.ts';

/** More are not named: a client that deletes these is told of the next. */
const MOST_HOLDERS = 10;
const MOST_TAGS = 10;

/**
 * Refuses to take out what a manifest of the repository needs: it could not be pulled any more. UNSUPPORTED names the
 * manifests that hold it and their tags.
 */
export const refuseHeld = async (db: Db, repositoryId: string, digest: string): Promise<void> => {
  const found = await manifestsReferringTo(db, repositoryId, digest, MOST_HOLDERS + 1);
  const [first, ...more] = found;
  if (first === undefined) return;
  const heldBy = [];
  for (const holder of found.slice(0, MOST_HOLDERS))
    heldBy.push({ digest: holder, tags: await tagsOfManifest(db, repositoryId, holder, MOST_TAGS) });
  const tags = heldBy[0]?.tags.slice(0, 3).join(', ');
  const others = more.length === 0 ? '' : ` and ${countOf(more.length)}`;
  throw new RegistryError('UNSUPPORTED', {
    message: `${digest} is needed by the manifest ${first}${tags ? ` (tagged ${tags})` : ''}${others}; delete what needs it first`,
    detail: { heldBy },
  });
};

const countOf = (others: number): string => {
  if (others === 1) return 'one other';
  return others < MOST_HOLDERS ? `${others} others` : `at least ${MOST_HOLDERS} others`;
};

import { defineWrite, type Tx } from '../../database/database.ts';
import { Accounts } from '../accounting/accounts.ts';
import { uncountedManifests } from '../accounting/rows.ts';
import { linksBehind } from './rows.ts';

/** Links that one transaction counts, and manifests, each with what it refers to. */
const LINKS = 200;
const MANIFESTS = 20;

/** Counts some of the blobs that a repository holds, behind `after`; answers the last, undefined where there is no more. */
export const countSomeLinks = defineWrite(
  'registry.recount.links',
  async (
    tx: Tx,
    { repositoryId, after }: { repositoryId: string; after: string },
  ): Promise<string | undefined> => {
    const digests = await linksBehind(tx.db, { repositoryId, after, limit: LINKS });
    const accounts = await Accounts.of(tx, repositoryId);
    await accounts?.linkedDigests(digests);
    await accounts?.settle();
    return digests.length < LINKS ? undefined : digests.at(-1);
  },
  { bulk: true },
);

/** Counts some of the manifests of a repository that were not counted yet; false where there is none left. */
export const countSomeManifests = defineWrite(
  'registry.recount.manifests',
  async (tx: Tx, { repositoryId }: { repositoryId: string }): Promise<boolean> => {
    const manifests = await uncountedManifests(tx.db, repositoryId, MANIFESTS);
    const accounts = await Accounts.of(tx, repositoryId);
    if (!accounts) return false;
    for (const manifest of manifests) await accounts.counted(manifest);
    await accounts.settle();
    return manifests.length > 0;
  },
  { bulk: true },
);

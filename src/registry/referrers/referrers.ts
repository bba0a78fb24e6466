import { inBatches } from '../../database/batches.ts';
import type { Db } from '../../database/database.ts';
import { MANIFEST_LIMIT } from '../../oci/manifest.ts';
import { isIndex } from '../../oci/media-type.ts';
import { listReferrers, listSubjectless, type Referrer, readReferrers } from './rows.ts';

export interface ReferrersQuery {
  readonly repositoryId: string;
  readonly subject: string;
  readonly artifactType: string | undefined;
  /** The digest the page begins behind. */
  readonly after: string;
}

export interface ReferrersPage {
  readonly referrers: readonly Referrer[];
  /** Where the next page begins; undefined when this is the last. */
  readonly next: string | undefined;
}

const PAGE = 1000;

/** Clients refuse an index above 4 MiB; 200 bytes are what surrounds the entries. */
const PAGE_BYTES = MANIFEST_LIMIT - 200;

/** An entry without its annotations and artifact type, at the most: two digests' worth of names, a type and a size. */
const ENTRY_BYTES = 400;

/**
 * A page of the manifests that refer to a subject: at most 1000, and no more than fit into an index that clients read.
 * Sizes are asked before contents, since one entry's annotations may fill a page by themselves. `indexed` are the digests
 * an old client listed under the fallback tag; those that name no subject themselves are merged in.
 */
export const pageOfReferrers = async (
  db: Db,
  query: ReferrersQuery,
  indexed: readonly string[],
): Promise<ReferrersPage> => {
  const { repositoryId, artifactType, after } = query;
  const attached = await listReferrers(db, { ...query, limit: PAGE + 1 });
  const later = indexed.filter((digest) => digest > after);
  const listed = await inBatches(later, (digests) =>
    listSubjectless(db, { repositoryId, digests, artifactType }),
  );
  const found = [...attached, ...listed].sort((a, b) => (a.digest < b.digest ? -1 : 1));
  const page = fitting(found.slice(0, PAGE)).map(({ digest }) => digest);
  return {
    referrers: await readReferrers(db, repositoryId, page),
    next: found.length > page.length ? page.at(-1) : undefined,
  };
};

/** One at least, so that the pages end. */
const fitting = <Entry extends { readonly bytes: number }>(entries: readonly Entry[]): readonly Entry[] => {
  let bytes = 0;
  const end = entries.findIndex((entry, index) => {
    bytes += entry.bytes + ENTRY_BYTES;
    return index > 0 && bytes > PAGE_BYTES;
  });
  return end < 0 ? entries : entries.slice(0, end);
};

/** What an index lists, each once; nothing for a manifest that is no index. The text was checked when it was pushed. */
export const listedDigests = ({ mediaType, latin1 }: { mediaType: string; latin1: string }): string[] => {
  if (!isIndex(mediaType)) return [];
  const { manifests } = JSON.parse(latin1) as { manifests: { digest: string }[] | null };
  return [...new Set((manifests ?? []).map(({ digest }) => digest))];
};

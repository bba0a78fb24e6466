import {
  blobPageEnd,
  type LinkKey,
  linkPageEnd,
  type UnreferencedBlob,
  unreferencedBlobs,
  unreferencedLinks,
} from './rows.ts';
import { breathe, PAGE, type Sweep } from './sweep.ts';
import { removeBlobs, removeLinks } from './writes.ts';

/** Links that no manifest of their repository refers to: an upload whose manifest never came, or has gone. */
export const sweepLinks = async (sweep: Sweep): Promise<void> => {
  const { database, cutoff, dryRun, tally } = sweep;
  let after: LinkKey | undefined = { repository_id: '', digest: '' };
  while (after) {
    const to: LinkKey | undefined = await linkPageEnd(database.db, after, PAGE);
    const unreferenced = await unreferencedLinks(database.db, { after, to });
    const due = unreferenced.filter(({ touched_at }) => touched_at <= cutoff);
    tally.waiting.links += unreferenced.length - due.length;
    if (dryRun) tally.removed.links += due.length;
    else
      for (const links of ofFewRepositories(due)) {
        tally.removed.links += await database.write(removeLinks, { links, cutoff });
        await breathe(sweep);
      }
    after = to;
    await breathe(sweep);
  }
};

/** Repositories whose links one write removes: each costs it six statements, and other writes wait for all of them. */
const REPOSITORIES_AT_ONCE = 10;

/** Links as the writes remove them. */
const ofFewRepositories = (links: readonly LinkKey[]): LinkKey[][] => {
  const pieces: LinkKey[][] = [];
  let [piece, repositories, last]: [LinkKey[], number, string] = [[], 0, ''];
  for (const { repository_id, digest } of links.toSorted(byRepository)) {
    if (repository_id !== last && repositories++ % REPOSITORIES_AT_ONCE === 0) {
      piece = [];
      pieces.push(piece);
    }
    last = repository_id;
    piece.push({ repository_id, digest });
  }
  return pieces;
};

const byRepository = (a: LinkKey, b: LinkKey): number =>
  a.repository_id === b.repository_id ? 0 : a.repository_id < b.repository_id ? -1 : 1;

/** Blobs of a region that no repository links: rows first, then their bytes. */
export const sweepBlobs = async (sweep: Sweep, regionId: string): Promise<void> => {
  const { database, cutoff, dryRun, tally } = sweep;
  let after: string | undefined = '';
  while (after !== undefined) {
    const to: string | undefined = await blobPageEnd(database.db, regionId, after, PAGE);
    const unreferenced = await unreferencedBlobs(database.db, regionId, { after, to });
    const due = unreferenced.filter((blob) => wantedAt(blob) <= cutoff);
    tally.waiting.blobs += unreferenced.length - due.length;
    tally.waiting.bytes += bytesOf(unreferenced) - bytesOf(due);
    if (dryRun) {
      tally.removed.blobs += due.length;
      tally.removed.bytes += bytesOf(due);
    } else if (due.length > 0) await removeAll(sweep, regionId, due);
    after = to;
    await breathe(sweep);
  }
};

const removeAll = async (
  { database, store, cutoff, tally }: Sweep,
  regionId: string,
  due: readonly UnreferencedBlob[],
): Promise<void> => {
  const digests = due.map(({ digest }) => digest);
  const removed = await database.write(removeBlobs, { regionId, digests, cutoff });
  tally.removed.blobs += removed.length;
  // storage names are used once, so no push can have taken this one meanwhile. What a crash or a backup leaves, sweepStorage finds
  for (const { storage_key, size } of removed)
    if (await store.remove(storage_key)) tally.removed.bytes += size;
};

/** When the blob was last wanted, in any repository. */
const wantedAt = ({ touched_at, link_touched_at }: UnreferencedBlob): number =>
  Math.max(touched_at, link_touched_at ?? 0);

const bytesOf = (blobs: readonly UnreferencedBlob[]): number =>
  blobs.reduce((sum, { size }) => sum + size, 0);

import { findUnnamedBytes, namedBytes, namedStagings } from '../../registry/tx.ts';
import { forgetUnnamed, noteUnnamed, type Sighting } from '../unnamed-bytes/writes.ts';
import { breathe, PAGE, type Sweep } from './sweep.ts';

/** Staging places are left at least this long, whatever the grace: one is opened before its row is written. */
const STAGING_GRACE = 60_000;

/** How long condemned names are remembered: longer than any process can sleep between sealing bytes and naming them. */
const REMEMBERED = 30 * 86_400_000;

/**
 * Bytes of a region that no row names: a process died between sealing them and its transaction, or between the
 * transaction that removed their row and their removal. They go when they were found so twice, a grace apart.
 */
export const sweepStorage = async (sweep: Sweep, regionId: string): Promise<void> => {
  const { database, store, cutoff, tally } = sweep;
  for await (const page of pages(store.list(regionId))) {
    const named = await namedBytes(database.db, page);
    const seen = page.filter((name) => !named.has(name)).map((name) => ({ name, progress: 0 }));
    for (const name of await judge(sweep, 'sealed', seen, cutoff)) {
      const size = (await store.stat(name)) ?? 0;
      const goes = sweep.dryRun || (await store.remove(name));
      tally.waiting.unnamed += goes ? 0 : 1;
      tally.removed.unnamed += goes ? 1 : 0;
      tally.removed.bytes += goes ? size : 0;
    }
    await breathe(sweep);
  }
};

/** Staging places of a region that no upload names and that do not grow any more. */
export const sweepStagings = async (sweep: Sweep, regionId: string): Promise<void> => {
  const { database, store, at, cutoff, tally } = sweep;
  for await (const page of pages(store.list(regionId, 'staged'))) {
    const named = await namedStagings(database.db, page);
    const seen: Sighting[] = [];
    for (const name of page.filter((id) => !named.has(id)))
      seen.push({ name, progress: (await store.staged(name)) ?? 0 });
    for (const name of await judge(sweep, 'staged', seen, Math.min(cutoff, at - STAGING_GRACE))) {
      tally.removed.stagings++;
      if (!sweep.dryRun) await store.abort(name);
    }
    await breathe(sweep);
  }
};

/** Forgets what was written down of bytes that have a name now, or are gone. To be called when all regions are swept. */
export const forgetSightings = async (sweep: Sweep): Promise<void> => {
  const { database, at, dryRun } = sweep;
  const bounds = { before: at, condemnedBefore: at - REMEMBERED, limit: PAGE };
  while (!dryRun && (await database.write(forgetUnnamed, bounds)) === PAGE) await breathe(sweep);
};

/** Writes the sightings down and answers the names whose time is over. */
const judge = async (
  { database, at, dryRun, tally }: Sweep,
  what: 'sealed' | 'staged',
  seen: readonly Sighting[],
  cutoff: number,
): Promise<string[]> => {
  if (seen.length === 0) return [];
  const over = dryRun
    ? await wouldGo(database.db, seen, cutoff)
    : await database.write(noteUnnamed, { what, seen, at, cutoff });
  tally.waiting.unnamed += seen.length - over.length;
  return over;
};

const wouldGo = async (
  db: Sweep['database']['db'],
  seen: readonly Sighting[],
  cutoff: number,
): Promise<string[]> => {
  const progress = new Map(seen.map((each) => [each.name, each.progress]));
  const known = await findUnnamedBytes(
    db,
    seen.map(({ name }) => name),
  );
  return known
    .filter((row) => row.verdict !== 'quarantined')
    .filter((row) => row.progress === progress.get(row.name) && row.first_seen_at <= cutoff)
    .map(({ name }) => name);
};

async function* pages(names: AsyncIterable<string>): AsyncIterable<string[]> {
  let page: string[] = [];
  for await (const name of names) {
    page.push(name);
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

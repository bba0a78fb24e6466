import { REMOVED } from '../../src/tenancy/tx.ts';
import type { AllRows } from '../support/rows.ts';

type Row = Record<string, unknown>;
type Uses = 'tagged' | 'untagged' | 'trash' | 'waiting';

/** Bytes by use, and what is shared, of one account, namespace or repository. */
export type Sums = Record<Uses | 'shared' | 'images' | 'untagged_images' | 'trashed_images', number>;

const none = (): Sums => ({
  tagged: 0,
  untagged: 0,
  trash: 0,
  waiting: 0,
  shared: 0,
  images: 0,
  untagged_images: 0,
  trashed_images: 0,
});

const ORDER: readonly Uses[] = ['tagged', 'untagged', 'trash', 'waiting'];

/** What the counters of a registry say, by `<kind>/<id>`; those of which nothing is left are not there. */
export const counted = async (rows: AllRows): Promise<Map<string, Sums>> => {
  const found = new Map<string, Sums>();
  for (const row of (await rows.read()).usage_counters ?? []) {
    const key = `${row.kind}/${row.id}`;
    const sums = found.get(key) ?? none();
    for (const column of Object.keys(sums) as (keyof Sums)[]) sums[column] += Number(row[column]);
    found.set(key, sums);
  }
  for (const [key, sums] of found) if (Object.values(sums).every((sum) => sum === 0)) found.delete(key);
  return found;
};

/** What they have to say, summed from the content itself. */
export const summed = async (rows: AllRows): Promise<Map<string, Sums>> => {
  const all = await rows.read();
  const table = (name: string): Row[] => all[name] ?? [];
  const sums = new Map<string, Sums>();
  const of = (key: string): Sums => sums.get(key) ?? sums.set(key, none()).get(key) ?? none();
  const sizes = new Map(table('blobs').map((row) => [`${row.region_id}/${row.digest}`, Number(row.size)]));
  const namespaces = new Map(table('namespaces').map((row) => [row.id, row]));
  /** By account and digest: the repositories that have it, and for what. */
  const holders = new Map<string, { repository: string; namespace: string; use: Uses; size: number }[]>();
  for (const repository of table('repositories')) {
    if (repository.region_id === REMOVED) continue;
    const here = (name: string) => table(name).filter((row) => row.repository_id === repository.id);
    const account = String(namespaces.get(repository.namespace_id)?.account_id);
    const keys = [
      `account/${account}`,
      `namespace/${repository.namespace_id}`,
      `repository/${repository.id}`,
    ];
    const uses = new Map<string, { use: Uses; size: number }>();
    const use = (digest: string, how: Uses, size: number): void => {
      if (size === 0) return;
      const known = uses.get(digest);
      if (!known || ORDER.indexOf(how) < ORDER.indexOf(known.use)) uses.set(digest, { use: how, size });
    };
    const linked = new Set(here('repository_blobs').map(({ digest }) => digest));
    const noted = here('trashed_references').filter((row) => row.linked === 1);
    const held = new Set([...linked, ...noted.map((row) => row.target_digest)]);
    /** A blob that a manifest names and the repository does not hold counts nothing, also where another repository stores it. */
    const sizeOf = (digest: unknown): number =>
      held.has(digest) ? (sizes.get(`${repository.region_id}/${digest}`) ?? 0) : 0;
    for (const { digest } of here('repository_blobs')) use(String(digest), 'waiting', sizeOf(digest));
    const manifests = new Set(here('manifests').map(({ digest }) => digest));
    for (const manifest of here('manifests')) {
      const isHeld =
        here('tags').some(({ digest }) => digest === manifest.digest) ||
        here('manifest_references').some((row) => row.target_digest === manifest.digest) ||
        manifests.has(manifest.subject);
      for (const key of keys) of(key)[isHeld ? 'images' : 'untagged_images']++;
      const how = isHeld ? 'tagged' : 'untagged';
      use(String(manifest.digest), how, (manifest.content as Uint8Array).length);
      for (const row of here('manifest_references'))
        if (
          row.manifest_digest === manifest.digest &&
          (row.kind === 'blob' || (linked.has(row.target_digest) && !manifests.has(row.target_digest)))
        )
          use(String(row.target_digest), how, sizeOf(row.target_digest));
    }
    for (const trashed of here('trashed_manifests')) {
      for (const key of keys) of(key).trashed_images++;
      use(String(trashed.digest), 'trash', (trashed.content as Uint8Array).length);
      for (const row of noted)
        if (row.manifest_digest === trashed.digest)
          use(String(row.target_digest), 'trash', sizeOf(row.target_digest));
    }
    for (const [digest, { use: how, size }] of uses) {
      for (const key of keys.slice(1)) of(key)[how] += size;
      const key = `${account}/${repository.region_id}/${digest}`;
      const holder = { repository: String(repository.id), namespace: String(repository.namespace_id) };
      holders.set(key, [...(holders.get(key) ?? []), { ...holder, use: how, size }]);
    }
  }
  for (const [key, held] of holders) {
    const [account = ''] = key.split('/');
    const [best] = held.toSorted((one, other) => ORDER.indexOf(one.use) - ORDER.indexOf(other.use));
    if (!best) continue;
    of(`account/${account}`)[best.use] += best.size;
    if (held.length === 1) continue;
    of(`account/${account}`).shared += best.size;
    for (const { repository, namespace, size } of held) {
      of(`repository/${repository}`).shared += size;
      of(`namespace/${namespace}`).shared += size;
    }
  }
  for (const [key, each] of sums) if (Object.values(each).every((sum) => sum === 0)) sums.delete(key);
  return sums;
};

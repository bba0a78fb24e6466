import type { BackupTarget } from '../target/target.ts';
import type { ReadManifest } from './manifest.ts';
import { type PoolName, readNames } from './names.ts';

/** The names of several snapshots, each once, in order; one line of each is in memory. */
export async function* unionOfNames(
  target: BackupTarget,
  manifests: readonly ReadManifest[],
  signal?: AbortSignal,
): AsyncIterable<PoolName> {
  const lists = manifests.map(({ id, names }) =>
    readNames(target, id, names, signal)[Symbol.asyncIterator](),
  );
  try {
    const heads = await Promise.all(lists.map((list) => list.next()));
    for (;;) {
      let first: PoolName | undefined;
      for (const head of heads)
        if (!head.done && (first === undefined || head.value.name < first.name)) first = head.value;
      if (first === undefined) return;
      yield first;
      for (const [index, head] of heads.entries()) {
        const list = lists[index];
        if (list !== undefined && !head.done && head.value.name === first.name)
          heads[index] = await list.next();
      }
    }
  } finally {
    await Promise.allSettled(lists.map((list) => list.return?.()));
  }
}

/** The same in pages. */
export async function* pagesOfNames(
  names: AsyncIterable<PoolName>,
  size: number,
): AsyncIterable<readonly (PoolName & { readonly storageKey: string })[]> {
  let page: (PoolName & { storageKey: string })[] = [];
  for await (const each of names) {
    page.push({ ...each, storageKey: each.name });
    if (page.length < size) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

import { performance } from 'node:perf_hooks';
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { Db } from '../../database/database.ts';
import { pages } from '../../database/windows.ts';
import { repositoriesAfter } from '../../registry/tx.ts';
import type { Decision, DecisionContext, ImageFacts } from './decision.ts';
import { decideOn, factsOf } from './facts.ts';
import { Ranking } from './ranking.ts';
import * as rows from './rows.ts';

const REPOSITORIES = 200;
/** Images that one statement reads. */
const IMAGES = 100;
/** Milliseconds until other work has its turn. */
const TURN = 5;

export interface AnalyzedRepository {
  readonly id: string;
  readonly name: string;
  /** Its name without the namespace. */
  readonly path: string;
}

/** An image, and what a policy does with it. */
export interface Judged {
  readonly repository: AnalyzedRepository;
  readonly image: ImageFacts;
  readonly decision: Decision;
  /** The rules of which as many images are newer as the rule keeps. */
  readonly surplus: ReadonlySet<number>;
}

/**
 * What a policy does with the images of a namespace, page by page, by repository and the newest first. Nothing is
 * gathered: of a repository a number for each rule is kept, however many images it has. Not a snapshot: what is pushed
 * meanwhile may be in it or not.
 */
export async function* analyze(
  db: Db,
  namespaceId: string,
  contextOf: (repository: string) => DecisionContext,
): AsyncIterable<readonly Judged[]> {
  const limit = REPOSITORIES;
  const found = pages<{ id: string; name: string }>(limit, (last) =>
    repositoriesAfter(db, { namespaceId, after: last?.name ?? '', limit }),
  );
  for await (const repositories of found)
    for (const { id, name } of repositories) {
      const path = name.slice(name.indexOf('/') + 1);
      yield* analyzeRepository(db, { id, name, path }, contextOf(path));
    }
}

async function* analyzeRepository(
  db: Db,
  repository: AnalyzedRepository,
  context: DecisionContext,
): AsyncIterable<readonly Judged[]> {
  const ranking = new Ranking();
  for await (const page of imagesOf(db, repository.id)) {
    const judged: Judged[] = [];
    let since = performance.now();
    for (const image of await factsOf(db, repository.id, page)) {
      const surplus = ranking.add(context, image);
      const decision = await decideOn(db, repository.id, context, image, surplus);
      judged.push({ repository, image, decision, surplus });
      if (performance.now() - since < TURN) continue;
      await turnOfLoop();
      since = performance.now();
    }
    yield judged;
  }
}

/** Those with a creation date first, the newest first of all. */
async function* imagesOf(db: Db, repositoryId: string): AsyncIterable<readonly rows.StoredImage[]> {
  const limit = IMAGES;
  yield* newestFirst(db, repositoryId);
  yield* pages<rows.StoredImage>(limit, (last) =>
    rows.undatedImages(db, { repositoryId, after: last?.digest ?? '', limit }),
  );
}

/** Images with a creation date, in the order of that date; of those that were restored, in the order of when they were. */
async function* newestFirst(db: Db, repositoryId: string): AsyncIterable<readonly rows.StoredImage[]> {
  const limit = IMAGES;
  const dated = pages<rows.StoredImage>(limit, (last) => {
    const after = last && { builtAt: last.builtAt ?? 0, digest: last.digest };
    return rows.datedImages(db, { repositoryId, after, limit });
  });
  const restored = eachOf(
    pages<rows.StoredImage>(limit, (last) => {
      const after = last && { restoredAt: last.restoredAt ?? 0, digest: last.digest };
      return rows.restoredImages(db, { repositoryId, after, limit });
    }),
  );
  let next = await restored.next();
  for await (const page of dated) {
    let merged: rows.StoredImage[] = [];
    for (const image of page) {
      for (; !next.done && (next.value.restoredAt ?? 0) >= (image.builtAt ?? 0); next = await restored.next())
        merged.push(next.value);
      merged.push(image);
      if (merged.length < limit) continue;
      yield merged;
      merged = [];
    }
    yield merged;
  }
  for (; !next.done; next = await restored.next()) yield [next.value];
}

async function* eachOf<T>(found: AsyncIterable<readonly T[]>): AsyncGenerator<T, undefined> {
  for await (const page of found) yield* page;
}

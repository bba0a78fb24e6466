/**
 * Loaded into every thread of a server under test (NODE_OPTIONS=--import): once there is a folder `sorts` in the data
 * folder, each thread sorts more than SQLite keeps in memory and leaves a file in it with how that went.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isMainThread } from 'node:worker_threads';

const folder = join(process.env.TIDEGATE_DATA ?? '', 'sorts');

const sort = (): string => {
  using database = new DatabaseSync(':memory:');
  try {
    const { length } = database
      .prepare(
        `WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100000)
         SELECT hex(randomblob(100)) AS text FROM numbers ORDER BY text`,
      )
      .all();
    return `sorted ${length}`;
  } catch (error) {
    return (error as Error).message;
  }
};

const timer = setInterval(() => {
  if (!existsSync(folder)) return;
  clearInterval(timer);
  writeFileSync(join(folder, isMainThread ? 'main' : 'writer'), sort());
}, 20);
timer.unref();

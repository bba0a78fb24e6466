import { globSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite } from 'node:test';
import { PostgresDatabase } from '../../src/database/postgres.ts';
import { needs } from '../support/component.ts';
import { useEngines } from '../support/engines.ts';
import { type PostgresServer, postgres, startPostgres } from '../support/postgres.ts';
import { type S3Server, s3, startS3 } from '../support/s3.ts';

const root = join(import.meta.dirname, '..');

/** The database with the schema and nothing in it. */
const EMPTY = 'empty';

/** The files these patterns name, below test/. */
export const filesOf = (trees: readonly string[]): string[] =>
  trees.flatMap((tree) => globSync(tree, { cwd: root })).sort();

/** Runs test files in this process, every registry they start on a database and a bucket's folder of its own. */
export const runTrees = (title: string, files: readonly string[]): void => {
  suite(title, needs(postgres, s3), () => {
    const engines = new AsyncDisposableStack();
    let database: PostgresServer;
    let bucket: S3Server;
    let count = 0;

    before(async () => {
      database = engines.use(await startPostgres());
      bucket = engines.use(await startS3());
      Object.assign(process.env, bucket.env);
      // the migrations run once: registries of these trees begin with copies of what they make
      await (await PostgresDatabase.open(await database.createDatabase(EMPTY)))[Symbol.asyncDispose]();
    });
    // before the files are read: what they skip depends on it
    useEngines(async () => {
      const name = `registry_${++count}`;
      const blobs = new URL(bucket.url);
      blobs.pathname = `/${name}`;
      return {
        TIDEGATE_DATABASE_URL: await database.createDatabase(name, EMPTY),
        TIDEGATE_BLOBS_URL: blobs.href,
      };
    });

    for (const file of files) suite(file, () => import(join(root, file)));

    // last: hooks run in the order they are declared, and the trees have registries to close
    after(() => engines.disposeAsync());
  });
};

/**
 * The same rules on PostgreSQL and S3: the test trees that talk to a registry of their own, run again in this process
 * with real servers under them.
 */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite } from 'node:test';
import { needs } from '../support/component.ts';
import { useEngines } from '../support/engines.ts';
import { postgres, startPostgres } from '../support/postgres.ts';
import { s3, startS3 } from '../support/s3.ts';

const TREES = ['identity/*.test.ts', 'spec/v2/*.test.ts', 'lifecycle/collection.test.ts'];

suite('on PostgreSQL and S3', needs(postgres, s3), async () => {
  const engines = new AsyncDisposableStack();

  before(async () => {
    const database = engines.use(await startPostgres());
    const bucket = engines.use(await startS3());
    Object.assign(process.env, bucket.env);
    let count = 0;
    useEngines(async () => {
      const name = `registry_${++count}`;
      const blobs = new URL(bucket.url);
      blobs.pathname = `/${name}`;
      return { TIDEGATE_DATABASE_URL: await database.createDatabase(name), TIDEGATE_BLOBS_URL: blobs.href };
    });
  });

  const root = join(import.meta.dirname, '..');
  for (const file of TREES.flatMap((tree) => globSync(tree, { cwd: root })).sort())
    suite(file, () => import(join(root, file)));

  // last: hooks run in the order they are declared, and the trees have registries to close
  after(() => engines.disposeAsync());
});

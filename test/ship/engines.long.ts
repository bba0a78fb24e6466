import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { needs } from '../support/component.ts';
import { freePort } from '../support/free-port.ts';
import { type PostgresServer, postgres, startPostgres } from '../support/postgres.ts';
import { RegistryProcess } from '../support/registry-process.ts';
import { type S3Server, s3, startS3 } from '../support/s3.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { BARE, build, pushAndPull } from './made.ts';

describe('what is built, on PostgreSQL and S3', needs(postgres, s3), () => {
  const folder = temporaryFolder();
  let database: PostgresServer;
  let bucket: S3Server;

  before(async () => {
    [database, bucket] = await Promise.all([startPostgres(), startS3()]);
    await build(folder.path);
  });
  after(async () => {
    await database?.[Symbol.asyncDispose]();
    await bucket?.[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const serves = async (name: string, command: readonly string[]): Promise<void> => {
    const listen = `127.0.0.1:${await freePort()}`;
    const blobs = new URL(bucket.url);
    blobs.pathname = `/${name}`;
    await using registry = new RegistryProcess({
      command,
      env: {
        ...BARE,
        ...bucket.env,
        TIDEGATE_LISTEN: listen,
        TIDEGATE_EXTERNAL_URL: `http://${listen}`,
        TIDEGATE_DATABASE_URL: await database.createDatabase(name),
        TIDEGATE_BLOBS_URL: blobs.href,
        TIDEGATE_MASTER_KEY: randomBytes(32).toString('base64'),
      },
    });
    await registry.start();
    await pushAndPull(registry);
  };

  test('the package loads both and serves', () =>
    serves('package', [process.execPath, join(folder.path, 'program/main.js'), 'serve']));

  test('the executable loads both and serves', () =>
    serves('executable', [join(folder.path, `tidegate-linux-${process.arch}`), 'serve']));
});

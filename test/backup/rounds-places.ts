import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { type S3Server, startS3 } from '../support/s3.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { backupRounds, type Kept } from './rounds.ts';

/** Rounds on SQLite and files, each backup restored to the same. */
export const embeddedRounds = async (count: number): Promise<Kept> => {
  using scratch = temporaryFolder();
  return await backupRounds(count, {
    engines: {},
    to: join(scratch.path, 'backups'),
    root: scratch.path,
    masterKey: randomBytes(32).toString('base64'),
    newPlace: async () => ({}),
  });
};

/** Rounds on PostgreSQL and S3; every other backup is restored to SQLite and files. */
export const remoteRounds = async (count: number): Promise<Kept> => {
  await using components = new AsyncDisposableStack();
  const database: PostgresServer = components.use(await startPostgres());
  const bucket: S3Server = components.use(await startS3());
  Object.assign(process.env, bucket.env);
  const address = (prefix: string): string =>
    Object.assign(new URL(bucket.url), { pathname: `/${prefix}` }).href;
  const newEngines = async (name: string): Promise<Record<string, string>> => {
    const listen = `127.0.0.1:${await freePort()}`;
    return {
      TIDEGATE_LISTEN: listen,
      TIDEGATE_EXTERNAL_URL: `http://${listen}`,
      TIDEGATE_DATABASE_URL: await database.createDatabase(name),
      TIDEGATE_BLOBS_URL: address(name),
    };
  };
  return await backupRounds(count, {
    engines: await newEngines('source'),
    to: address('backups'),
    root: address('backups'),
    masterKey: randomBytes(32).toString('base64'),
    newPlace: async (round) => (round % 2 === 0 ? newEngines(`place_${round}`) : {}),
  });
};

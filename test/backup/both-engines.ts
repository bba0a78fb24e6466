import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { runOperator } from '../operate/operator.ts';
import { freePort } from '../support/free-port.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import type { RegistryProcess } from '../support/registry-process.ts';
import { openRows } from '../support/rows.ts';
import { type S3Server, startS3 } from '../support/s3.ts';
import { pushImage } from './images.ts';
import { type Engines, RestoredWorld } from './restored-world.ts';

/** Installations on either engine with a backup of each, and new places for them on PostgreSQL and S3. */
export interface BothEngines {
  /** On SQLite and files. */
  readonly embedded: RestoredWorld;
  /** On PostgreSQL and S3, its backup in a bucket. */
  readonly remote: RestoredWorld;
  readonly bucket: S3Server;
  /** Of a prefix in the bucket. */
  address(prefix: string): string;
  newEngines(): Promise<Engines>;
}

/** Those of a suite: made before its tests, ended after them. */
export const bothEngines = (): (() => BothEngines) => {
  const components = new AsyncDisposableStack();
  let database: PostgresServer;
  let bucket: S3Server;
  let made: BothEngines | undefined;
  let count = 0;

  const address = (prefix: string): string => {
    const blobs = new URL(bucket.url);
    blobs.pathname = `/${prefix}`;
    return blobs.href;
  };
  const newEngines = async (): Promise<Engines> => {
    const name = `place_${++count}`;
    const listen = `127.0.0.1:${await freePort()}`;
    return {
      ...bucket.env,
      TIDEGATE_LISTEN: listen,
      TIDEGATE_EXTERNAL_URL: `http://${listen}`,
      TIDEGATE_DATABASE_URL: await database.createDatabase(name),
      TIDEGATE_BLOBS_URL: address(name),
    };
  };

  before(async () => {
    database = components.use(await startPostgres());
    bucket = components.use(await startS3());
    Object.assign(process.env, bucket.env);
    const embedded = components.use(await RestoredWorld.make());
    const key = Buffer.alloc(32, 7).toString('base64');
    const remote = components.use(
      await RestoredWorld.make({ ...(await newEngines()), TIDEGATE_MASTER_KEY: key }, address('backups')),
    );
    made = { embedded, remote, bucket, address, newEngines };
  });
  after(() => components.disposeAsync());
  return () => {
    assert.ok(made);
    return made;
  };
};

const smallBlobsOf = async ({ settings, dataDir }: RegistryProcess): Promise<number> => {
  await using db = openRows(settings.TIDEGATE_DATABASE_URL ?? join(dataDir, 'tidegate.db'));
  return (await db.selectFrom('small_blobs').select('storage_key').execute()).length;
};

/** Restores, verifies, starts, and pulls and pushes. */
export const assertRestored = async (world: RestoredWorld, place: RegistryProcess): Promise<void> => {
  const outcome = await world.restore(place);
  assert.equal(outcome.code, 0, outcome.stderr);
  const verified = await runOperator(['verify'], place.settings);
  assert.match(verified.stdout, /8 blobs .* 4 manifests read, 0 faults/, verified.stderr);
  assert.equal(await smallBlobsOf(place), 6, 'small blobs are in rows there, too');
  await place.start();
  await world.assertHolds(place);
  await place.signIn(world.given.service.apikey);
  await pushImage(place, 'birds/new', 'x', { apikey: world.old.apikey });
};

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { runOperator } from '../operate/operator.ts';
import { needs } from '../support/component.ts';
import { freePort } from '../support/free-port.ts';
import { type PostgresServer, postgres, startPostgres } from '../support/postgres.ts';
import type { RegistryProcess } from '../support/registry-process.ts';
import { openRows } from '../support/rows.ts';
import { type S3Server, s3, startS3 } from '../support/s3.ts';
import { backUp } from './back-up.ts';
import { pushImage } from './images.ts';
import { type Engines, killRestore, RestoredWorld } from './restored-world.ts';

suite('O17: a restore from and to either engine', needs(postgres, s3), () => {
  const components = new AsyncDisposableStack();
  let database: PostgresServer;
  let bucket: S3Server;
  let embedded: RestoredWorld;
  let remote: RestoredWorld;
  let count = 0;

  before(async () => {
    database = components.use(await startPostgres());
    bucket = components.use(await startS3());
    Object.assign(process.env, bucket.env);
    embedded = components.use(await RestoredWorld.make());
    const key = Buffer.alloc(32, 7).toString('base64');
    remote = components.use(
      await RestoredWorld.make({ ...(await newEngines()), TIDEGATE_MASTER_KEY: key }, address('backups')),
    );
  });
  after(() => components.disposeAsync());

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

  const smallBlobsOf = async ({ settings, dataDir }: RegistryProcess): Promise<number> => {
    await using db = openRows(settings.TIDEGATE_DATABASE_URL ?? join(dataDir, 'tidegate.db'));
    return (await db.selectFrom('small_blobs').select('storage_key').execute()).length;
  };

  /** Restores, verifies, starts, and pulls and pushes. */
  const assertRestored = async (world: RestoredWorld, place: RegistryProcess): Promise<void> => {
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

  test('O14: from SQLite and files to PostgreSQL and S3', async () => {
    await using place = embedded.newPlace(await newEngines());
    await assertRestored(embedded, place);
  });

  test('O14: from PostgreSQL and S3, by a backup in a bucket, to SQLite and files', async () => {
    await using place = remote.newPlace();
    await assertRestored(remote, place);
  });

  test('O14: from PostgreSQL and S3 to another database and prefix, where two replicas start', async () => {
    const engines = await newEngines();
    await using place = remote.newPlace(engines);
    await assertRestored(remote, place);
    const listen = `127.0.0.1:${await freePort()}`;
    await using second = remote.newPlace({ ...engines, TIDEGATE_LISTEN: listen });
    await second.start();
    await remote.assertHolds(second);
  });

  test('O12: docker bearers and access tokens of before are 401 there', async () => {
    await using place = remote.newPlace(await newEngines());
    assert.equal((await remote.restore(place)).code, 0);
    await place.start();
    const { access, bearer, account } = remote.given;
    for (const [path, token] of [
      ['/v1/apikeys', access],
      ['/v2/birds/r0/tags/list', bearer],
    ] as const) {
      const headers = { Authorization: `Bearer ${token}`, Account: account };
      assert.equal((await fetch(place.url + path, { headers })).status, 401, path);
    }
  });

  test('what moved to PostgreSQL and S3 moves back by a backup of its own, with everything that came later', async () => {
    await using moved = embedded.newPlace({
      ...(await newEngines()),
      TIDEGATE_BACKUP_ROOT: address('moved'),
    });
    assert.equal((await embedded.restore(moved)).code, 0);
    await moved.start();
    const digest = await pushImage(moved, 'birds/later', 'x', { apikey: embedded.old.apikey });
    const owner = Object.assign(Object.create(moved), {
      request: async (path: string, init: RequestInit = {}) => {
        const { accessToken, accountId } = await moved.signIn(embedded.old.apikey);
        const headers = new Headers(init.headers);
        headers.set('Authorization', `Bearer ${accessToken}`);
        headers.set('Account', accountId);
        return fetch(moved.url + path, { ...init, headers });
      },
    }) as RegistryProcess;
    await backUp(owner, address('moved'));
    await using back = embedded.newPlace();
    const outcome = await embedded.restore(back, [], address('moved'));
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.match(outcome.stdout, /Restored/);
    await back.start();
    await embedded.assertHolds(back);
    const headers = {
      Authorization: `Basic ${Buffer.from(`iamapikey:${embedded.old.apikey}`).toString('base64')}`,
    };
    assert.equal((await fetch(`${back.url}/v2/birds/later/manifests/${digest}`, { headers })).status, 200);
  });

  test('O9: a database with an installation is refused, and so is a bucket with one', async () => {
    const used = remote.old.settings;
    const engines = await newEngines();
    const { TIDEGATE_DATABASE_URL: url = '', TIDEGATE_BLOBS_URL: blobs = '' } = used;
    await using one = remote.newPlace({ ...engines, TIDEGATE_DATABASE_URL: url });
    assert.match((await remote.restore(one)).stderr, /is not empty: it has an installation/);
    await using other = remote.newPlace({ ...engines, TIDEGATE_BLOBS_URL: blobs });
    assert.match(
      (await remote.restore(other)).stderr,
      /the bucket holds an installation; give an empty prefix/,
    );
    // the database was left empty
    await using good = remote.newPlace(engines);
    assert.equal((await remote.restore(good)).code, 0);
  });

  test('a restore to PostgreSQL and S3 that was killed can be run again; until its end no replica starts there', async () => {
    const engines = await newEngines();
    await using place = embedded.newPlace(engines);
    for (const killAt of [/Table restored: accounts/, /Blobs restored/])
      await killRestore(['--from', embedded.target], place.settings, killAt, place);
    await assertRestored(embedded, place);
  });

  test('O19: a drill of a backup of PostgreSQL needs neither PostgreSQL nor the bucket of the bytes', async () => {
    const { TIDEGATE_MASTER_KEY: key = '' } = remote.old.settings;
    const drilled = await runOperator(['restore', '--drill', '--from', remote.target], {
      ...bucket.env,
      TIDEGATE_MASTER_KEY: key,
    });
    assert.equal(drilled.code, 0, drilled.stderr);
    assert.match(drilled.stdout, /Pulled birds\/r\d:t\d from a server on it/);
  });
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { runOperator } from '../operate/operator.ts';
import { needs } from '../support/component.ts';
import { freePort } from '../support/free-port.ts';
import { postgres } from '../support/postgres.ts';
import { s3 } from '../support/s3.ts';
import { assertRestored, bothEngines } from './both-engines.ts';

suite('O17: a restore from and to either engine', needs(postgres, s3), () => {
  const engines = bothEngines();

  test('O14: from SQLite and files to PostgreSQL and S3', async () => {
    const { embedded, newEngines } = engines();
    await using place = embedded.newPlace(await newEngines());
    await assertRestored(embedded, place);
  });

  test('O14: from PostgreSQL and S3, by a backup in a bucket, to SQLite and files', async () => {
    const { remote } = engines();
    await using place = remote.newPlace();
    await assertRestored(remote, place);
  });

  test('O14: from PostgreSQL and S3 to another database and prefix, where two replicas start', async () => {
    const { remote, newEngines } = engines();
    const settings = await newEngines();
    await using place = remote.newPlace(settings);
    await assertRestored(remote, place);
    const listen = `127.0.0.1:${await freePort()}`;
    await using second = remote.newPlace({ ...settings, TIDEGATE_LISTEN: listen });
    await second.start();
    await remote.assertHolds(second);
  });

  test('O9: a database with an installation is refused, and so is a bucket with one', async () => {
    const { remote, newEngines } = engines();
    const used = remote.old.settings;
    const settings = await newEngines();
    const { TIDEGATE_DATABASE_URL: url = '', TIDEGATE_BLOBS_URL: blobs = '' } = used;
    await using one = remote.newPlace({ ...settings, TIDEGATE_DATABASE_URL: url });
    assert.match((await remote.restore(one)).stderr, /is not empty: it has an installation/);
    await using other = remote.newPlace({ ...settings, TIDEGATE_BLOBS_URL: blobs });
    assert.match(
      (await remote.restore(other)).stderr,
      /the bucket holds an installation; give an empty prefix/,
    );
    // the database was left empty
    await using good = remote.newPlace(settings);
    assert.equal((await remote.restore(good)).code, 0);
  });

  test('O19: a drill of a backup of PostgreSQL needs neither PostgreSQL nor the bucket of the bytes', async () => {
    const { remote, bucket } = engines();
    const { TIDEGATE_MASTER_KEY: key = '' } = remote.old.settings;
    const drilled = await runOperator(['restore', '--drill', '--from', remote.target], {
      ...bucket.env,
      TIDEGATE_MASTER_KEY: key,
    });
    assert.equal(drilled.code, 0, drilled.stderr);
    assert.match(drilled.stdout, /Pulled birds\/r\d:t\d from a server on it/);
  });
});

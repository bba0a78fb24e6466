import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, suite, test } from 'node:test';
import { PostgresDatabase } from '../../src/database/postgres.ts';
import { openSqliteReader } from '../../src/database/sqlite-dialect.ts';
import { listTables } from '../../src/database/tables.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { runOperator } from '../operate/operator.ts';
import { needs } from '../support/component.ts';
import { type PostgresServer, postgres, startPostgres } from '../support/postgres.ts';
import { basic } from '../support/registry.ts';
import { type RegistryProcess, startRegistryProcess } from '../support/registry-process.ts';
import { type S3Server, s3, startS3 } from '../support/s3.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const BLOBS = 230;

interface Pushed {
  readonly manifest: string;
  readonly blobs: readonly Buffer[];
}

/** An installation with blobs of every size that is stored its own way, a manifest, tags, keys and a registry token. */
const fill = async (registry: RegistryProcess): Promise<Pushed> => {
  await registry.namespaceAdd('birds');
  const headers = { Authorization: basic('iamapikey', registry.apikey) };
  const large = [0, 1, 70_000, 5 << 20, 17 << 20].map((size) => randomBytes(size));
  const blobs = [...large, ...Array.from({ length: BLOBS - large.length }, () => randomBytes(100))];
  for (const bytes of blobs) {
    const target = `${registry.url}/v2/birds/a/blobs/uploads/?digest=${digestOf(bytes)}`;
    const put = await fetch(target, { method: 'POST', headers, body: new Uint8Array(bytes) });
    assert.equal(put.status, 201);
  }
  const descriptors = blobs.map((bytes) => ({
    mediaType: 'application/vnd.oci.image.layer.v1.tar',
    digest: digestOf(bytes),
    size: bytes.length,
  }));
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: descriptors[2],
    layers: descriptors.slice(3),
  });
  for (const tag of ['1', '2', 'latest']) {
    const put = await fetch(`${registry.url}/v2/birds/a/manifests/${tag}`, {
      method: 'PUT',
      headers: { ...headers, 'Content-Type': MANIFEST },
      body: manifest,
    });
    assert.equal(put.status, 201);
  }
  return { manifest, blobs };
};

/** What lies in a folder: names and content, but for the lock. */
const snapshot = (folder: string): Map<string, string> =>
  new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/^(lock|lock\.pid|listening|.*-(wal|shm))$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path, digestOf(readFileSync(path))]),
  );

suite('tidegate migrate-storage', needs(postgres, s3), () => {
  let database: PostgresServer;
  let bucket: S3Server;
  let old: RegistryProcess;
  let pushed: Pushed;
  let count = 0;

  before(async () => {
    database = await startPostgres();
    bucket = await startS3();
    Object.assign(process.env, bucket.env);
    old = await startRegistryProcess();
    pushed = await fill(old);
    await old.kill('SIGTERM');
    // as a version took it that did not bound the sizes a manifest states
    const rows = new DatabaseSync(join(old.dataDir, 'tidegate.db'));
    rows.exec('update manifests set image_size = 27021597764222973');
    rows.close();
  });

  after(async () => {
    await old[Symbol.asyncDispose]();
    await bucket[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  const newPlace = async (): Promise<Record<string, string>> => {
    const name = `moved_${++count}`;
    const blobs = new URL(bucket.url);
    blobs.pathname = `/${name}`;
    return {
      TIDEGATE_DATABASE_URL: await database.createDatabase(name),
      TIDEGATE_BLOBS_URL: blobs.href,
      TIDEGATE_EXTERNAL_URL: 'http://registry.test',
      TIDEGATE_MASTER_KEY_FILE: join(old.dataDir, 'master.key'),
      ...bucket.env,
    };
  };

  const migrate = (env: Record<string, string>, data = old.dataDir, killAt?: RegExp) =>
    runOperator(['migrate-storage', '--data', data], env, async (child) => {
      let heard = '';
      child.stdout?.on('data', (text: string) => {
        heard += text;
        if (killAt?.test(heard)) child.kill('SIGKILL');
      });
    });

  /** A replica on the new place, with the key the old place was begun with. */
  const replica = (env: Record<string, string>) =>
    startRegistryProcess({ env: { ...env, TIDEGATE_BOOTSTRAP_APIKEY: undefined } });

  const assertHolds = async (url: string): Promise<void> => {
    const headers = { Authorization: basic('iamapikey', old.apikey), Accept: MANIFEST };
    for (const tag of ['1', '2', 'latest'])
      assert.equal(
        await (await fetch(`${url}/v2/birds/a/manifests/${tag}`, { headers })).text(),
        pushed.manifest,
      );
    for (const bytes of pushed.blobs.slice(0, 12)) {
      const read = await fetch(`${url}/v2/birds/a/blobs/${digestOf(bytes)}`, { headers });
      assert.equal(digestOf(Buffer.from(await read.arrayBuffer())), digestOf(bytes));
    }
  };

  test('every table of the embedded schema is one of PostgreSQL and back, with the same columns and key', async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'copy.db');
    cpSync(join(old.dataDir, 'tidegate.db'), file);
    await using sqlite = openSqliteReader(new DatabaseSync(file, { readOnly: true }));
    await using remote = await PostgresDatabase.open(await database.createDatabase('tables'));
    const tables = await listTables(sqlite, 'sqlite');
    const byName = (list: typeof tables) => Object.fromEntries(list.map((each) => [each.name, each]));
    assert.deepEqual(byName(tables), byName(await listTables(remote.db, 'postgres')));
    assert.ok(tables.every(({ key }) => key.length > 0));
    const position = (name: string) => tables.findIndex((table) => table.name === name);
    assert.ok(position('accounts') < position('namespaces'));
    assert.ok(position('manifests') < position('tags'));
    assert.ok(position('installation') >= 0);
  });

  test('O57: all of it is there afterwards, small blobs too, under the same keys, and the old place is as it was', async () => {
    const env = await newPlace();
    const before = snapshot(old.dataDir);
    const moved = await migrate(env);
    assert.equal(moved.code, 0, moved.stderr);
    assert.match(moved.stdout, /Same: manifests, 1 rows/);
    assert.match(moved.stdout, new RegExp(`Same: small_blobs, ${BLOBS - 3} rows`));
    assert.match(moved.stdout, new RegExp(`Blobs compared: ${BLOBS}`));
    assert.match(moved.stdout, /TIDEGATE_MASTER_KEY_FILE/);
    assert.deepEqual(snapshot(old.dataDir), before);
    await using a = await replica(env);
    await using b = await replica(env);
    await assertHolds(a.url);
    await assertHolds(b.url);
    const again = await migrate(env);
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stdout, /moved there before/);
  });

  test('killed among the blobs and again among the tables, it is finished by the third run', async () => {
    const env = await newPlace();
    const first = await migrate(env, old.dataDir, /Blobs copied: 100,/);
    assert.equal(first.code, null);
    await assert.rejects(replica(env), /unfinished target of tidegate migrate-storage/);
    const second = await migrate(env, old.dataDir, /Table 3 of/);
    assert.equal(second.code, null);
    assert.match(second.stdout, /Going on where an earlier run stopped/);
    const third = await migrate(env);
    assert.equal(third.code, 0, third.stderr);
    await using a = await replica(env);
    await assertHolds(a.url);
  });

  test('it refuses while the server runs, and without a whole target', async () => {
    const env = await newPlace();
    const { TIDEGATE_BLOBS_URL: _, ...half } = env;
    assert.match((await migrate(half)).stderr, /set both/);
    await using running = await startRegistryProcess();
    const refused = await migrate(env, running.dataDir);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /another process .* uses the data folder/);
    using empty = temporaryFolder();
    assert.match((await migrate(env, empty.path)).stderr, /there is no installation in/);
  });

  test('it refuses a target that holds another installation, and a master key of another', async () => {
    const env = await newPlace();
    await using stranger = await startRegistryProcess({
      env: { ...env, TIDEGATE_MASTER_KEY: randomBytes(32).toString('base64') },
    });
    await stranger.kill('SIGTERM');
    assert.match((await migrate(env)).stderr, /the database holds another installation/);
    const bucketOnly = { ...(await newPlace()), TIDEGATE_BLOBS_URL: env.TIDEGATE_BLOBS_URL ?? '' };
    assert.match((await migrate(bucketOnly)).stderr, /the bucket holds another installation/);
    const { TIDEGATE_MASTER_KEY_FILE: _, ...keyless } = await newPlace();
    const other = { ...keyless, TIDEGATE_MASTER_KEY: randomBytes(32).toString('base64') };
    assert.match((await migrate(other)).stderr, /not the one of this installation; .*master\.key/);
  });

  test('a damaged blob, an unknown table or a row changed on the way keeps the new place from starting', async () => {
    using folder = temporaryFolder();
    const data = join(folder.path, 'data');
    cpSync(old.dataDir, data, { recursive: true });
    const [damaged = ''] = [...snapshot(join(data, 'blobs')).keys()].filter(
      (path) => /sha256/.test(path) && !/installation/.test(path),
    );
    const bytes = readFileSync(damaged);
    writeFileSync(damaged, randomBytes(bytes.length + 1));
    const env = await newPlace();
    const first = await migrate(env, data);
    assert.equal(first.code, 1);
    assert.match(first.stderr, /1 blobs of the data folder are not what their rows say/);
    writeFileSync(damaged, bytes);

    const remote = await PostgresDatabase.open(env.TIDEGATE_DATABASE_URL ?? '');
    await remote[Symbol.asyncDispose]();
    const local = new DatabaseSync(join(data, 'tidegate.db'));
    local.exec('create table foreseen_by_nobody (id text primary key)');
    assert.match((await migrate(env, data)).stderr, /foreseen_by_nobody is not the same in both places/);
    local.exec('drop table foreseen_by_nobody');

    const cut = await migrate(env, data, /Table 5 of/);
    assert.equal(cut.code, null);
    local.exec("update accounts set name = 'somebody else'");
    local.close();
    assert.match((await migrate(env, data)).stderr, /the table accounts is not the same in both places/);
    await assert.rejects(replica(env), /unfinished target/);
    rmSync(data, { recursive: true });
  });
});

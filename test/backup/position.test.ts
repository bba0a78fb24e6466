import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { digestOf } from '../../src/oci/digest.ts';
import { runOperator } from '../operate/operator.ts';
import { CONFIG, descriptorOf, LAYER, newBytes, OCI_MANIFEST } from '../spec/content.ts';
import { TestRepository } from '../spec/repository.ts';
import { isEmbedded } from '../support/engines.ts';
import { basic, type Spoken, TestRegistry } from '../support/registry.ts';
import { type RegistryProcess, startRegistryProcess } from '../support/registry-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { known, unpacked } from '../upgrade/installation.ts';

const FOLDER = { skip: isEmbedded() ? false : 'this is about a folder of files' };

/** Pushes an image whose config and layer are new, and too large for rows of the database; answers their digests. */
const push = async (registry: Spoken, tag: string): Promise<string[]> => {
  const repository = new TestRepository(registry, 'birds/a');
  const [config, layer] = [newBytes(20_000), newBytes(20_000)];
  for (const bytes of [config, layer]) await repository.pushBlob(bytes);
  const fields = { config: descriptorOf(CONFIG, config), layers: [descriptorOf(LAYER, layer)] };
  await repository.pushImage(tag, fields);
  return [config, layer].map((bytes) => digestOf(bytes));
};

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

/** The furthest position beside the bytes. One that is being written, and has no name yet, does not count. */
const besideOf = (data: string): number => {
  const files = filesBelow(join(data, 'blobs/installation')).filter((file) => !file.includes('/staging/'));
  const texts = files.map((file) => readFileSync(file, 'utf8'));
  const numbers = texts.flatMap((text) => (text.startsWith('{') ? [JSON.parse(text).position] : []));
  return Math.max(0, ...numbers);
};

/** The log is written a second later at most. */
const heard = async (registry: RegistryProcess, words: RegExp): Promise<void> => {
  for (let tries = 0; tries < 600 && !words.test(registry.logs()); tries++) await sleep(20);
  assert.ok(words.test(registry.logs()), String(words));
};

/** Until what was written last is counted, which the server does by itself. */
const counted = async (data: string, than: number): Promise<void> => {
  for (let tries = 0; tries < 600 && besideOf(data) <= than; tries++) await sleep(50);
  assert.ok(besideOf(data) > than);
};

const content = (data: string): string[] =>
  filesBelow(join(data, 'blobs')).filter((file) => !file.includes('/installation/'));

/** Replaces the database by another file, without a log beside it. */
const putDatabase = (file: string, data: string): void => {
  for (const ending of ['', '-wal', '-shm']) rmSync(join(data, `tidegate.db${ending}`), { force: true });
  cpSync(file, join(data, 'tidegate.db'));
};

const verify = (registry: RegistryProcess, ...flags: string[]) =>
  runOperator(['verify', ...flags], registry.settings);

const OLDER =
  /the database is older than the bytes beside it: it misses what was written after 20\d\d-[^.]+\.\d+Z.*tidegate\.db-wal.*restore a backup.*tidegate verify --accept/;

suite('database and bytes that are not of one time', FOLDER, () => {
  test('cp of the database file without its log, put back beside the newer bytes: no start, nothing collected, and verify tells', async () => {
    await using registry = await startRegistryProcess({ env: { TIDEGATE_GC_GRACE: '0s' } });
    const { dataDir } = registry;
    await registry.namespaceAdd('birds');
    await push(registry, 'old');
    await registry.restart();
    const before = besideOf(dataDir);
    assert.ok(before > 0, 'a stop counts what was written');
    await push(registry, 'new');
    await counted(dataDir, before);
    const copy = join(temporaryFolder().path, 'tidegate.db');
    cpSync(join(dataDir, 'tidegate.db'), copy);
    await registry.kill('SIGKILL');
    putDatabase(copy, dataDir);
    const bytes = content(dataDir);

    await assert.rejects(registry.start(), OLDER);
    const found = await verify(registry);
    assert.equal(found.code, 1, found.stderr);
    assert.match(found.stdout, /^database-older {3}the database is older than the bytes beside it/);
    assert.match(found.stdout, OLDER);
    await assert.rejects(registry.start(), OLDER, 'verify alone accepts nothing');
    assert.deepEqual(content(dataDir), bytes, 'the newer bytes are all there');

    const accepted = await verify(registry, '--accept');
    assert.equal(accepted.code, 0, accepted.stdout + accepted.stderr);
    assert.match(accepted.stdout, /^Accepted:/);
    await registry.start();
    await push(registry, 'after');
    await registry.restart();
    assert.match((await runOperator(['verify', '--help'])).stdout, /--accept/);
  });

  test('the whole database, with its log, raises no alarm', async () => {
    await using registry = await startRegistryProcess();
    const { dataDir } = registry;
    await registry.namespaceAdd('birds');
    await push(registry, 'one');
    await counted(dataDir, 0);
    await registry.kill('SIGKILL');
    const copy = temporaryFolder().path;
    for (const ending of ['', '-wal'])
      cpSync(join(dataDir, `tidegate.db${ending}`), join(copy, `tidegate.db${ending}`));
    for (const ending of ['', '-wal', '-shm']) rmSync(join(dataDir, `tidegate.db${ending}`), { force: true });
    cpSync(copy, dataDir, { recursive: true });
    await registry.start();
    assert.equal((await fetch(`${registry.url}/v2/birds/a/manifests/one`, auth(registry))).status, 200);
    await registry.kill('SIGTERM');
    const clean = await verify(registry, '--accept');
    assert.equal(clean.code, 0);
    assert.match(clean.stdout, /^There is nothing to accept/);
  });

  test('older bytes beside a newer database: no start until it is accepted, and verify names what has no bytes', async () => {
    await using registry = await startRegistryProcess();
    const { dataDir } = registry;
    await registry.namespaceAdd('birds');
    await push(registry, 'old');
    await registry.kill('SIGTERM');
    const copy = temporaryFolder().path;
    cpSync(join(dataDir, 'blobs'), copy, { recursive: true });
    for (const tag of ['new', 'newer']) {
      await registry.start();
      await push(registry, tag);
      await registry.kill('SIGTERM');
    }
    renameSync(join(dataDir, 'blobs'), join(dataDir, 'blobs-newer'));
    cpSync(copy, join(dataDir, 'blobs'), { recursive: true });

    const OLDER_BYTES =
      /the bytes are older than the database: they end at 20\d\d-.*tidegate verify --accept/;
    await assert.rejects(registry.start(), OLDER_BYTES);
    const found = await verify(registry);
    assert.equal(found.code, 1);
    assert.match(found.stdout, /^bytes-older/);
    assert.match(found.stdout, /4 of the 6 blobs that were pushed last have no bytes/);
    assert.match(found.stdout, /4 faults/);
    await verify(registry, '--accept');
    await registry.start();
    await heard(registry, /blobs that were pushed last have no bytes/);
    await registry.kill('SIGTERM');
    rmSync(join(dataDir, 'blobs'), { recursive: true });
    renameSync(join(dataDir, 'blobs-newer'), join(dataDir, 'blobs'));
  });

  test('bytes that lack only the last push are named in the log of the start', async () => {
    await using registry = await startRegistryProcess();
    const { dataDir } = registry;
    await registry.namespaceAdd('birds');
    const [config = ''] = await push(registry, 'one');
    await registry.kill('SIGTERM');
    const [file = ''] = content(dataDir).filter((each) => each.includes(config.slice(7)));
    rmSync(file);
    await registry.start();
    await heard(registry, new RegExp(`"missing":1,"blob":"${config}".*tidegate verify`));
  });

  test('kill -9 at any moment raises no alarm', async () => {
    await using registry = await startRegistryProcess();
    await registry.namespaceAdd('birds');
    for (let round = 0; round < 2; round++) {
      let over = false;
      const pushing = (async () => {
        for (let count = 0; !over; count++) await push(registry, `r${round}-${count}`);
      })().catch(() => undefined);
      await sleep(Math.random() * 1500);
      over = true;
      await registry.kill('SIGKILL');
      await pushing;
      await registry.start();
    }
    await registry.kill('SIGTERM');
    const clean = await verify(registry);
    assert.equal(clean.code, 0, clean.stdout);
  });

  test('a folder of a version without positions starts, and again', async () => {
    const was = known.folder;
    await using registry = await TestRegistry.start({ data: unpacked('folder.tar.gz'), apikey: was.owner });
    await registry.namespaceAdd('more');
    await registry.restart();
    await registry.restart();
    assert.ok(besideOf(registry.data) > 0);
  });
});

const auth = ({ apikey }: RegistryProcess) => ({
  headers: { Authorization: basic('iamapikey', apikey), Accept: OCI_MANIFEST },
});

import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DataFolder } from '../../src/config/data-folder.ts';
import { makePrivateFolder, writePrivateFile } from '../../src/config/private-file.ts';
import { isEmbedded } from '../support/engines.ts';
import { startRegistryProcess } from '../support/registry-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runOperator } from './operator.ts';

const modeOf = (path: string): number => statSync(path).mode & 0o777;

test('a private file is replaced as a whole: mode 0600, no link followed, nothing beside it left over', () => {
  using folder = temporaryFolder();
  const [path, foreign] = [join(folder.path, 'secret'), join(folder.path, 'foreign')];
  writeFileSync(foreign, 'before', { mode: 0o644 });
  symlinkSync(foreign, path);
  symlinkSync(foreign, join(folder.path, '.secret.new'));
  writePrivateFile(path, 'a secret\n');
  assert.equal(readFileSync(foreign, 'utf8'), 'before');
  assert.equal(readFileSync(path, 'utf8'), 'a secret\n');
  chmodSync(path, 0o644);
  writePrivateFile(path, 'another\n');
  assert.equal(readFileSync(path, 'utf8'), 'another\n');
  assert.equal(modeOf(path), 0o600);
  assert.deepEqual(readdirSync(folder.path).sort(), ['foreign', 'secret']);
});

test('a private file that cannot be written leaves the old one as it was', () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'secret');
  mkdirSync(path);
  assert.throws(() => writePrivateFile(path, 'a secret\n'));
  assert.deepEqual(readdirSync(folder.path), ['secret']);
});

test('folders are made for their owner alone, also those above', () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'a/b/c');
  makePrivateFolder(path);
  makePrivateFolder(path);
  for (const made of ['a', 'a/b', 'a/b/c']) assert.equal(modeOf(join(folder.path, made)), 0o700);
});

test('a master key file that is empty, damaged or gone stops the start, and the error names it and what to do', async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, 'data');
  {
    using opened = DataFolder.open(data, { lock: true });
    assert.equal(opened.masterKey().length, 32);
  }
  const file = join(data, 'master.key');
  const key = readFileSync(file, 'utf8');
  assert.equal(modeOf(file), 0o600);
  for (const [content, fault] of [
    ['', 'is empty'],
    ['\n', 'is empty'],
    [key.slice(0, 20), 'is damaged'],
  ] as const) {
    writeFileSync(file, content);
    const { code, stderr } = await runOperator(['serve'], {
      TIDEGATE_DATA: data,
      TIDEGATE_LISTEN: '127.0.0.1:0',
    });
    assert.equal(code, 1);
    assert.ok(stderr.includes(`the master key file ${file} ${fault}`), stderr);
    assert.match(stderr, /Put a copy of the key back there/);
    assert.equal(readFileSync(file, 'utf8'), content, 'the file is left as it is');
    assert.ok(!existsSync(join(data, 'tidegate.db')), 'nothing is sealed');
  }
});

test('beside a database no other master key is made', () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, 'tidegate.db'), '');
  using opened = DataFolder.open(folder.path, { lock: true });
  assert.throws(() => opened.masterKey(), /master\.key is missing, but there is a database beside it/);
  assert.ok(!existsSync(opened.file('master.key')));
});

/** The files below a folder that another user could read or write. */
const openIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => (modeOf(path) & 0o077) !== 0);

test('in a data folder that others may enter they read no file, those of an earlier version neither', async () => {
  await using registry = await startRegistryProcess({
    command: [
      'sh',
      '-c',
      'umask 022; chmod 755 "$TIDEGATE_DATA"; exec "$0" src/main.ts serve',
      process.execPath,
    ],
  });
  await registry.signIn();
  assert.deepEqual(openIn(registry.dataDir), []);
  const once = isEmbedded() ? ['tidegate.db', 'tidegate.db-wal', 'tidegate.db-shm', 'lock', 'lock.pid'] : [];
  await registry.kill();
  for (const name of once) chmodSync(join(registry.dataDir, name), 0o644);
  await registry.start();
  assert.deepEqual(openIn(registry.dataDir), []);
  for (const name of once) assert.ok(existsSync(join(registry.dataDir, name)), name);
});

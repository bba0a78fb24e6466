import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { FilesystemBlobStore } from '../../src/blobs/filesystem.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { adoptContract } from './adopt.contract.ts';
import { chunks, keysOf, MIB, noise, pushBlob, readBlob, refusedWith, stalling } from './blob-fixtures.ts';
import { blobStoreContract } from './blob-store.contract.ts';

const folders: string[] = [];
const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-blobs-'));
  folders.push(folder);
  return folder;
};
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

const shared = await newFolder();
blobStoreContract('files', () => FilesystemBlobStore.open({ root: shared }));
adoptContract('files', () => FilesystemBlobStore.open({ root: shared }));
blobStoreContract('files with one idle descriptor', () =>
  FilesystemBlobStore.open({ root: shared, idleHandles: 1 }),
);

/** Every file below a sealed name, with the digest its name claims. */
const sealedFiles = async (root: string): Promise<{ path: string; digest: string }[]> => {
  const found: { path: string; digest: string }[] = [];
  for (const path of await readdir(root, { recursive: true })) {
    const match = /^[^/]+\/(sha\d+)\/..\/([0-9a-f]+)\.[^/]+$/.exec(path);
    if (match !== null) found.push({ path, digest: `${match[1]}:${match[2]}` });
  }
  return found;
};

/** Runs the writer until it has promised `promises` things, kills it, and returns its lines. */
const killAfter = async (root: string, promises: number): Promise<string[]> => {
  const writer = spawn(process.execPath, [join(import.meta.dirname, 'crash-writer.ts'), root], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  for await (const line of createInterface({ input: writer.stdout })) {
    lines.push(line);
    if (lines.length === promises) writer.kill('SIGKILL');
  }
  if (writer.exitCode === null && writer.signalCode === null) await once(writer, 'exit');
  assert.equal(writer.signalCode, 'SIGKILL');
  return lines;
};

test('P5: after kill -9 every promise holds and no sealed name leads to other bytes than it says', async () => {
  const root = await newFolder();
  for (let round = 0; round < 10; round++) {
    const lines = await killAfter(root, randomInt(1, 80));
    await using store = await FilesystemBlobStore.open({ root });
    const sealed = new Set(lines.filter((line) => line.startsWith('sealed ')).map((line) => line.slice(7)));
    const keys = new Set(await keysOf(store, 'local'));
    for (const key of sealed) assert.ok(keys.has(key), `${key} was promised`);
    for (const { path, digest } of await sealedFiles(root)) {
      const bytes = await readFile(join(root, path));
      assert.equal(digestOf(bytes, digest.startsWith('sha512') ? 'sha512' : 'sha256'), digest);
    }
    for (const line of lines.filter((line) => line.startsWith('appended '))) {
      const [, id = '', size] = line.split(' ');
      const staged = await store.staged(id);
      const published = [...keys].some((key) => key.endsWith(id.slice('local'.length)));
      assert.ok(published || (staged ?? -1) >= Number(size), `${size} bytes of ${id} were promised`);
    }
    for (const line of lines.filter((line) => line.startsWith('closing '))) {
      const [, id = '', size] = line.split(' ');
      const published = [...keys].some((key) => key.endsWith(id.slice('local'.length)));
      if (!published) assert.equal(await store.staged(id), Number(size), `${id} is as before its last bytes`);
    }
  }
});

test('a full disk is STORAGE_FULL, corrupts nothing, and the upload goes on when there is room again', async (t) => {
  const root = await newFolder();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', root]);
  if (mounted.status !== 0) {
    assert.notEqual(process.env.CI, 'true', 'CI must be able to mount a tmpfs');
    return t.skip('SKIPPED: a full disk needs the right to mount a tmpfs');
  }
  t.after(() => spawnSync('umount', ['-l', root]));
  await using store = await FilesystemBlobStore.open({ root });
  const kept = await pushBlob(store, 'local', noise(500_000));
  const ballast = await pushBlob(store, 'local', noise(2 * MIB));
  const id = await store.begin('local');
  await assert.rejects(store.append(id, 0, chunks(noise(6 * MIB))), refusedWith('STORAGE_FULL'));
  const staged = (await store.staged(id)) ?? -1;
  assert.ok(staged >= 0 && staged < 2 * MIB);
  assert.deepEqual(await readBlob(store, kept), noise(500_000));
  const cut = await store.begin('local');
  await assert.rejects(store.append(cut, 0, chunks(noise(6 * MIB))), refusedWith('STORAGE_FULL'));
  const some = (await store.staged(cut)) ?? -1;
  assert.ok((await readBlob(store, (await store.seal(cut, digestOf(noise(some)))).key)).equals(noise(some)));
  await store.remove(ballast);
  const rest = noise(3 * MIB).subarray(staged);
  assert.equal(await store.append(id, staged, chunks(rest)), 3 * MIB);
  const { key } = await store.seal(id, digestOf(noise(3 * MIB)));
  assert.deepEqual(await readBlob(store, key), noise(3 * MIB));
});

test('descriptors: idle ones are bounded, and none is left after dispose', {
  skip: process.platform !== 'linux',
}, async () => {
  const root = await newFolder();
  const open = async (): Promise<number> => (await readdir('/proc/self/fd')).length;
  const before = await open();
  const store = await FilesystemBlobStore.open({ root, idleHandles: 3 });
  const ids = await Promise.all(Array.from({ length: 30 }, () => store.begin('local')));
  for (const id of ids) await store.append(id, 0, chunks(noise(10)));
  const keys = await Promise.all(
    Array.from({ length: 30 }, (_, index) => pushBlob(store, 'local', noise(index))),
  );
  await Promise.all(keys.map((key) => readBlob(store, key)));
  await settled();
  assert.ok((await open()) <= before + 3 * 3, `${(await open()) - before} descriptors are open`);
  const writing = stalling(noise(10));
  const running = store.append(ids[0] ?? '', 10, writing.source);
  await writing.stalled;
  await store[Symbol.asyncDispose]();
  writing.goOn();
  await running;
  await settled();
  assert.equal(await open(), before);
});

/** Closing is not waited for by those who use a file; a round trip through the thread pool is behind it. */
const settled = async (): Promise<void> => {
  for (let round = 0; round < 20; round++) await readdir('/');
};

test('open: a folder that cannot be written is refused; a missing one is made with its parents', async () => {
  const root = await newFolder();
  await writeFile(join(root, 'file'), '');
  await assert.rejects(
    FilesystemBlobStore.open({ root: join(root, 'file', 'below') }),
    refusedWith('UNAVAILABLE'),
  );
  await using store = await FilesystemBlobStore.open({ root: join(root, 'a', 'b', 'c') });
  const key = await pushBlob(store, 'local', noise(5));
  assert.equal((await readFile(join(root, 'a', 'b', 'c', key))).byteLength, 5);
});

test('check: a folder that vanished is UNAVAILABLE, and nothing of a probe is left behind', async () => {
  const root = await newFolder();
  await using store = await FilesystemBlobStore.open({ root });
  await store.check();
  assert.deepEqual(await readdir(root), []);
  await rm(root, { recursive: true });
  await assert.rejects(store.check(), refusedWith('UNAVAILABLE'));
});

test('list: files that are no sealed blobs are not listed', async () => {
  const root = await newFolder();
  await using store = await FilesystemBlobStore.open({ root });
  const key = await pushBlob(store, 'local', noise(5));
  await mkdir(join(root, 'local/sha256/zz'), { recursive: true });
  await writeFile(join(root, 'local/sha256/zz/notes.txt'), 'mine');
  await writeFile(join(root, 'local/sha256/README'), 'mine');
  assert.deepEqual(await keysOf(store, 'local'), [key]);
});

test('begin: a region name that could leave the folder is refused', async () => {
  await using store = await FilesystemBlobStore.open({ root: await newFolder() });
  for (const region of ['', '..', 'a/b', 'A', 'a.b', '../x']) {
    await assert.rejects(store.begin(region), refusedWith('INTERNAL'), region);
  }
});

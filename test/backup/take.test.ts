import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readRowFile } from '../../src/backup/rows/row-file.ts';
import { readManifest } from '../../src/backup/snapshots/manifest.ts';
import { readNames } from '../../src/backup/snapshots/names.ts';
import { readTarget } from '../../src/backup/target/open.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { collect, collected } from '../lifecycle/collect.ts';
import { descriptorOf, LAYER, newBytes, newManifest } from '../spec/content.ts';
import { TestRepository } from '../spec/repository.ts';
import { HOUR } from '../support/clock.ts';
import { keyOf, storedBytes } from '../support/stored-bytes.ts';
import { BackedUp } from './backups.ts';

/** What a backup says it has: the names, and how many rows each table has. */
const contentOf = async (backup: BackedUp, snapshot: string, to = 'first') => {
  await using opened = await readTarget(join(backup.root, to));
  const manifest = await readManifest(opened.target, snapshot);
  const names: string[] = [];
  for await (const { name, digest, size } of readNames(opened.target, snapshot, manifest.names)) {
    const bytes = readFileSync(join(backup.root, to, 'pool', name));
    assert.equal(bytes.byteLength, size);
    assert.equal(digestOf(bytes), digest, name);
    names.push(name);
  }
  const digests: unknown[] = [];
  for await (const part of readRowFile(opened.target.get(`snapshots/${snapshot}/rows`)))
    if (part.kind === 'rows' && part.table.name === 'blobs')
      digests.push(...part.rows.map((row) => row[part.table.columns.indexOf('digest')]));
  return { manifest, names, digests };
};

const start = async (env?: Record<string, string>): Promise<{ backup: BackedUp; robin: TestRepository }> => {
  const backup = await BackedUp.start(env ? { env } : {});
  await backup.registry.namespaceAdd('birds');
  return { backup, robin: new TestRepository(backup.registry, 'birds/robin') };
};

test('a backup has all rows and, byte for byte, every blob that they name; what was pushed before it began is in it', async () => {
  const { backup, robin } = await start();
  await using _ = backup;
  const pushed: string[] = [];
  for (let each = 0; each < 20; each++) pushed.push(await robin.pushBlob(newBytes(1000 + each)));
  pushed.push(await robin.pushBlob(newBytes(3_000_000)));
  const run = await backup.taken();
  assert.equal(run.damaged, 0);
  // and the blob that marks the installation
  assert.equal(run.copied.blobs, 22);
  assert.equal(run.blobs, 22);
  const { manifest, names, digests } = await contentOf(backup, run.snapshot);
  assert.equal(names.length, 22);
  assert.deepEqual(digests.sort(), pushed.sort());
  assert.equal(manifest.rows.tables.blobs, 21);
  assert.equal(manifest.blobs, 22);
  assert.ok(manifest.migrations.includes('0001-initial'));
});

test('O2: every push that was acknowledged before a backup began is in it, while pushes go on', async () => {
  const { backup, robin } = await start();
  await using _ = backup;
  const acknowledged: string[] = [];
  const stop = new AbortController();
  const pushing = [0, 1].map(async () => {
    while (!stop.signal.aborted) acknowledged.push(await robin.pushBlob(newBytes(2000)));
  });
  for (let round = 0; round < 3; round++) {
    while (acknowledged.length < 5 * (round + 1)) await new Promise((resolve) => setImmediate(resolve));
    const before = [...acknowledged];
    const { snapshot } = await backup.taken();
    const { digests } = await contentOf(backup, snapshot);
    const there = new Set(digests);
    assert.deepEqual(
      before.filter((digest) => !there.has(digest)),
      [],
    );
  }
  stop.abort();
  await Promise.all(pushing);
});

test('O3: beside collection without any grace no backup names bytes that are not in it', async () => {
  const { backup, robin } = await start({ TIDEGATE_GC_GRACE: '0s' });
  await using _ = backup;
  const { registry } = backup;
  const stop = new AbortController();
  await robin.pushBlob(Buffer.from('{}'));
  let rounds = 0;
  const pushing = (async () => {
    while (!stop.signal.aborted) {
      const bytes = newBytes(3000);
      await robin.pushBlob(bytes);
      const manifest = newManifest({ layers: [descriptorOf(LAYER, bytes)] });
      // its blobs may be collected between the two
      await robin.putManifest(`tag-${rounds++}`, manifest);
    }
  })();
  const collecting = (async () => {
    while (!stop.signal.aborted) {
      registry.clock.advance(1000);
      await collect(registry);
    }
  })();
  try {
    for (let each = 0; each < 4; each++) {
      const { snapshot } = await backup.taken();
      await contentOf(backup, snapshot);
    }
    assert.deepEqual((await backup.verify()).findings, []);
  } finally {
    stop.abort();
    await Promise.all([pushing, collecting]);
  }
});

test('O5: the next backup copies only what the target does not have', async () => {
  const { backup, robin } = await start();
  await using _ = backup;
  await backup.taken();
  await robin.pushBlob(newBytes(5000));
  await robin.pushBlob(newBytes(6000));
  assert.deepEqual((await backup.taken()).copied, { blobs: 2, bytes: 11_000 });
  assert.deepEqual((await backup.taken()).copied, { blobs: 0, bytes: 0 });
  await robin.pushBlob(newBytes(7000));
  const third = await backup.taken();
  assert.deepEqual(third.copied, { blobs: 1, bytes: 7000 });
  assert.equal(third.blobs, 4);
});

test('bytes of the target that are not as long as they must be are copied again', async () => {
  const { backup, robin } = await start();
  await using _ = backup;
  const digest = await robin.pushBlob(newBytes(5000));
  await backup.taken();
  const { writeFile } = await import('node:fs/promises');
  await writeFile(join(backup.root, 'first/pool', await keyOf(backup.registry, digest)), 'half');
  assert.deepEqual((await backup.taken()).copied, { blobs: 1, bytes: 5000 });
  assert.deepEqual((await backup.verify()).findings, []);
});

test('O8: neither the master key nor the key of the owner is in a backup, sealed or not', async () => {
  const { backup, robin } = await start();
  await using _ = backup;
  await robin.pushBlob(newBytes(5000));
  await backup.taken();
  const { data, apikey } = backup.registry;
  const keyFile = join(data, 'master.key');
  const text = existsSync(keyFile) ? readFileSync(keyFile, 'utf8').trim() : '';
  const secrets = [Buffer.from(apikey), ...(text ? [Buffer.from(text), Buffer.from(text, 'base64')] : [])];
  let read = 0;
  const { zstdDecompressSync } = await import('node:zlib');
  for (const path of globSync('**/*', { cwd: backup.root, withFileTypes: true })) {
    if (!path.isFile()) continue;
    const bytes = readFileSync(join(path.parentPath, path.name));
    const contents = /^(rows|names)$/.test(path.name) ? [bytes, zstdDecompressSync(bytes)] : [bytes];
    for (const content of contents)
      for (const secret of secrets) assert.equal(content.includes(secret), false, path.name);
    read++;
  }
  assert.ok(read >= 5);
});

test('a blob whose bytes were gone or damaged before is named by the backup, which is made all the same', async () => {
  const { backup, robin } = await start();
  await using _ = backup;
  const [gone, damaged] = [await robin.pushBlob(newBytes(5000)), await robin.pushBlob(newBytes(5000))];
  await robin.pushBlob(newBytes(5000));
  const bytes = storedBytes(backup.registry);
  const [goneKey, damagedKey] = [await keyOf(backup.registry, gone), await keyOf(backup.registry, damaged)];
  await bytes.remove(goneKey);
  await bytes.overwrite(damagedKey, newBytes(5000));
  const run = await backup.taken();
  assert.equal(run.damaged, 2);
  assert.equal(run.copied.blobs, 2);
  const { manifest, names } = await contentOf(backup, run.snapshot);
  assert.deepEqual(
    manifest.damaged
      .map(({ digest, fault }) => ({ digest, fault }))
      .sort((one, other) => (one.fault < other.fault ? -1 : 1)),
    [
      { digest: damaged, fault: 'bytes-damaged' },
      { digest: gone, fault: 'bytes-missing' },
    ],
  );
  assert.equal(names.includes(goneKey) || names.includes(damagedKey), false);
  assert.equal((await backup.list()).snapshots[0]?.damaged, 2);
  assert.deepEqual((await backup.verify()).findings, [], 'the backup is what it says it is');
});

test('bytes that are removed while a backup is made stay until it is done, and are collected then', async () => {
  const { backup, robin } = await start();
  await using _ = backup;
  await robin.pushBlob(newBytes(5000));
  await backup.taken();
  backup.registry.clock.advance(25 * HOUR);
  assert.equal((await collected(backup.registry)).removed.bytes, 5000, 'no hold is left behind');
});

import assert from 'node:assert/strict';
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Verification, type VerifyEvent } from '../../src/backup/snapshots/verify.ts';
import { readTarget } from '../../src/backup/target/open.ts';
import { parseOpeningKey } from '../../src/backup/target/seal-keys.ts';
import { newKeyPair } from '../../src/key-id.ts';
import { newBytes } from '../spec/content.ts';
import { TestRepository } from '../spec/repository.ts';
import { DAY } from '../support/clock.ts';
import { BackedUp } from './backups.ts';

const start = async (
  env: Record<string, string> = {},
): Promise<{ backup: BackedUp; robin: TestRepository }> => {
  const backup = await BackedUp.start({ env });
  await backup.registry.namespaceAdd('birds');
  return { backup, robin: new TestRepository(backup.registry, 'birds/robin') };
};

const filesOf = (backup: BackedUp, pattern: string): string[] =>
  globSync(pattern, { cwd: join(backup.root, 'first'), withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name))
    .sort();

test('the backups of a target are listed, newest first, with what each holds', async () => {
  const { backup, robin } = await start();
  await using _ = backup;
  const missing = await backup.registry.api('GET', '/api/v1/backups/snapshots?target=first');
  assert.equal(missing.status, 404);
  const first = await backup.taken();
  backup.registry.clock.advance(DAY);
  await robin.pushBlob(newBytes(4000));
  const second = await backup.taken();
  const { snapshots, total, target } = await backup.list();
  assert.equal(total, 2);
  assert.equal(target, join(backup.root, 'first'));
  assert.deepEqual(
    snapshots.map(({ id }) => id),
    [second.snapshot, first.snapshot],
  );
  const [newest] = snapshots;
  assert.equal(newest?.blobs, 2);
  assert.ok((newest?.bytes ?? 0) > 4000 && (newest?.rows ?? 0) > 10);
});

test('the backups of another installation are not listed, checked or pruned', async () => {
  const { backup } = await start();
  await using _ = backup;
  await backup.taken();
  await using other = await BackedUp.start({ env: { TIDEGATE_BACKUP_ROOT: backup.root } });
  const { registry } = other;
  const listed = await registry.api('GET', '/api/v1/backups/snapshots?target=first');
  assert.equal(listed.status, 409);
  assert.equal((await registry.api('POST', '/api/v1/backups/verify', { target: 'first' })).status, 409);
  assert.equal(
    (await registry.api('POST', '/api/v1/backups/prune', { target: 'first', keep: 1 })).status,
    409,
  );
  const run = await other.take('first');
  assert.equal(run.outcome, 'failed');
  assert.match(run.reason ?? '', /backups of another installation/);
});

test('O16: a changed byte in the pool, the rows, the names or the manifest is found, and each by its name', async () => {
  const { backup, robin } = await start();
  await using _ = backup;
  await robin.pushBlob(newBytes(4000));
  const { snapshot } = await backup.taken();
  assert.deepEqual((await backup.verify()).findings, []);
  const faults: Record<string, string> = {
    'pool/!(installation)/**': 'bytes-damaged',
    'snapshots/*/rows': 'rows-damaged',
    'snapshots/*/names': 'names-damaged',
    'snapshots/*/manifest.json': 'manifest-damaged',
  };
  for (const [pattern, fault] of Object.entries(faults)) {
    const [path = ''] = filesOf(backup, pattern);
    const whole = readFileSync(path);
    for (const at of [0, Math.floor(whole.byteLength / 2), whole.byteLength - 1]) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 1;
      writeFileSync(path, changed);
      const { findings } = await backup.verify({ target: 'first', snapshot });
      assert.deepEqual(
        findings.map((each) => each.fault),
        [fault],
        `${path}, byte ${at}`,
      );
    }
    writeFileSync(path, whole);
  }
  const [lost = ''] = filesOf(backup, 'pool/!(installation)/**');
  rmSync(lost);
  assert.deepEqual(
    (await backup.verify()).findings.map(({ fault }) => fault),
    ['bytes-missing'],
  );
  const unknown = await backup.registry.api('POST', '/api/v1/backups/verify', {
    target: 'first',
    snapshot: '20200101T000000Z-00000000',
  });
  assert.equal(unknown.status, 404);
});

test('a manifest that was written by another than the installation is found by its master key', async () => {
  const { backup } = await start();
  await using _ = backup;
  await backup.taken();
  const { createHash } = await import('node:crypto');
  const [path = ''] = filesOf(backup, 'snapshots/*/manifest.json');
  const { sha256: _sha256, ...manifest } = JSON.parse(readFileSync(path, 'utf8'));
  const forged = { ...manifest, blobs: 0 };
  const sha256 = createHash('sha256').update(JSON.stringify(forged)).digest('hex');
  writeFileSync(path, `${JSON.stringify({ ...forged, sha256 })}\n`);
  assert.deepEqual(
    (await backup.verify()).findings.map(({ fault }) => fault),
    ['manifest-foreign'],
  );
});

test('O15: pruning takes the bytes that only removed backups have, and spares those of the others', async () => {
  const { backup, robin } = await start({ TIDEGATE_GC_GRACE: '1s' });
  await using _ = backup;
  const { collected } = await import('../lifecycle/collect.ts');
  const ids: string[] = [];
  for (let day = 0; day < 4; day++) {
    await robin.pushBlob(newBytes(1000 + day));
    ids.unshift((await backup.taken()).snapshot);
    // what one backup has, the next has not
    backup.registry.clock.advance(DAY);
    await collected(backup.registry);
  }
  assert.equal(filesOf(backup, 'pool/!(installation)/**').length, 4);
  const dry = await backup.prune({ keep: 2, dry_run: true });
  assert.deepEqual([dry.removed, dry.end.blobs, dry.end.bytes], [ids.slice(2), 2, 2001]);
  assert.equal((await backup.list()).total, 4);

  const pruned = await backup.prune({ keep: 2 });
  assert.deepEqual([pruned.removed, pruned.end.blobs, pruned.end.kept], [ids.slice(2), 2, 2]);
  assert.equal(filesOf(backup, 'pool/!(installation)/**').length, 2);
  assert.deepEqual((await backup.verify()).findings, []);
  assert.equal((await backup.list()).total, 2);

  const older = await backup.prune({ older_than_seconds: 1.5 * 86_400 });
  assert.deepEqual(older.removed, [ids[1]]);
  backup.registry.clock.advance(100 * DAY);
  assert.deepEqual((await backup.prune({ older_than_seconds: 86_400 })).removed, [], 'the newest stays');
  assert.deepEqual((await backup.verify()).findings, []);
  const last = await backup.prune({ snapshot: ids[0] });
  assert.deepEqual([last.removed, last.end.kept], [[ids[0]], 0]);
  assert.deepEqual(filesOf(backup, '{pool,snapshots}/**'), []);
});

test('pruning removes nothing where it is not known what a backup that stays needs', async () => {
  const { backup, robin } = await start();
  await using _ = backup;
  await robin.pushBlob(newBytes(1000));
  const first = await backup.taken();
  backup.registry.clock.advance(DAY);
  const second = await backup.taken();
  const [names = ''] = filesOf(backup, `snapshots/${second.snapshot}/names`);
  writeFileSync(names, 'damaged');
  const before = filesOf(backup, '**');
  const answer = await backup.registry.api('POST', '/api/v1/backups/prune', { target: 'first', keep: 1 });
  assert.equal(answer.status, 503);
  assert.match(await answer.text(), new RegExp(`nothing was removed.*--snapshot ${second.snapshot}`));
  assert.deepEqual(filesOf(backup, '**'), before);
  assert.deepEqual((await backup.prune({ snapshot: second.snapshot })).removed, [second.snapshot]);
  assert.deepEqual((await backup.verify()).findings, []);
  assert.equal((await backup.list()).snapshots[0]?.id, first.snapshot);
});

test('a prune says with exactly one word which backups go', async () => {
  const { backup } = await start();
  await using _ = backup;
  for (const request of [{}, { keep: 1, older_than_seconds: 1 }, { keep: 0 }, { snapshot: '../x' }]) {
    const answer = await backup.registry.api('POST', '/api/v1/backups/prune', {
      target: 'first',
      ...request,
    });
    assert.equal(answer.status, 400, JSON.stringify(request));
  }
});

test('a sealed backup can be made, listed, counted and pruned by a server that cannot read it', async () => {
  const pair = newKeyPair();
  const { backup, robin } = await start({ TIDEGATE_BACKUP_PUBLIC_KEY: pair.publicPem });
  await using _ = backup;
  const secret = Buffer.from('a layer that is known by these words');
  await robin.pushBlob(secret);
  const first = await backup.taken();
  backup.registry.clock.advance(DAY);
  await robin.pushBlob(newBytes(3000));
  const second = await backup.taken();
  assert.equal(second.copied.blobs, 1, 'what is there is known by its name and size');
  assert.equal((await backup.list()).sealed_to, pair.id);
  for (const path of filesOf(backup, '**')) {
    const bytes = readFileSync(path);
    assert.equal(bytes.includes(secret), false, path);
    if (/\/rows$/.test(path)) assert.equal(bytes.subarray(0, 7).toString(), 'TGSEAL1');
  }
  const { findings, end } = await backup.verify();
  assert.deepEqual([findings, end.read], [[], false]);

  const readAll = async (): Promise<VerifyEvent[]> => {
    await using opened = await readTarget(join(backup.root, 'first'), parseOpeningKey(pair.privatePem));
    const all: VerifyEvent[] = [];
    const { signal } = new AbortController();
    for await (const event of new Verification(opened, { signal }).run()) all.push(event);
    return all;
  };
  const read = (await readAll()).at(-1);
  assert.ok(read?.kind === 'end' && read.read && read.findings === 0 && read.blobs === 3);
  const [path = ''] = filesOf(backup, 'pool/!(installation)/**');
  const changed = readFileSync(path);
  changed[60] = (changed[60] ?? 0) ^ 1;
  writeFileSync(path, changed);
  assert.deepEqual(
    (await readAll()).flatMap((event) => (event.kind === 'finding' ? [event.fault] : [])),
    ['bytes-damaged'],
  );
  assert.deepEqual((await backup.prune({ keep: 1 })).removed, [first.snapshot]);
});

import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { runOperator } from '../operate/operator.ts';
import { type RegistryProcess, startRegistryProcess } from '../support/registry-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { backUp } from './back-up.ts';
import { pushImage } from './images.ts';

/** What lies in a folder: names, sizes and times. */
const contentOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => `${path} ${statSync(path).size} ${statSync(path).mtimeMs}`)
    .sort();

suite('tidegate restore --drill', () => {
  const scratch = temporaryFolder();
  const target = join(scratch.path, 'backups');
  const keys = join(scratch.path, 'keys');
  const temporary = join(scratch.path, 'tmp');
  let old: RegistryProcess;
  let snapshot: string;

  before(async () => {
    for (const folder of [keys, temporary]) mkdirSync(folder);
    old = await startRegistryProcess({ env: { TIDEGATE_BACKUP_ROOT: scratch.path } });
    await old.namespaceAdd('birds');
    for (const tag of ['1', '2']) await pushImage(old, 'birds/a', tag, { size: 300_000 });
    snapshot = await backUp(old, target);
    copyFileSync(join(old.dataDir, 'master.key'), join(keys, 'master.key'));
    await old.kill('SIGTERM');
  });
  after(async () => {
    await old[Symbol.asyncDispose]();
    scratch[Symbol.dispose]();
  });

  const drill = (...more: string[]) =>
    runOperator(['restore', '--drill', '--from', target, '--data', keys, ...more], {
      TMPDIR: temporary,
      // what the server sends elsewhere, a drill does not
      TIDEGATE_AUDIT_EXPORT: `file:${join(scratch.path, 'exported')}`,
    });

  test('O19: it verifies, pulls an image from a server on loopback, and leaves only the note of it', async () => {
    const before_ = [contentOf(target), contentOf(keys), contentOf(old.dataDir)];
    const outcome = await drill();
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.match(outcome.stdout, /Verified: 4 blobs \(\d+ bytes\), 2 manifests, 0 faults/);
    assert.match(outcome.stdout, /Pulled birds\/a:1 from a server on it: 2 blobs, 300020 bytes/);
    assert.match(outcome.stdout, new RegExp(`The drill went well: ${snapshot} can be restored`));
    assert.deepEqual(readdirSync(temporary), []);
    assert.ok(!existsSync(join(scratch.path, 'exported')));
    const note = join(target, 'drills/last.json');
    assert.deepEqual(
      [contentOf(target).filter((each) => !each.startsWith(note)), contentOf(keys), contentOf(old.dataDir)],
      before_,
    );
    const noted = JSON.parse(readFileSync(note, 'utf8'));
    assert.equal(noted.snapshot, snapshot);
    assert.ok(noted.at > statSync(join(target, `snapshots/${snapshot}/rows`)).mtimeMs - 1);
  });

  test('the image can be named; one that is not there is an error, and nothing is noted', async () => {
    assert.match((await drill('--image', 'birds/a:2')).stdout, /Pulled birds\/a:2 from/);
    const noted = readFileSync(join(target, 'drills/last.json'), 'utf8');
    const absent = await drill('--image', 'birds/nothing:1');
    assert.equal(absent.code, 1);
    assert.match(absent.stderr, /the backup has no image birds\/nothing:1/);
    assert.deepEqual(readdirSync(temporary), []);
    assert.equal(readFileSync(join(target, 'drills/last.json'), 'utf8'), noted);
  });

  test('O19: a drill that is stopped by a signal leaves nothing either', async () => {
    const outcome = await runOperator(
      ['restore', '--drill', '--from', target, '--data', keys],
      { TMPDIR: temporary },
      async (child) => {
        child.stdout?.once('data', () => child.kill('SIGTERM'));
      },
    );
    assert.equal(outcome.code, 143);
    assert.deepEqual(readdirSync(temporary), []);
  });

  test('O16, O19: a flipped byte in the pool fails the drill, which leaves nothing and notes nothing', async () => {
    const noted = readFileSync(join(target, 'drills/last.json'), 'utf8');
    const [path = ''] = contentOf(join(target, 'pool'))
      .filter((each) => / 300000 /.test(each))
      .map((each) => each.split(' ', 1)[0] ?? '');
    const bytes = readFileSync(path);
    bytes[1000] = (bytes[1000] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const outcome = await drill();
    assert.equal(outcome.code, 1);
    assert.match(outcome.stderr, /1 blobs are damaged or missing in the backup:\n {2}\S+\/sha256/);
    const despite = await drill('--without-damaged');
    assert.equal(despite.code, 1);
    assert.match(despite.stdout, /The drill failed/);
    assert.deepEqual(readdirSync(temporary), []);
    assert.equal(readFileSync(join(target, 'drills/last.json'), 'utf8'), noted);
  });
});

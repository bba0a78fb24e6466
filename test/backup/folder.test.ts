import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { FolderTarget } from '../../src/backup/target/folder.ts';
import { bytesOf, readWhole } from '../../src/backup/target/target.ts';
import { refusedWith } from '../blobs/blob-fixtures.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { targetContract } from './target.contract.ts';

const parent = temporaryFolder().path;
let count = 0;
const newPath = (): string => join(parent, `target-${++count}`, 'below');

suite('a backup target in a folder', () => {
  targetContract(async () => new FolderTarget(newPath()));

  test('nothing is made before the first object is written', async () => {
    const path = newPath();
    await using target = new FolderTarget(path);
    assert.equal(await target.stat('absent'), undefined);
    for await (const { name } of target.list('')) assert.fail(name);
    assert.equal(existsSync(path), false);
  });

  test('only its owner can read what is in it', async () => {
    const path = newPath();
    await using target = new FolderTarget(path);
    await target.put('pool/local/x', bytesOf('x'));
    assert.equal(statSync(path).mode & 0o777, 0o700);
    assert.equal(statSync(join(path, 'pool')).mode & 0o777, 0o700);
    assert.equal(statSync(join(path, 'pool/local/x')).mode & 0o777, 0o600);
  });

  test('what a killed process left half written is no object, and goes after a day', async () => {
    const path = newPath();
    await using target = new FolderTarget(path);
    await target.put('first', bytesOf('x'));
    const unfinished = join(path, '.unfinished');
    writeFileSync(join(unfinished, 'old'), 'half');
    utimesSync(join(unfinished, 'old'), 0, 0);
    writeFileSync(join(unfinished, 'young'), 'half');
    await using next = new FolderTarget(path);
    await next.put('second', bytesOf('y'));
    assert.deepEqual(readdirSync(unfinished), ['young']);
    const names: string[] = [];
    for await (const { name } of next.list('')) names.push(name);
    assert.deepEqual(names, ['first', 'second']);
  });

  test('a folder that an object was removed from can be written to again by a target that was open meanwhile', async () => {
    const path = newPath();
    await using one = new FolderTarget(path);
    await using other = new FolderTarget(path);
    await one.put('snapshots/1/rows', bytesOf('x'));
    await other.put('snapshots/1/rows', bytesOf('x'));
    await other.remove('snapshots/1/rows');
    assert.equal(existsSync(join(path, 'snapshots')), false);
    await one.put('snapshots/1/rows', bytesOf('y'));
    assert.equal((await readWhole(other, 'snapshots/1/rows', 10)).toString(), 'y');
  });

  test('O7: a full disk is STORAGE_FULL, names the target, leaves no object, and the next one fits', async (t) => {
    // a folder that takes 1 MiB: a file system in memory, mounted in a name space of a child process only
    const limited = await limitedDisk();
    if (limited === undefined) return t.skip('needs a mount of tmpfs, which this machine does not allow');
    using disk = limited;
    await using target = new FolderTarget(disk.path);
    await target.put('small', bytesOf(Buffer.alloc(300_000)));
    await assert.rejects(target.put('large', bytesOf(Buffer.alloc(2_000_000))), (error: Error) => {
      assert.ok(refusedWith('STORAGE_FULL')(error));
      assert.ok(error.message.includes(disk.path), error.message);
      return true;
    });
    assert.equal(await target.stat('large'), undefined);
    await target.put('next', bytesOf(Buffer.alloc(300_000)));
  });

  test('a folder that cannot be written is UNAVAILABLE and says why', async (t) => {
    if (process.getuid?.() === 0) return t.skip('root may write everywhere');
    const path = newPath();
    await using target = new FolderTarget(path);
    await target.put('x', bytesOf('x'));
    chmodSync(path, 0o500);
    await assert.rejects(target.put('y/z', bytesOf('y')), /EACCES/);
    chmodSync(path, 0o700);
  });
});

/** A disk of 1 MiB that ends with the child process which mounted it; undefined where mounting is not allowed. */
const limitedDisk = async (): Promise<({ path: string } & Disposable) | undefined> => {
  const script =
    'mount -t tmpfs -o size=1m tidegate-test /mnt && mkdir -m 700 /mnt/target && echo ready && exec sleep 600';
  const child = spawn('unshare', ['-m', 'sh', '-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  const isReady = await Promise.race([
    once(child.stdout, 'data').then(() => true),
    once(child, 'exit').then(() => false),
    once(child, 'error').then(() => false),
  ]);
  if (!isReady) return undefined;
  return { path: `/proc/${child.pid}/root/mnt/target`, [Symbol.dispose]: () => void child.kill('SIGKILL') };
};

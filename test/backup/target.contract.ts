import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BackupTarget, bytesOf, readWhole } from '../../src/backup/target/target.ts';
import { refusedWith } from '../blobs/blob-fixtures.ts';

const namesOf = async (target: BackupTarget, prefix: string): Promise<string[]> => {
  const names: string[] = [];
  for await (const { name } of target.list(prefix)) names.push(name);
  return names;
};

const MOST = 64 * 1024 * 1024;

async function* pieces(count: number, size: number): AsyncIterable<Uint8Array> {
  for (let each = 0; each < count; each++) yield Buffer.alloc(size, each % 251);
}

async function* failing(error: Error): AsyncIterable<Uint8Array> {
  yield Buffer.from('the first bytes');
  throw error;
}

/** What every backup target does. `fresh` opens an empty one. */
export const targetContract = (fresh: () => Promise<BackupTarget>): void => {
  test('what was put is read back, byte for byte, and its size is known', async () => {
    await using target = await fresh();
    await target.put('pool/local/sha256/ab/one', bytesOf('one'), { size: 3 });
    assert.equal(await target.stat('pool/local/sha256/ab/one'), 3);
    assert.equal((await readWhole(target, 'pool/local/sha256/ab/one', MOST)).toString(), 'one');
    await target.put('empty', bytesOf(''));
    assert.equal((await readWhole(target, 'empty', MOST)).byteLength, 0);
  });

  test('an object of many megabytes is read back as it was', async () => {
    await using target = await fresh();
    await target.put('large', pieces(330, 65_537));
    const expected: Uint8Array[] = [];
    for await (const piece of pieces(330, 65_537)) expected.push(piece);
    assert.ok(Buffer.concat(expected).equals(await readWhole(target, 'large', MOST)));
  });

  test('an absent object has no size, and reading it is NOT_FOUND before the first byte', async () => {
    await using target = await fresh();
    assert.equal(await target.stat('absent'), undefined);
    await assert.rejects(readWhole(target, 'absent', MOST), refusedWith('NOT_FOUND'));
    await target.remove('absent');
  });

  test('an object is replaced, unless it is to be written once: then the name is CONFLICT', async () => {
    await using target = await fresh();
    await target.put('a/name', bytesOf('first'), { once: true });
    await assert.rejects(target.put('a/name', bytesOf('second'), { once: true }), refusedWith('CONFLICT'));
    assert.equal((await readWhole(target, 'a/name', MOST)).toString(), 'first');
    await target.put('a/name', bytesOf('third'));
    assert.equal((await readWhole(target, 'a/name', MOST)).toString(), 'third');
  });

  test('of two that write one name once at the same time, one gets it', async () => {
    await using target = await fresh();
    const results = await Promise.allSettled(
      ['one', 'two'].map((text) => target.put('name', bytesOf(text), { once: true })),
    );
    assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  });

  test('bytes that break off leave no object, and neither do too few or too many', async () => {
    await using target = await fresh();
    await assert.rejects(target.put('x/broken', failing(new Error('the source broke'))), /the source broke/);
    await assert.rejects(target.put('x/short', bytesOf('abc'), { size: 4 }), refusedWith('SIZE_INVALID'));
    await assert.rejects(target.put('x/long', bytesOf('abcde'), { size: 4 }), refusedWith('SIZE_INVALID'));
    const stopped = AbortSignal.abort(new Error('stopped'));
    await assert.rejects(target.put('x/stopped', bytesOf('abcd'), { signal: stopped }), /stopped/);
    assert.deepEqual(await namesOf(target, ''), []);
  });

  test('a listing has all names with the prefix, in the order of their bytes', async () => {
    await using target = await fresh();
    const names = ['pool/a.b', 'pool/a/x', 'pool/a0', 'pool/a/y/z', 'snapshots/1/rows', 'pool-of-others/x'];
    for (const each of ['ab', 'ab-c', 'abc.d', 'abc/d', 'abc0', 'b']) names.push(`pool/c/${each}`);
    for (const name of names) await target.put(name, bytesOf(name));
    const inPool = names.filter((name) => name.startsWith('pool/')).sort();
    assert.deepEqual(await namesOf(target, 'pool/'), inPool);
    assert.deepEqual(await namesOf(target, 'pool/c/abc'), ['pool/c/abc.d', 'pool/c/abc/d', 'pool/c/abc0']);
    assert.deepEqual(await namesOf(target, 'pool/a/'), ['pool/a/x', 'pool/a/y/z']);
    assert.deepEqual(await namesOf(target, 'pool/a'), ['pool/a.b', 'pool/a/x', 'pool/a/y/z', 'pool/a0']);
    assert.deepEqual(await namesOf(target, 'nothing/'), []);
    assert.deepEqual((await namesOf(target, '')).length, names.length);
  });

  test('a removed object is gone, and its name can be taken again', async () => {
    await using target = await fresh();
    await target.put('snapshots/1/rows', bytesOf('rows'));
    await target.put('snapshots/2/rows', bytesOf('rows'));
    await target.remove('snapshots/1/rows');
    assert.deepEqual(await namesOf(target, ''), ['snapshots/2/rows']);
    await target.remove('snapshots/2/rows');
    await target.put('snapshots/1/rows', bytesOf('again'));
    assert.deepEqual(await namesOf(target, ''), ['snapshots/1/rows']);
  });

  test('a name that could leave the target is refused', async () => {
    await using target = await fresh();
    for (const name of [
      '../x',
      'a/../b',
      '/etc/passwd',
      '',
      'a//b',
      '.hidden',
      'a/.b',
      'a\0b',
      'a\\b',
      'x'.repeat(513),
    ]) {
      await assert.rejects(target.put(name, bytesOf('x')), refusedWith('BAD_REQUEST'), name);
      await assert.rejects(readWhole(target, name, MOST), refusedWith('BAD_REQUEST'), name);
      await assert.rejects(target.stat(name), refusedWith('BAD_REQUEST'), name);
      await assert.rejects(target.remove(name), refusedWith('BAD_REQUEST'), name);
    }
  });
};

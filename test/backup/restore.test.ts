import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { runOperator } from '../operate/operator.ts';
import { RegistryProcess } from '../support/registry-process.ts';
import { backUp } from './back-up.ts';
import { pushImage } from './images.ts';
import { killRestore, RestoredWorld } from './restored-world.ts';

suite('tidegate restore', () => {
  let world: RestoredWorld;
  let target: string;
  before(async () => {
    world = await RestoredWorld.make();
    ({ target } = world);
  });
  after(() => world[Symbol.asyncDispose]());

  const newPlace = (): RegistryProcess => world.newPlace();
  const restore = (place: RegistryProcess, ...more: string[]) => world.restore(place, more);

  test('O14: all images of the backup pull by digest, and verify finds nothing', async () => {
    await using place = newPlace();
    const outcome = await restore(place);
    assert.equal(outcome.code, 0, outcome.stderr);
    const verified = await runOperator(['verify', '--data', place.dataDir]);
    assert.match(verified.stdout, /8 blobs .* 4 manifests read, 0 faults/);
    assert.equal(verified.code, 0);
    await place.start();
    await world.assertHolds(place);
    // and it goes on as a registry
    await pushImage(place, 'birds/new', 'x', { apikey: world.old.apikey });
  });

  test('O9: a folder that holds anything but the master key is refused, and stays as it is', async () => {
    for (const name of [
      'tidegate.db',
      'tidegate.db-wal',
      'tidegate.db-shm',
      'blobs',
      'owner-apikey',
      'notes.txt',
    ]) {
      await using place = newPlace();
      const path = join(place.dataDir, name);
      if (name === 'blobs') mkdirSync(path);
      else writeFileSync(path, 'mine');
      const outcome = await restore(place);
      assert.equal(outcome.code, 1);
      assert.match(
        outcome.stderr,
        name === 'tidegate.db'
          ? /is not empty: it has the database/
          : new RegExp(`is not empty: it has ${name}\\.`),
      );
      assert.deepEqual(readdirSync(place.dataDir).sort(), ['master.key', name].sort());
      if (name !== 'blobs') assert.equal(readFileSync(path, 'utf8'), 'mine');
    }
  });

  test('O9: a place that an installation uses is refused, running or not', async () => {
    await using place = newPlace();
    await place.start();
    assert.match((await restore(place)).stderr, /is not empty/);
    await place.kill('SIGTERM');
    assert.match((await restore(place)).stderr, /is not empty/);
  });

  test('O11: another master key is refused before anything is written, and so is none', async () => {
    await using place = new RegistryProcess({});
    const none = await restore(place);
    assert.match(none.stderr, /a backup does not hold the master key: put the copy that you keep of it at/);
    assert.deepEqual(readdirSync(place.dataDir), []);
    writeFileSync(join(place.dataDir, 'master.key'), randomBytes(32).toString('base64'));
    const wrong = await restore(place);
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /the master key given \(\w+\) is not the one of the backup/);
    assert.deepEqual(readdirSync(place.dataDir), ['master.key']);
  });

  test('a restore that was killed can be run again; until its end no server starts there', async () => {
    await using place = newPlace();
    for (const killAt of [/Table restored: accounts/, /Table restored: manifests/, /Blobs restored/])
      await killRestore(['--from', target, '--data', place.dataDir], {}, killAt, place);
    const last = await restore(place);
    assert.equal(last.code, 0, last.stderr);
    await place.start();
    await world.assertHolds(place);
    await place.kill('SIGTERM');
    const again = await restore(place);
    assert.match(again.stderr, /is not empty/);
  });

  test('the unfinished place of one backup is refused to another', async () => {
    await using place = newPlace();
    const killed = await runOperator(
      ['restore', '--from', target, '-f', '--data', place.dataDir],
      {},
      async (child) => {
        child.stdout?.once('data', () => child.kill('SIGKILL'));
      },
    );
    assert.equal(killed.code, null);
    const second = await backUp(world.old, target);
    const other = await restore(place, '--snapshot', second);
    assert.match(
      other.stderr,
      new RegExp(`is the unfinished target of tidegate restore --snapshot ${world.snapshot}; run that again`),
    );
    assert.equal((await restore(place, '--snapshot', world.snapshot)).code, 0);
  });

  test('without -f and without a terminal it does nothing and says so', async () => {
    await using place = newPlace();
    const outcome = await runOperator(['restore', '--from', target, '--data', place.dataDir]);
    assert.equal(outcome.code, 2);
    assert.match(outcome.stderr, /needs a confirmation and there is no terminal to ask on; use -f/);
    assert.deepEqual(readdirSync(place.dataDir), ['master.key']);
  });

  test('arguments that make no sense are refused with the usage, and a place without backups by its name', async () => {
    for (const args of [
      [],
      ['--from', target, 'word'],
      ['--from', target, '--revived=maybe'],
      ['--from', target, '-o', 'xml'],
    ])
      assert.match((await runOperator(['restore', ...args])).stderr, /usage: tidegate restore --from/);
    const absent = join(world.old.dataDir, 'absent');
    await using place = newPlace();
    const none = await runOperator(['restore', '--from', absent, '-f', '--data', place.dataDir]);
    assert.match(none.stderr, /there are no backups in/);
    assert.equal(existsSync(absent), false);
    const unknown = await restore(place, '--snapshot', '20200101T000000Z-abcdef01');
    assert.match(unknown.stderr, /no complete backup 20200101T000000Z-abcdef01 in .*backup list shows them/);
  });
});

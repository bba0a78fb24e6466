import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { BlobStore } from '../../src/blobs/blob-store.ts';
import { FilesystemBlobStore } from '../../src/blobs/filesystem.ts';
import { SqliteDatabase } from '../../src/database/sqlite.ts';
import { readBeside } from '../../src/lifecycle/position/beside.ts';
import { judgePosition } from '../../src/lifecycle/position/judge.ts';
import { StoragePosition } from '../../src/lifecycle/position/position.ts';
import { findPosition } from '../../src/lifecycle/position/rows.ts';
import { silentLog } from '../../src/observe/log.ts';
import { unique } from '../database/database-rows.ts';
import { note } from '../database/database-writes.ts';
import { MovableClock } from '../support/clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const writes = new URL('../database/database-writes.ts', import.meta.url).href;
const INSTALLATION = 'installation/sha256/aa/the-marker';
const quiet = silentLog();

/** A database, and a store that fails at a step of writing. */
const newPlace = async () => {
  const folder = temporaryFolder().path;
  const database = await SqliteDatabase.open(join(folder, 'tidegate.db'), writes);
  const files = await FilesystemBlobStore.open({ root: join(folder, 'blobs') });
  const fails: { at: 'begin' | 'append' | 'seal' | 'remove' | undefined } = { at: undefined };
  const step = async <Answer>(name: typeof fails.at, work: () => Promise<Answer>): Promise<Answer> => {
    if (fails.at === name) throw new Error(`${name} fails`);
    return work();
  };
  const store: BlobStore = {
    begin: (region) => step('begin', () => files.begin(region)),
    append: (...args) => step('append', () => files.append(...args)),
    seal: (...args) => step('seal', () => files.seal(...args)),
    remove: (key) => step('remove', () => files.remove(key)),
    staged: (id) => files.staged(id),
    abort: (id) => files.abort(id),
    send: (...args) => files.send(...args),
    stat: (key) => files.stat(key),
    adopt: (...args) => files.adopt(...args),
    list: (...args) => files.list(...args),
    check: () => files.check(),
  };
  const clock = new MovableClock();
  const parts = { database, store, clock, installation: INSTALLATION };
  const place = { db: database.db, store: files, installation: INSTALLATION, alone: true };
  return {
    database,
    clock,
    fails,
    store,
    position: () => new StoragePosition(parts),
    judge: () => judgePosition(place),
    beside: () => readBeside(files, INSTALLATION),
    change: () =>
      database.write(note, {
        name: unique('note'),
        value: 'x',
        changes: [{ kind: 'tag', id: 'a' }],
      }),
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      await files[Symbol.asyncDispose]();
    },
  };
};

suite('the position of database and bytes', () => {
  test('it goes on by one however much was written since, and not at all where nothing was', async () => {
    await using place = await newPlace();
    const position = place.position();
    await position.start(quiet);
    await position.note();
    assert.equal(await findPosition(place.database.db), undefined);
    for (let count = 0; count < 50; count++) await place.change();
    await position.note();
    await position.note();
    assert.equal((await findPosition(place.database.db))?.number, 1);
    await place.change();
    await position[Symbol.asyncDispose]();
    const found = await place.beside();
    assert.deepEqual(
      found.map((each) => each.position.number),
      [2],
      'a stop counts what is left, and one place beside the bytes is kept',
    );
  });

  test('what is beside the bytes is never ahead of the database, whatever step fails or is cut', async () => {
    await using place = await newPlace();
    for (const step of ['begin', 'append', 'seal', 'remove', undefined, 'seal', 'seal', undefined] as const) {
      const position = place.position();
      await position.start(quiet);
      for (let round = 0; round < 3; round++) {
        place.fails.at = step;
        await place.change();
        await position.note().catch(() => undefined);
        const { fault, database, bytes } = await place.judge();
        assert.equal(fault, undefined, `${step}`);
        assert.ok((bytes?.number ?? 0) <= (database?.number ?? 0));
      }
      // killed here
      place.fails.at = undefined;
    }
  });

  test('a start finishes what a killed process left between the two', async () => {
    await using place = await newPlace();
    place.fails.at = 'seal';
    const killed = place.position();
    await place.change();
    await assert.rejects(killed.note());
    place.fails.at = undefined;
    await place.position().start(quiet);
    assert.equal((await place.beside())[0]?.position.number, (await findPosition(place.database.db))?.number);
  });

  test('positions of another installation in the same bucket count for nothing', async () => {
    await using place = await newPlace();
    const other = new StoragePosition({
      database: place.database,
      store: place.store,
      clock: place.clock,
      installation: 'installation/sha256/bb/another',
    });
    await place.change();
    await other.note();
    assert.deepEqual(await place.beside(), []);
  });
});

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import { fillRows, inspectRows } from '../../src/backup/rows/fill.ts';
import { pinRows } from '../../src/backup/rows/pinned.ts';
import { systemClock } from '../../src/clock.ts';
import { openFilling } from '../../src/database/filling.ts';
import { SqliteDatabase } from '../../src/database/sqlite.ts';
import { note } from '../database/database-writes.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ROWS = 1_000_000;
const BLOBS = 100_000;
const MIB = 2 ** 20;
const writes = new URL('../database/database-writes.ts', import.meta.url).href;

/** A database of about the size of a registry with a million events. */
const makeLarge = async (file: string): Promise<void> => {
  await (await SqliteDatabase.open(file, writes))[Symbol.asyncDispose]();
  using database = new DatabaseSync(file);
  database.exec(`
    PRAGMA synchronous = OFF;
    insert into audit_events (id, account_id, at, action, outcome, principal, target, reason)
      with recursive n(i) as (select 1 union all select i + 1 from n where i < ${ROWS})
      select 'Event-' || hex(randomblob(16)), 'a', i, 'container-registry.image.push', 'success', 'user:a/b', 'birds/robin',
        hex(randomblob(60)) from n;
    insert into blobs (region_id, digest, storage_key, size, created_at, touched_at)
      with recursive n(i) as (select 1 union all select i + 1 from n where i < ${BLOBS})
      select 'r', 'sha256:' || hex(randomblob(32)), 'r/sealed/' || hex(randomblob(16)), i, 1, 1 from n;
    PRAGMA wal_checkpoint(TRUNCATE)`);
};

suite('a database with a million rows', () => {
  test('O18: while all rows are read the event loop and writes go on, and memory does not grow with the rows', async (t) => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'tidegate.db');
    await makeLarge(file);
    await using database = await SqliteDatabase.open(file, writes);
    const before = process.memoryUsage();
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    let most = 0;
    let written = 0;
    let isOver = false;
    const writing = (async () => {
      while (!isOver) {
        await database.write(note, { name: `note-${++written}`, value: 'x' });
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    })();
    const place = { engine: 'sqlite', file } as const;
    await using pinned = await pinRows({ place, scratch: folder.path, clock: systemClock });
    for await (const _ of pinned.bytes()) most = Math.max(most, process.memoryUsage().arrayBuffers);
    let blobs = 0;
    for await (const page of pinned.blobs()) blobs += page.length;
    isOver = true;
    await writing;
    delay.disable();
    const { tables } = await pinned.summary;
    const p99 = delay.percentile(99) / 1e6;
    const grown = (most - before.arrayBuffers) / MIB;
    t.diagnostic(`p99 ${p99.toFixed(1)} ms, ${grown.toFixed(1)} MB of buffers, ${written} writes meanwhile`);
    assert.equal(tables.audit_events, ROWS);
    assert.equal(blobs, BLOBS);
    assert.ok(written > 10);
    assert.ok(p99 < 50, `the event loop stood still for ${p99} ms`);
    assert.ok(grown < 64, `${grown} MB of buffers`);
  });

  test('they are inspected and put into an empty place with one batch in memory', async (t) => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'tidegate.db');
    await makeLarge(file);
    const place = { engine: 'sqlite', file } as const;
    const open = () => pinRows({ place, scratch: folder.path, clock: systemClock });
    await using first = await open();
    const content = await inspectRows(first.bytes());
    await using second = await open();
    const to = { engine: 'sqlite', file: join(folder.path, 'new.db') } as const;
    await using filling = await openFilling(to, content.head.migrations, {
      from: 'x',
      by: 'restore',
      tables: {},
    });
    const before = process.memoryUsage().rss;
    let most = before;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss);
    }, 20);
    await fillRows(filling, second.bytes());
    clearInterval(watch);
    t.diagnostic(`${((most - before) / MIB).toFixed(0)} MB`);
    assert.ok(most - before < 400 * MIB);
  });
});

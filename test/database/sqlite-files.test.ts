import assert from 'node:assert/strict';
import { watch } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { SqliteDatabase } from '../../src/database/sqlite.ts';
import { until } from '../support/until.ts';
import { insert, rewrite } from './database-writes.ts';

const writes = new URL('./database-writes.ts', import.meta.url).href;

test('a transaction writes its log and no file beside it: what it would put back is in memory', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-files-'));
  // SQLite asks for it once in a process: the first database of this one is below
  process.env.SQLITE_TMPDIR = folder;
  try {
    await using database = await SqliteDatabase.open(join(folder, 'tidegate.db'), writes);
    const files = new Set<string | null>();
    using watching = new DisposableStack();
    watching.adopt(
      watch(folder, (_event, name) => void files.add(name)),
      (watcher) => watcher.close(),
    );
    // in any case SQLite keeps 64 KB of what it would put back in memory
    const rows = Array.from({ length: 400 }, (_, index) => ({ name: `${index}`, value: 'v'.repeat(999) }));
    await database.write(insert, { installation: rows });
    await database.write(rewrite, 'w'.repeat(999));
    await until('the log is written', () => files.has('tidegate.db-wal'));
    assert.deepEqual(
      [...files].filter((name) => !name?.startsWith('tidegate.db')),
      [],
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after } from 'node:test';
import { SqliteDatabase } from '../../src/database/sqlite.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { rowsContract } from './rows.contract.ts';

const writes = new URL('../database/database-writes.ts', import.meta.url).href;
const folders: Disposable[] = [];
after(() => {
  for (const folder of folders) folder[Symbol.dispose]();
});

rowsContract('SQLite', async () => {
  const folder = temporaryFolder();
  folders.push(folder);
  const file = join(folder.path, 'tidegate.db');
  return {
    place: { engine: 'sqlite', file },
    open: () => SqliteDatabase.open(file, writes),
    async isPinned() {
      using beside = new DatabaseSync(file);
      return beside.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy === 1;
    },
  };
});

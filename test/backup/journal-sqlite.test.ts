import { join } from 'node:path';
import { SqliteDatabase } from '../../src/database/sqlite.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { journalContract } from './journal.contract.ts';
import { coverageContract } from './journal-coverage.contract.ts';
import type { NewDatabase } from './journal-world.ts';

const writes = new URL('./journal-writes.ts', import.meta.url).href;

const newFile: NewDatabase = async () => {
  const { path: folder } = temporaryFolder();
  return () => SqliteDatabase.open(join(folder, 'tidegate.db'), writes);
};

journalContract('SQLite', newFile);
coverageContract('SQLite', newFile);

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { SqliteDatabase } from '../../src/database/sqlite.ts';
import { journalContract } from './journal.contract.ts';
import { coverageContract } from './journal-coverage.contract.ts';
import type { NewDatabase } from './journal-world.ts';

const writes = new URL('./journal-writes.ts', import.meta.url).href;
const folders: string[] = [];
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

const newFile: NewDatabase = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-journal-'));
  folders.push(folder);
  return () => SqliteDatabase.open(join(folder, 'tidegate.db'), writes);
};

journalContract('SQLite', newFile);
coverageContract('SQLite', newFile);

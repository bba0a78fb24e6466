import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { SqliteDatabase } from '../../src/database/sqlite.ts';
import { metadataContract } from './database.contract.ts';

const writes = new URL('./database-writes.ts', import.meta.url).href;
const folders: string[] = [];
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

metadataContract('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-metadata-'));
  folders.push(folder);
  return () => SqliteDatabase.open(join(folder, 'tidegate.db'), writes);
});

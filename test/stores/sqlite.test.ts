import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { SqliteMetadata } from '../../src/metadata/sqlite.ts';
import { metadataContract } from './metadata.contract.ts';

const writes = new URL('./metadata-writes.ts', import.meta.url).href;
const folders: string[] = [];
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

metadataContract('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-metadata-'));
  folders.push(folder);
  return () => SqliteMetadata.open(join(folder, 'tidegate.db'), writes);
});

import { randomBytes } from 'node:crypto';
import { constants, copyFileSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SqliteDatabase } from '../../src/database/sqlite.ts';
import { testFolder } from './test-folder.ts';
import { sharedThreads } from './writer-threads.ts';

const writes = new URL('../../src/writes.ts', import.meta.url).href;

/** The folder of this run, which scripts/test.ts makes; a file that is run by itself has none. */
const ofRun = process.env.TEST_RUN_FOLDER;

/** An empty database as this program makes it, with every migration: made once in a run, by the program itself. */
const template = async (run: string): Promise<string> => {
  const file = join(run, 'empty.db');
  if (existsSync(file)) return file;
  const folder = mkdtempSync(join(run, 'making-'));
  const made = join(folder, 'empty.db');
  await (await SqliteDatabase.open(made, writes, { threads: sharedThreads }))[Symbol.asyncDispose]();
  // another process may have been quicker: one of both stays, and they are the same
  renameSync(made, file);
  rmSync(folder, { recursive: true });
  return file;
};

/**
 * A data folder for a registry in this process. In a run its database is a copy of the run's empty one, with a master
 * key of its own beside it: thirty-six migrations for each test would take longer than most tests. That the program makes
 * a database of nothing is seen wherever a test starts it as a process.
 */
export const freshDataFolder = async ({ withDatabase }: { withDatabase: boolean }): Promise<string> => {
  const folder = mkdtempSync(join(testFolder(), 'tidegate-test-'));
  if (!withDatabase || ofRun === undefined) return folder;
  copyFileSync(await template(ofRun), join(folder, 'tidegate.db'), constants.COPYFILE_FICLONE);
  writeFileSync(join(folder, 'master.key'), `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
  return folder;
};

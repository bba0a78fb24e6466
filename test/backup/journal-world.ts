import type { JournalKey, JournalRow } from '../../src/backup/journal/objects.ts';
import { batchesAfter, readBatch } from '../../src/backup/journal/reading.ts';
import { FolderTarget } from '../../src/backup/target/folder.ts';
import type { BackupTarget } from '../../src/backup/target/target.ts';
import type { Database } from '../../src/database/database.ts';
import type { AccountRow, ApiKeyRow, UserRow } from '../../src/database/schema.ts';
import { RegistryError } from '../../src/errors.ts';
import { accountRow, keyRow, membershipRow, userRow } from '../database/database-rows.ts';
import { insert } from '../database/database-writes.ts';
import { MovableClock } from '../support/clock.ts';
import { runSql } from './journal-writes.ts';
import { KEY } from './restored.ts';

/** A database of its own; the answer opens it, again and again. */
export type NewDatabase = () => Promise<() => Promise<Database>>;

/** A target that fails while it is told to. */
export class Unreliable {
  readonly folder: string;
  works = true;
  /** While it is set, a write waits. */
  stalled: Promise<void> | undefined;
  readonly written: string[] = [];

  constructor(folder: string) {
    this.folder = folder;
  }

  readonly open = async (location: string) => {
    const folder = new FolderTarget(location);
    if (location !== this.folder) return opened(folder);
    const target: BackupTarget = {
      name: folder.name,
      put: async (name, bytes, options) => {
        await this.stalled;
        if (!this.works) throw new RegistryError('UNAVAILABLE', { message: 'the target does not work' });
        await folder.put(name, bytes, options);
        this.written.push(name);
      },
      get: (name, signal) => folder.get(name, signal),
      stat: (name) => folder.stat(name),
      list: (prefix) => folder.list(prefix),
      remove: (name) => folder.remove(name),
      [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
    };
    return opened(target);
  };
}

const opened = (target: BackupTarget) => ({
  target,
  installation: '',
  sealedTo: undefined,
  opens: true,
  [Symbol.asyncDispose]: () => target[Symbol.asyncDispose](),
});

/** What all batches in a target tell, in order. */
export const rowsIn = async (folder: string, key: JournalKey = KEY): Promise<JournalRow[]> => {
  const target = new FolderTarget(folder);
  const found = await batchesAfter(target, { position: undefined, at: 0 });
  return (await Promise.all(found.map((each) => readBatch({ target, key }, each)))).flatMap(
    ({ rows }) => rows,
  );
};

/** One account with a user and keys, in a database of its own. */
export class JournalWorld implements AsyncDisposable {
  readonly open: () => Promise<Database>;
  readonly database: Database;
  readonly clock = new MovableClock();
  readonly account: AccountRow = accountRow();
  readonly user: UserRow = userRow();
  readonly keys: readonly [ApiKeyRow, ApiKeyRow, ApiKeyRow];

  private constructor(open: () => Promise<Database>, database: Database) {
    this.open = open;
    this.database = database;
    const { id } = this.account;
    this.keys = [keyRow(id), keyRow(id), keyRow(id)];
  }

  static async start(newDatabase: NewDatabase): Promise<JournalWorld> {
    const open = await newDatabase();
    const world = new JournalWorld(open, await open());
    const { account, user, keys } = world;
    await world.database.write(insert, {
      accounts: [account],
      users: [user],
      memberships: [membershipRow(account, user)],
    });
    await world.database.write(insert, { api_keys: keys });
    return world;
  }

  /** What the triggers have noted and no batch has taken yet. */
  async noted(): Promise<string[]> {
    const rows = await this.database.db.selectFrom('journal_notes').selectAll().orderBy('id').execute();
    return rows.map(({ table_name, row_key }) => `${table_name} ${JSON.stringify(JSON.parse(row_key))}`);
  }

  async disable(id: string, disabled = 1): Promise<void> {
    await this.database.write(runSql, [`update api_keys set disabled = ${disabled} where id = '${id}'`]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.database[Symbol.asyncDispose]();
  }
}

import { DataFolder, refuseAbsentInstallation } from '../config/data-folder.ts';
import type { Config } from '../config/settings.ts';
import type { Database } from '../database/database.ts';
import { openDatabase } from '../engines.ts';
import { MasterKey } from '../identity/room.ts';

/** What an operator command works with. The folder's lock makes sure that no server runs on an embedded database. */
export interface Offline extends AsyncDisposable {
  readonly folder: DataFolder;
  readonly masterKey: MasterKey;
  readonly database: Database;
}

export const openOffline = async (config: Config): Promise<Offline> => {
  if (config.databaseUrl === undefined) refuseAbsentInstallation(config.data);
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(DataFolder.open(config.data, { lock: config.databaseUrl === undefined }));
  const masterKey = new MasterKey(config.masterKey ?? folder.masterKey());
  const database = stack.use(await openDatabase(config, folder));
  const resources = stack.move();
  return { folder, masterKey, database, [Symbol.asyncDispose]: () => resources.disposeAsync() };
};

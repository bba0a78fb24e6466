import { DataFolder } from '../config/data-folder.ts';
import type { Config } from '../config/settings.ts';
import { openMetadata } from '../engines.ts';
import { MasterKey } from '../identity/master-key.ts';
import type { Metadata } from '../metadata/database.ts';

/** What an operator command works with. The folder's lock makes sure that no server runs on an embedded database. */
export interface Offline extends AsyncDisposable {
  readonly folder: DataFolder;
  readonly masterKey: MasterKey;
  readonly metadata: Metadata;
}

export const openOffline = async (config: Config): Promise<Offline> => {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(DataFolder.open(config.data, { lock: config.databaseUrl === undefined }));
  const masterKey = new MasterKey(config.masterKey ?? folder.masterKey());
  const metadata = stack.use(await openMetadata(config, folder));
  const resources = stack.move();
  return { folder, masterKey, metadata, [Symbol.asyncDispose]: () => resources.disposeAsync() };
};

import { systemClock } from '../clock.ts';
import { DataFolder } from '../config/data-folder.ts';
import type { Loaded } from '../config/load.ts';
import { resetOwner } from '../identity/first-account.ts';
import { MasterKey } from '../identity/master-key.ts';
import { SqliteMetadata } from '../metadata/sqlite.ts';

/** `tidegate owner-key-reset`: the way back in. Offline: the data folder's lock makes sure that no server runs on it. */
export const resetOwnerKey = async ({ config }: Loaded): Promise<number> => {
  using folder = DataFolder.open(config.data);
  const masterKey = new MasterKey(config.masterKey ?? folder.masterKey());
  await using metadata = await SqliteMetadata.open(
    folder.file('tidegate.db'),
    new URL('../writes.ts', import.meta.url).href,
  );
  const key = await resetOwner(metadata, masterKey, systemClock);
  if (process.stdout.isTTY)
    process.stdout.write(
      `All API keys of the owner are replaced by this one, shown this once:\n\n  ${key}\n`,
    );
  else
    process.stdout.write(
      `All API keys of the owner are replaced by the one in ${folder.writePrivate('owner-apikey', `${key}\n`)}\n`,
    );
  return 0;
};

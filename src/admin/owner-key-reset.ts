import { systemClock } from '../clock.ts';
import { OWNER_APIKEY } from '../config/data-folder.ts';
import type { Loaded } from '../config/load.ts';
import { resetOwner } from '../identity/room.ts';
import { openOffline } from './offline.ts';

/** `tidegate owner-key-reset`: gives the owner a new key in place of all others. */
export const resetOwnerKey = async ({ config }: Loaded): Promise<number> => {
  await using offline = await openOffline(config);
  const { folder, masterKey, database } = offline;
  const key = await resetOwner(database, masterKey, systemClock);
  folder.keepOwnerKey(key);
  const shown = process.stdout.isTTY ? `:\n\n  ${key}\n\nIt` : ', which';
  process.stdout.write(
    `All API keys of the owner are replaced by one new key${shown} is in ${folder.file(OWNER_APIKEY)} (only its owner can read the file). Remove the file when you keep the key elsewhere.\n`,
  );
  return 0;
};

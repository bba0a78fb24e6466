import { systemClock } from '../clock.ts';
import type { Loaded } from '../config/load.ts';
import { resetOwner } from '../identity/accounts/first-account.ts';
import { openOffline } from './offline.ts';

/** `tidegate owner-key-reset`: the way back in. */
export const resetOwnerKey = async ({ config }: Loaded): Promise<number> => {
  await using offline = await openOffline(config);
  const { folder, masterKey, database } = offline;
  const key = await resetOwner(database, masterKey, systemClock);
  const where = process.stdout.isTTY
    ? `this one, shown this once:\n\n  ${key}`
    : `the one in ${folder.writePrivate('owner-apikey', `${key}\n`)}`;
  process.stdout.write(`All API keys of the owner are replaced by ${where}\n`);
  return 0;
};

import type { Database } from '../database/database.ts';
import { RegistryError } from '../errors.ts';

/**
 * Refuses what a replica of the version before does not know and would not keep, as long as one is connected. `what` is the
 * beginning of the sentence, such as "images can be deleted".
 */
export const refuseUntilUpgraded = async (database: Database, what: string): Promise<void> => {
  if (await database.finishUpgrade()) return;
  throw new RegistryError('UNAVAILABLE', {
    message: `${what} when no replica of the previous version runs any more: stop those, and try again`,
    reason: 'a replica of the version before is connected to the database',
  });
};

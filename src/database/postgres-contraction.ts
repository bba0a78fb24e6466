import { type Kysely, sql } from 'kysely';
import { contract, isUpgraded } from './contractions.ts';
import { hasEarlierReplicas } from './replicas.ts';
import type { Schema } from './schema.ts';

/** Kysely's lock of migrations: a program that starts meanwhile waits for it, and then sees what was contracted. */
const MIGRATION_LOCK = sql.lit('3853314791062309107');

/**
 * Writes the contractions down unless a program of the version before is connected; answers whether they are there. Such
 * a program polls the change feed all the time, so it is connected as long as it runs.
 */
export const contractUnlessShared = (db: Kysely<Schema>, isNew: boolean): Promise<boolean> =>
  db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${MIGRATION_LOCK}::bigint)`.execute(transaction);
    if (await isUpgraded(transaction)) return true;
    if (await hasEarlierReplicas(transaction)) return false;
    await contract(transaction, isNew);
    return true;
  });

import { type Kysely, sql } from 'kysely';
import type { Db } from './database.ts';
import type { Schema } from './schema.ts';

/*
 * What this version writes only once no program of the version before can run: what that one would not see and would
 * therefore destroy. The row of a contraction among the migrations keeps such a program from starting (migrate.ts); the
 * fact in `installation` tells writes that it is there.
 */

/** Deleted images are kept in the trash. */
const TRASH = '9040-contract-0040-trash';

/** In the order of their names. */
export const CONTRACTIONS: readonly string[] = [TRASH];

/** The fact that every contraction of this version is done, and its value. */
const FACT = 'generation';
const GENERATION = '2';

/** The fact that everything stored has been counted; until then the counters of usage are too low. */
export const USAGE_COUNTED = 'usage-counted';

/** Whether what only this version knows may be written. */
export const isContracted = async (db: Db): Promise<boolean> => {
  const row = await db.selectFrom('installation').select('value').where('name', '=', FACT).executeTakeFirst();
  return row !== undefined;
};

/**
 * Writes the contractions down. The caller has made sure that no program of the version before works on the database.
 * `isNew`: nothing was stored in it before, so that everything is counted from the start.
 */
export const contract = async (db: Kysely<Schema>, isNew: boolean): Promise<void> => {
  for (const name of CONTRACTIONS)
    await sql`insert into kysely_migration (name, timestamp)
      values (${name}, cast(current_timestamp as text)) on conflict do nothing`.execute(db);
  await db
    .insertInto('installation')
    .values([
      { name: FACT, value: GENERATION },
      ...(isNew ? [{ name: USAGE_COUNTED, value: 'from the start' }] : []),
    ])
    .onConflict((conflict) => conflict.doNothing())
    .execute();
};

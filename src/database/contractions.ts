import { type Kysely, sql } from 'kysely';
import { builtOnce } from './built-once.ts';
import type { Db } from './database.ts';
import type { Schema } from './schema.ts';

/*
 * What this version writes only once no program of the version before can run: what that one would not see and would
 * therefore destroy. The row of a contraction among the migrations keeps such a program from starting (migrate.ts); the
 * fact in `installation` tells writes that it is there.
 */

/** Deleted images are kept in the trash. */
const TRASH = '9040-contract-0040-trash';

/** Small blobs are kept in rows: to a program that does not know it, their bytes are missing. */
const SMALL_BLOBS = '9096-contract-0096-small-blobs';

/** In the order of their names. */
export const CONTRACTIONS: readonly string[] = [TRASH, SMALL_BLOBS];

/** The fact that the contractions of a version are done; its value tells of which. */
const FACT = 'generation';
/** The trash was contracted with 2. */
const GENERATION = '3';

/** The fact that everything stored has been counted; until then the counters of usage are too low. */
export const USAGE_COUNTED = 'usage-counted';

/** Whether what the trash needs may be written. */
export const isContracted = async (db: Db): Promise<boolean> => (await generationOf(db)) !== undefined;

/** Whether everything that only this version knows may be written. */
export const isUpgraded = async (db: Db): Promise<boolean> => (await generationOf(db)) === GENERATION;

/** Each push asks for it. */
const fact = builtOnce(['name'], (db, { name }: { name: string }) =>
  db.selectFrom('installation').select('value').where('name', '=', name),
);

const generationOf = async (db: Db): Promise<string | undefined> => {
  const [row] = await fact(db, { name: FACT });
  return row?.value;
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
    .values({ name: FACT, value: GENERATION })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: GENERATION }))
    .execute();
  if (!isNew) return;
  await db
    .insertInto('installation')
    .values({ name: USAGE_COUNTED, value: 'from the start' })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
};

/** Writes of the journal's tests. The SQLite writer's thread imports this in place of src/writes.ts. */
import '../database/database-writes.ts';
import { sql } from 'kysely';
import { defineWrite, type Tx } from '../../src/database/database.ts';

/** Statements as they stand here, in one transaction: the journal notes what is done, not who did it. */
export const runSql = defineWrite(
  'test.sql',
  async (tx: Tx, statements: readonly string[]): Promise<void> => {
    for (const statement of statements) await sql.raw(statement).execute(tx.db);
  },
);

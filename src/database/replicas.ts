import { sql } from 'kysely';
import type { Pool } from 'pg';
import type { Db } from './database.ts';

/** How the application name of every connection of a replica begins; its own number follows. */
const REPLICA = 'tidegate replica ';

/** How it ends from the version on that keeps small blobs in rows. Versions before have ` g2`, or nothing behind the number. */
const GENERATION = ' g3';

/** The application name of the replica of this number. */
export const replicaName = (number: string): string => `${REPLICA}${number}${GENERATION}`;

/** Whether a program of the version before holds a connection to this database now. */
export const hasEarlierReplicas = async (db: Db): Promise<boolean> => {
  const { rows } = await sql`
    select 1 as found from pg_stat_activity
    where datname = current_database() and application_name like ${`${REPLICA}%`}
      and application_name not like ${`${REPLICA}%${GENERATION}`} limit 1`.execute(db);
  return rows.length > 0;
};

/** How many other processes of this program hold connections to this database now. */
export const otherReplicas = async (pool: Pool): Promise<number> => {
  const { rows } = await pool.query<{ count: number }>(
    `select count(distinct application_name)::int as count from pg_stat_activity
     where datname = current_database() and application_name like $1
       and application_name <> current_setting('application_name')`,
    [`${REPLICA}%`],
  );
  return rows[0]?.count ?? 0;
};

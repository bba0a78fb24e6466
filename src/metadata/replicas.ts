import { sql } from 'kysely';
import type { Db } from './database.ts';

/** The application name of every connection of a replica; what follows is its own. */
export const REPLICA = 'tidegate replica ';

/** PostgreSQL: how many other processes of this program hold connections to this database now. */
export const otherReplicas = async (db: Db): Promise<number> => {
  const { rows } = await sql<{ count: number }>`
    select count(distinct application_name)::int as count from pg_stat_activity
    where datname = current_database() and application_name like ${`${REPLICA}%`}
      and application_name <> current_setting('application_name')`.execute(db);
  return rows[0]?.count ?? 0;
};

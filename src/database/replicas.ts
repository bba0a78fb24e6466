import type { Pool } from 'pg';

/** The application name of every connection of a replica; what follows is its own. */
export const REPLICA = 'tidegate replica ';

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

import { Kysely, PostgresDialect } from 'kysely';
import type { Pool, PoolConfig } from 'pg';
import type { Log } from '../observe/log.ts';
import { FIRST_MIGRATION, migrate } from './migrate.ts';
import { PostgresColumns } from './postgres-columns.ts';
import { contractUnlessShared } from './postgres-contraction.ts';
import { isConnectionLost } from './postgres-errors.ts';
import { poolOf } from './postgres-pool.ts';
import type { Schema } from './schema.ts';

/** The first with 64-bit transaction ids that can be asked about and compared. */
const OLDEST_VERSION = 13;

/**
 * Refuses a server the program cannot work with, then brings the schema up to date and says what it did. Answers whether
 * what only this version knows may be written.
 */
export const prepareSchema = async (
  config: PoolConfig,
  log: Pick<Log, 'info' | 'warn'> | undefined,
): Promise<boolean> => {
  const pool = poolOf(config);
  try {
    await judgeServer(pool, log);
    const db = new Kysely<Schema>({
      dialect: new PostgresDialect({ pool }),
      plugins: [new PostgresColumns()],
    });
    const migrations = await migrate(db, 'postgres');
    if (migrations.length > 0) log?.info({ migrations }, 'the database schema was brought up to date');
    return await contractUnlessShared(db, migrations.includes(FIRST_MIGRATION));
  } catch (error) {
    const { cause } = error as Error;
    throw isConnectionLost(cause) ? cause : error;
  } finally {
    await pool.end();
  }
};

interface Server {
  readonly version: number;
  readonly encoding: string;
  readonly durable: boolean;
}

const SERVER = `
  select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding,
    current_setting('fsync')::boolean and current_setting('synchronous_commit') <> 'off' as durable`;

const judgeServer = async (pool: Pool, log: Pick<Log, 'warn'> | undefined): Promise<void> => {
  const { rows } = await pool.query<Server>(SERVER);
  const { version = 0, encoding = '', durable = false } = rows[0] ?? {};
  if (version < OLDEST_VERSION * 10_000)
    throw new Error(`PostgreSQL ${OLDEST_VERSION} or newer is needed; this server is ${version / 10_000}`);
  if (encoding !== 'UTF8')
    throw new Error(`the database's encoding is ${encoding}; create it with ENCODING 'UTF8'`);
  if (!durable) {
    log?.warn(
      'this PostgreSQL server does not wait for its disk (fsync, synchronous_commit): what is acknowledged may be lost',
    );
  }
};

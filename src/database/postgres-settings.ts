import { randomBytes } from 'node:crypto';
import { type ClientConfig, type PoolConfig, types } from 'pg';
import { replicaName } from './replicas.ts';

const SECOND = 1000;
const DEFAULT_CONNECTIONS = 10;

/** How the program connects: for each use its own limits. */
export interface PostgresSettings {
  /** Of `db`: reads only, as SQLite's is. */
  readonly reads: PoolConfig;
  readonly writes: PoolConfig;
  /** One connection that listens and polls. */
  readonly feed: ClientConfig;
  /** One connection, without limits: a step takes as long as it takes. */
  readonly migrations: PoolConfig;
}

/**
 * `postgres://user:password@host:port/database`, with pg's parameters and `max`: how many connections to hold at most,
 * shared between reads and writes, beside the one of the change feed.
 */
export const postgresSettings = (text: string): PostgresSettings => {
  const url = parse(text);
  const max = connections(url.searchParams.get('max'));
  const options = url.searchParams.get('options') ?? '';
  url.searchParams.delete('max');
  url.searchParams.delete('options');
  url.searchParams.delete('application_name'); // replicas know each other by ours
  const name = replicaName(randomBytes(6).toString('hex'));
  const connection = (more: string): ClientConfig => ({
    connectionString: url.href,
    options: `${more} ${options}`,
    application_name: name,
    connectionTimeoutMillis: 5 * SECOND,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10 * SECOND,
    types: { getTypeParser },
  });
  const pool: PoolConfig = { idleTimeoutMillis: 60 * SECOND, maxLifetimeSeconds: 3600 };
  // Every query has an index. A scan of a whole table that happens to be small makes a serializable transaction collide
  // with all that is written to it, and would be kept as the plan of a prepared statement while the table grows.
  const planner = '-c enable_seqscan=off -c jit=off';
  return {
    // the server ends a statement first; a server that is silent for longer is taken for dead
    reads: {
      ...connection(`${planner} -c default_transaction_read_only=on`),
      ...pool,
      max: Math.floor(max / 2),
      statement_timeout: 20 * SECOND,
      query_timeout: 25 * SECOND,
    },
    writes: {
      ...connection(planner),
      ...pool,
      max: Math.ceil(max / 2),
      statement_timeout: 30 * SECOND,
      query_timeout: 35 * SECOND,
      idle_in_transaction_session_timeout: 10 * SECOND,
    },
    feed: { ...connection(''), query_timeout: 5 * SECOND },
    migrations: { ...connection(''), max: 1 },
  };
};

const parse = (text: string): URL => {
  // not URL's own error: it carries the text, and with it the password
  if (!URL.canParse(text) || !/^postgres(ql)?:/.test(text)) {
    throw new Error('the database URL is not valid; write postgres://user:password@host:port/database');
  }
  return new URL(text);
};

const connections = (text: string | null): number => {
  const max = text === null ? DEFAULT_CONNECTIONS : Number(text);
  if (Number.isInteger(max) && max >= 2 && max <= 1000) return max;
  throw new Error('max in the database URL is how many connections to hold: a whole number from 2 to 1000');
};

/** Rows look as SQLite's do: whole numbers are numbers, bytes are a Uint8Array. */
const getTypeParser = ((oid: number, format?: 'text' | 'binary') => {
  if (format !== 'binary' && oid === types.builtins.INT8) return Number;
  if (format !== 'binary' && oid === types.builtins.BYTEA) return parseBytes;
  return types.getTypeParser(oid, format as 'text');
}) as typeof types.getTypeParser;

/** The text form of a bytea is `\x` and hexadecimal digits. */
const parseBytes = (text: string): Uint8Array => Uint8Array.fromHex(text.slice(2));

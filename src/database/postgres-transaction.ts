import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, PostgresDialect } from 'kysely';
import { escapeLiteral, type Pool, type PoolClient, type QueryResult } from 'pg';
import { RegistryError } from '../errors.ts';
import { encodeChanges } from './change-feed.ts';
import type { Change, Connection, Write } from './database.ts';
import { isConnectionLost, isUnknownTransaction } from './postgres-errors.ts';
import { type Patience, retrying } from './postgres-retry.ts';
import { statement } from './postgres-statements.ts';
import type { Schema } from './schema.ts';
import { transaction } from './transaction.ts';

export interface Committed<Output> {
  readonly output: Output;
  readonly changes: readonly Change[];
}

/** The transaction's id is known before anything is done: it is what an unanswered COMMIT is asked about. */
const BEGIN = 'begin isolation level serializable; select pg_current_xact_id()::text as id';

const UNDECIDED_DELAY_MS = 50;

/** Runs a write in a serializable transaction, again and again where that is safe, and never twice. */
export const runWrite = <Input, Output>(
  pool: Pool,
  write: Write<Input, Output>,
  input: Input,
  patience: Patience,
): Promise<Committed<Output>> => retrying(() => attempt(pool, write, input, patience), patience);

const attempt = async <Input, Output>(
  pool: Pool,
  write: Write<Input, Output>,
  input: Input,
  patience: Patience,
): Promise<Committed<Output>> => {
  try {
    return await withClient(pool, (client) => runOnce(client, write, input));
  } catch (error) {
    if (!(error instanceof UnansweredCommit)) throw error;
    if (await wasKept(pool, error, patience)) return error.committed as Committed<Output>;
    throw error.cause;
  }
};

const runOnce = async <Input, Output>(
  client: PoolClient,
  write: Write<Input, Output>,
  input: Input,
): Promise<Committed<Output>> => {
  const changes: Change[] = [];
  const transactionId = await begin(client);
  const output = await inTransaction(client, (db) => write.run(transaction(db, changes), input));
  const writeId = randomUUID();
  try {
    await client.query(commitOf(writeId, changes));
  } catch (cause) {
    if (isConnectionLost(cause))
      throw new UnansweredCommit(transactionId, writeId, { output, changes }, cause);
    throw cause;
  }
  return { output, changes };
};

/** COMMIT was sent, and the connection was lost before its answer. */
class UnansweredCommit extends Error {
  readonly transactionId: string;
  readonly writeId: string;
  readonly committed: Committed<unknown>;

  constructor(transactionId: string, writeId: string, committed: Committed<unknown>, cause: unknown) {
    super('COMMIT was not answered', { cause });
    this.transactionId = transactionId;
    this.writeId = writeId;
    this.committed = committed;
  }
}

/** Hands out a connection. It goes back to the pool only when it works and no transaction is open on it. */
const withClient = async <T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> => {
  const client = await pool.connect();
  let broken = false;
  try {
    return await work(client);
  } catch (error) {
    broken = error instanceof UnansweredCommit || isConnectionLost(error) || !(await rolledBack(client));
    throw error;
  } finally {
    client.release(broken);
  }
};

const rolledBack = (client: PoolClient): Promise<boolean> =>
  client.query('rollback').then(
    () => true,
    () => false,
  );

const begin = async (client: PoolClient): Promise<string> => {
  const [, { rows }] = (await client.query(BEGIN)) as unknown as [QueryResult, QueryResult<{ id: string }>];
  const id = rows[0]?.id;
  if (id === undefined) throw new Error('the database gave a transaction no id');
  return id;
};

/** Kysely over one connection for as long as `work` runs; a query that comes later is refused. */
const inTransaction = async <T>(client: PoolClient, work: (db: Connection) => Promise<T>): Promise<T> => {
  let ended = false;
  const query = async (text: string, values: readonly unknown[]) => {
    if (ended) throw new Error('the transaction has ended: a write must await all it does');
    return client.query(statement(text, values));
  };
  const only = { query: query as never, release: () => undefined };
  const pool = { options: {}, connect: async () => only, end: async () => undefined };
  try {
    return await work(new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) }));
  } finally {
    ended = true;
  }
};

/** Two statements in one message: the write's row, by which it is found again, and COMMIT. */
const commitOf = (writeId: string, changes: readonly Change[]): string => {
  const entities = changes.length === 0 ? 'null' : escapeLiteral(encodeChanges(changes));
  return `insert into changes (write_id, entities) values ('${writeId}', ${entities}); commit`;
};

/**
 * Whether a transaction whose COMMIT was not answered is there. The server may still be at it, so first its end is
 * awaited. Then its row decides, not the transaction id: a server that crashed may give the same id out again.
 */
const wasKept = async (pool: Pool, commit: UnansweredCommit, patience: Patience): Promise<boolean> => {
  try {
    if (!(await hasEnded(pool, commit, patience))) throw new Error('the transaction does not end');
    const { rows } = await retrying(
      () =>
        pool.query('select from changes where transaction_id = $1 and write_id = $2', [
          commit.transactionId,
          commit.writeId,
        ]),
      patience,
    );
    return rows.length > 0;
  } catch (cause) {
    throw new RegistryError('UNAVAILABLE', {
      message: 'the registry cannot tell whether this was done; look before you do it again',
      reason: 'database: the connection was lost in COMMIT and not found again',
      cause,
    });
  }
};

const hasEnded = async (
  pool: Pool,
  { transactionId }: UnansweredCommit,
  patience: Patience,
): Promise<boolean> => {
  const deadline = performance.now() + patience.retryMs;
  while (performance.now() < deadline && !patience.signal.aborted) {
    if ((await statusOf(pool, transactionId, patience)) !== 'in progress') return true;
    await sleep(UNDECIDED_DELAY_MS);
  }
  return false;
};

const statusOf = async (pool: Pool, transactionId: string, patience: Patience): Promise<string | null> => {
  try {
    const { rows } = await retrying(
      () =>
        pool.query<{ status: string | null }>('select pg_xact_status($1::xid8) as status', [transactionId]),
      patience,
    );
    return rows[0]?.status ?? null;
  } catch (error) {
    if (isUnknownTransaction(error)) return null;
    throw error;
  }
};

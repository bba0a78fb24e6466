import type { PostgresPool } from 'kysely';
import type { Pool } from 'pg';
import type { ReadObserver } from './database.ts';
import { databaseError } from './postgres-errors.ts';
import { type Patience, retrying } from './postgres-retry.ts';
import { statement } from './postgres-statements.ts';

/**
 * The pool as Kysely sees it where it only reads: each statement by itself, on any connection, and once more on another
 * when the connection is lost. Nothing is lost or doubled by that, for the sessions are read-only.
 */
export const readsThrough = (pool: Pool, patience: Patience, onRead?: ReadObserver): PostgresPool => {
  const query = async (text: string, values: readonly unknown[]) => {
    if (/^(begin|start transaction)/.test(text))
      throw new Error('what spans statements is a write: declare it with defineWrite');
    try {
      const result = await retrying(() => pool.query(statement(text, values)), patience);
      onRead?.({ text, parameters: values, rows: result.rows.length, ms: undefined });
      return result;
    } catch (error) {
      throw databaseError(error);
    }
  };
  const client = { query: query as never, release: () => undefined };
  return { options: {}, connect: async () => client, end: () => pool.end() };
};

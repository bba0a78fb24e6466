import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { type DialectAdapter, Kysely, SqliteAdapter, SqliteDialect, type SqliteStatement } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Connection, ReadObserver } from './database.ts';
import type { Schema } from './schema.ts';

/**
 * Kysely's SQLite dialect over node:sqlite. Kysely compiles the same text for the same query, so prepared
 * statements are kept by text.
 */
export const sqliteDialect = (database: DatabaseSync, onRead?: ReadObserver): SqliteDialect => {
  const statements = new LRUCache<string, SqliteStatement>({ max: 500 });
  const prepare = (text: string): SqliteStatement => {
    let statement = statements.get(text);
    if (!statement) {
      const prepared = new PreparedStatement(database.prepare(text));
      statement = onRead ? new ObservedStatement(prepared, text, onRead) : prepared;
      statements.set(text, statement);
    }
    return statement;
  };
  return new TransactionalSqlite({ database: { prepare, close: () => database.close() } });
};

/** Queries over a connection that only reads, beside those of the engine: of an installation that is not running. */
export const openSqliteReader = (database: DatabaseSync): Connection =>
  new Kysely<Schema>({ dialect: sqliteDialect(database) });

/** SQLite's schema changes are part of a transaction; Kysely makes no use of it, so a killed migration would stay half. */
class TransactionalSqlite extends SqliteDialect {
  override createAdapter(): DialectAdapter {
    return new TransactionalAdapter();
  }
}

class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class PreparedStatement implements SqliteStatement {
  readonly reader: boolean;
  readonly #statement: StatementSync;

  constructor(statement: StatementSync) {
    this.#statement = statement;
    this.reader = statement.columns().length > 0;
  }

  all(parameters: readonly unknown[]): unknown[] {
    try {
      return this.#statement.all(...(parameters as SQLInputValue[]));
    } catch (error) {
      // only what changes nothing may be run twice
      if (!isBeyondNumbers(error) || !/^\s*(select|with)\b/i.test(this.#statement.sourceSQL)) throw error;
      return this.#allInexact(parameters as SQLInputValue[]);
    }
  }

  /** A whole number beyond 2^53 is answered as the nearest number there is: node:sqlite answers none at all. */
  #allInexact(parameters: SQLInputValue[]): unknown[] {
    this.#statement.setReadBigInts(true);
    try {
      return this.#statement.all(...parameters).map(withNumbers);
    } finally {
      this.#statement.setReadBigInts(false);
    }
  }

  run(parameters: readonly unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint } {
    return this.#statement.run(...(parameters as SQLInputValue[]));
  }

  iterate(parameters: readonly unknown[]): IterableIterator<unknown> {
    return this.#statement.iterate(...(parameters as SQLInputValue[]));
  }
}

class ObservedStatement implements SqliteStatement {
  readonly reader: boolean;
  readonly #statement: PreparedStatement;
  readonly #text: string;
  readonly #onRead: ReadObserver;

  constructor(statement: PreparedStatement, text: string, onRead: ReadObserver) {
    this.reader = statement.reader;
    this.#statement = statement;
    this.#text = text;
    this.#onRead = onRead;
  }

  all(parameters: readonly unknown[]): unknown[] {
    const began = performance.now();
    const rows = this.#statement.all(parameters);
    const ms = performance.now() - began;
    this.#onRead({ text: this.#text, parameters, rows: rows.length, ms });
    return rows;
  }

  run(parameters: readonly unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint } {
    return this.#statement.run(parameters);
  }

  iterate(parameters: readonly unknown[]): IterableIterator<unknown> {
    return this.#statement.iterate(parameters);
  }
}

const isBeyondNumbers = (error: unknown): boolean =>
  (error as NodeJS.ErrnoException | undefined)?.code === 'ERR_OUT_OF_RANGE';

const withNumbers = (row: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(row).map(([column, value]) => [column, typeof value === 'bigint' ? Number(value) : value]),
  );

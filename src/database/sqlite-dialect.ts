import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { type DialectAdapter, Kysely, SqliteAdapter, SqliteDialect } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Db } from './database.ts';
import type { Schema } from './schema.ts';

/**
 * Kysely's SQLite dialect over node:sqlite. Kysely compiles the same text for the same query, so prepared
 * statements are kept by text.
 */
export const sqliteDialect = (database: DatabaseSync): SqliteDialect => {
  const statements = new LRUCache<string, PreparedStatement>({ max: 500 });
  const prepare = (text: string): PreparedStatement => {
    let statement = statements.get(text);
    if (!statement) {
      statement = new PreparedStatement(database.prepare(text));
      statements.set(text, statement);
    }
    return statement;
  };
  return new TransactionalSqlite({ database: { prepare, close: () => database.close() } });
};

/** Queries over a connection that only reads, beside those of the engine: of an installation that is not running. */
export const openSqliteReader = (database: DatabaseSync): Db =>
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

class PreparedStatement {
  readonly reader: boolean;
  readonly #statement: StatementSync;

  constructor(statement: StatementSync) {
    this.#statement = statement;
    this.reader = statement.columns().length > 0;
  }

  all(parameters: readonly unknown[]): unknown[] {
    return this.#statement.all(...(parameters as SQLInputValue[]));
  }

  run(parameters: readonly unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint } {
    return this.#statement.run(...(parameters as SQLInputValue[]));
  }

  iterate(parameters: readonly unknown[]): IterableIterator<unknown> {
    return this.#statement.iterate(...(parameters as SQLInputValue[]));
  }
}

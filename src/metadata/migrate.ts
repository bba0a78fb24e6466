import type { Kysely } from 'kysely';
import { type MigrationProvider, Migrator } from 'kysely/migration';
import * as initial from './migrations/0001-initial.ts';
import type { Schema } from './schema.ts';

/** The one place where the engines' types differ. */
export interface Dialect {
  readonly bytes: 'blob' | 'bytea';
}

export const SQLITE: Dialect = { bytes: 'blob' };
export const POSTGRES: Dialect = { bytes: 'bytea' };

const provider = (dialect: Dialect): MigrationProvider => ({
  getMigrations: async () => ({
    '0001-initial': { up: (db: Kysely<unknown>) => initial.up(db, dialect.bytes) },
  }),
});

/** Brings the schema to this program's version; a no-op when it is there. Replicas that race take turns. */
export const migrate = async (db: Kysely<Schema>, dialect: Dialect): Promise<void> => {
  const migrator = new Migrator({ db, provider: provider(dialect) });
  const { error } = await migrator.migrateToLatest();
  if (error) throw new Error('the database schema could not be brought up to date', { cause: error });
};

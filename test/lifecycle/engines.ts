import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'node:test';
import type { Database } from '../../src/database/database.ts';
import { PostgresDatabase } from '../../src/database/postgres.ts';
import { SqliteDatabase } from '../../src/database/sqlite.ts';
import { newDatabaseWithSchema, serverForTests, skip } from '../database/postgres-server.ts';

const writes = new URL('../database/database-writes.ts', import.meta.url).href;

/** An empty database, and as many replicas of it as the engine can have: SQLite has one, PostgreSQL two. */
export interface Replicas extends AsyncDisposable {
  readonly a: Database;
  readonly b: Database;
}

const sqlite = async (): Promise<Replicas> => {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-lifecycle-'));
  const one = await SqliteDatabase.open(join(folder, 'tidegate.db'), writes);
  return {
    a: one,
    b: one,
    async [Symbol.asyncDispose]() {
      await one[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

const server = serverForTests();

const postgres = async (): Promise<Replicas> => {
  const url = await newDatabaseWithSchema(server());
  const [a, b] = [await PostgresDatabase.open(url), await PostgresDatabase.open(url)];
  return {
    a,
    b,
    async [Symbol.asyncDispose]() {
      await a[Symbol.asyncDispose]();
      await b[Symbol.asyncDispose]();
    },
  };
};

/** The same rules on both engines. */
export const onBothEngines = (name: string, rules: (open: () => Promise<Replicas>) => void): void => {
  suite(`${name}, on SQLite`, () => rules(sqlite));
  suite(`${name}, on PostgreSQL`, { skip }, () => rules(postgres));
};

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'node:test';
import type { Metadata } from '../../src/metadata/database.ts';
import { PostgresMetadata } from '../../src/metadata/postgres.ts';
import { SqliteMetadata } from '../../src/metadata/sqlite.ts';
import { newDatabase, serverForTests, skip } from '../stores/postgres-server.ts';

const writes = new URL('../stores/metadata-writes.ts', import.meta.url).href;

/** An empty database, and as many replicas of it as the engine can have: SQLite has one, PostgreSQL two. */
export interface Replicas extends AsyncDisposable {
  readonly a: Metadata;
  readonly b: Metadata;
}

const sqlite = async (): Promise<Replicas> => {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-lifecycle-'));
  const one = await SqliteMetadata.open(join(folder, 'tidegate.db'), writes);
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
  const url = await newDatabase(server());
  const [a, b] = [await PostgresMetadata.open(url), await PostgresMetadata.open(url)];
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

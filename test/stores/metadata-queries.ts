import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Db, Metadata } from '../../src/metadata/database.ts';

const folder = join(import.meta.dirname, '../../src/metadata');

/** File and name of a query function: `tags/findTag`. */
export type QueryName = string;
export type Query = (db: Db, ...args: unknown[]) => Promise<unknown>;

/** Every function of src/metadata that takes a Db first. */
const queries = new Map<QueryName, Query>();
for (const file of readdirSync(folder).filter((name) => name.endsWith('.ts') && name !== 'transaction.ts')) {
  const text = readFileSync(join(folder, file), 'utf8');
  const names = [...text.matchAll(/^export const (\w+) = (?:async )?\(\s*db: Db\b/gm)].map(
    ([, name]) => name,
  );
  if (names.length === 0) continue;
  const module: Record<string, Query> = await import(`../../src/metadata/${file}`);
  for (const name of names) {
    const query = module[name ?? ''];
    if (query) queries.set(`${file.replace(/\.ts$/, '')}/${name}`, query);
  }
}

export const queryNames = (): QueryName[] => [...queries.keys()];

export const findQuery = (name: QueryName): Query => {
  const query = queries.get(name);
  if (!query) throw new Error(`no query of src/metadata is called ${name}`);
  return query;
};

export const nameOfQuery = (query: unknown): QueryName => {
  for (const [name, known] of queries) if (known === query) return name;
  throw new Error('that function is no query of src/metadata');
};

/** Runs queries as the program does: those that change something inside a write. */
export interface QueryTester {
  readonly current: () => Metadata;
  read<Args extends unknown[], Row>(
    query: (db: Db, ...args: Args) => Promise<Row>,
    ...args: Args
  ): Promise<Row>;
  write<Args extends unknown[], Row>(
    query: (db: Db, ...args: Args) => Promise<Row>,
    ...args: Args
  ): Promise<Row>;
}

/** Names in an order no locale has: by bytes of UTF-8. */
export const BY_BYTES: readonly string[] = [
  '-a',
  '.a',
  '0',
  'A',
  'B',
  '_',
  'a',
  'a-b',
  'a.b',
  'aB',
  'a_b',
  'ab',
  'b',
  'é',
  'ﬁ',
  '🐦',
];

export const shuffled = <T>(items: readonly T[]): T[] => items.toSorted(() => Math.random() - 0.5);

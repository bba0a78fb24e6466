import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database, Db, Tx } from '../../src/database/database.ts';

const root = join(import.meta.dirname, '../../src');

/** Folder and name of a query function: `registry/tags/findTag`. */
export type QueryName = string;
export type Query = (first: never, ...args: unknown[]) => Promise<unknown>;

interface Known {
  readonly query: Query;
  /** It changes rows: it takes a Tx. Others read, and take a Db. */
  readonly changes: boolean;
}

/** Every query function there is: of the rooms' rows.ts, and of the database's own tables. */
const queries = new Map<QueryName, Known>();
for (const file of globSync(['*/*/rows.ts', 'database/{installation,table-copy,tables}.ts'], {
  cwd: root,
}).sort()) {
  const text = readFileSync(join(root, file), 'utf8');
  const found = [...text.matchAll(/^export const (\w+) = (?:async )?(?:<[^>]*>)?\(\s*(db: Db|tx: Tx)\b/gm)];
  if (found.length === 0) continue;
  const module: Record<string, Query> = await import(`../../src/${file}`);
  for (const [, name = '', first] of found) {
    const query = module[name];
    if (query)
      queries.set(`${file.replace(/(\/rows)?\.ts$/, '')}/${name}`, { query, changes: first === 'tx: Tx' });
  }
}

export const queryNames = (): QueryName[] => [...queries.keys()];

/** Runs a query inside a transaction. */
export const runInside = (tx: Tx, name: QueryName, args: readonly unknown[]): Promise<unknown> => {
  const known = queries.get(name);
  if (!known) throw new Error(`there is no query ${name}`);
  return known.query((known.changes ? tx : tx.db) as never, ...args);
};

export const nameOfQuery = (query: unknown): QueryName => {
  for (const [name, known] of queries) if (known.query === query) return name;
  throw new Error('that function is no query of a rows.ts');
};

/** Runs queries as the program does: those that change something inside a write. */
export interface QueryTester {
  readonly current: () => Database;
  read<Args extends unknown[], Row>(
    query: (db: Db, ...args: Args) => Promise<Row>,
    ...args: Args
  ): Promise<Row>;
  write<Args extends unknown[], Row>(
    query: (first: never, ...args: Args) => Promise<Row>,
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

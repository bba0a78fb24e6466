/** What a decision costs on a database of any size: the first of an identity, with its queries, and the others. */
import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import type { Resource } from '../../src/access/actions/actions.ts';
import { Access } from '../../src/access/decision/access.ts';
import { systemClock } from '../../src/clock.ts';
import type { Database, Db } from '../../src/database/database.ts';
import type { Schema } from '../../src/database/schema.ts';
import { sqliteDialect } from '../../src/database/sqlite-dialect.ts';
import type { Identity } from '../../src/principal.ts';
import { identityOf, PER_IDENTITY } from './seed.ts';

export interface DecisionCost {
  /** Microseconds of the first decision about an identity, at the median. */
  readonly cold: number;
  /** The largest number of queries one of those took. */
  readonly coldQueries: number;
  /** Microseconds of each decision after it. */
  readonly warm: number;
  readonly warmQueries: number;
}

/** Asks about `identities` of the first ones seeded, then `decisions` times about those again. Throws for a wrong answer. */
export const measureDecisions = async (
  file: string,
  accountId: string,
  { identities, decisions }: { identities: number; decisions: number },
): Promise<DecisionCost> => {
  using reader = new DatabaseSync(file, { readOnly: true });
  let queries = 0;
  const log = (): void => {
    queries += 1;
  };
  const db: Db = new Kysely<Schema>({ dialect: sqliteDialect(reader), log });
  const access = new Access(readOnly(db), systemClock);
  const ask = async (index: number, turn: number): Promise<void> => {
    const principal: Identity = { kind: 'service-id', iamId: identityOf(index), accountId };
    const namespace = `namespace-${turn % (PER_IDENTITY + 1)}`;
    const resource: Resource = { accountId, namespace };
    const { allowed } = await access.decide(principal, 'container-registry.image.pull', resource);
    if (allowed !== turn % (PER_IDENTITY + 1) < PER_IDENTITY)
      throw new Error(`a wrong decision on ${namespace}`);
  };
  // what is the account's own is known by the time a second identity of it asks
  await ask(identities, 0);
  const times: number[] = [];
  let coldQueries = 0;
  for (let index = 0; index < identities; index++) {
    queries = 0;
    const start = performance.now();
    await ask(index, index);
    times.push(1000 * (performance.now() - start));
    coldQueries = Math.max(coldQueries, queries);
  }
  queries = 0;
  const start = performance.now();
  for (let turn = 0; turn < decisions; turn++) await ask(turn % identities, turn);
  const warm = (1000 * (performance.now() - start)) / decisions;
  times.sort((one, other) => one - other);
  return { cold: times[Math.floor(times.length / 2)] ?? 0, coldQueries, warm, warmQueries: queries };
};

/** All a decision needs of the engine. */
const readOnly = (db: Db): Database => ({
  db,
  alone: true,
  write: () => Promise.reject(new Error('nothing is written here')),
  onChange: () => {},
  others: async () => 0,
  fresh: () => true,
  isUpgraded: () => true,
  finishUpgrade: async () => true,
  maintain: async () => {},
  measure: async () => ({ bytes: 0, logBytes: 0, waiting: 0, feedLag: 0 }),
  check: async () => {},
  [Symbol.asyncDispose]: async () => {},
});

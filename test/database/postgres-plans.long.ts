import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { Kysely, PostgresDialect } from 'kysely';
import { Client, Pool } from 'pg';
import { PostgresDatabase } from '../../src/database/postgres.ts';
import { postgresSettings } from '../../src/database/postgres-settings.ts';
import { isPlannedOnce } from '../../src/database/postgres-statements.ts';
import type { Schema } from '../../src/database/schema.ts';
import { LARGE_TABLE_QUERIES } from './large-table-queries.ts';
import { fillTables } from './large-tables.ts';
import { newDatabase, serverForTests, skip } from './postgres-server.ts';

/** What a query that knows its way reads at most: a page and the way to it. 10^5 rows are 1000 blocks and more. */
const BLOCKS = 300;

/** Read as a whole because all of it is asked for: counted, listed where a limit bounds it, or looked through by a report. */
const WHOLE = new Set([
  'the number of service IDs',
  'the number of profiles',
  'the number of users',
  'the policies of an account',
  'policies with a text',
  'when identities were last seen',
  'inactive profiles',
]);

interface Plan {
  readonly 'Node Type': string;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
}

interface Asked {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

suite('on PostgreSQL with 10^5 rows in every table', { skip }, () => {
  let client: Client;
  let pool: Pool;
  let db: Kysely<Schema>;
  let asked: Asked[] = [];

  // hooks run in the order they are declared: connections close before the server ends
  after(async () => {
    await db.destroy();
    await client.end();
  });

  const server = serverForTests();

  before(async () => {
    const url = await newDatabase(server());
    await (await PostgresDatabase.open(url))[Symbol.asyncDispose]();
    const { writes } = postgresSettings(url);
    const { statement_timeout: _no, query_timeout: _limit, ...patient } = writes;
    client = new Client(patient);
    await client.connect();
    await fillTables(client);
    pool = new Pool({ ...writes, max: 1 });
    db = new Kysely<Schema>({
      dialect: new PostgresDialect({ pool }),
      log: ({ query }) => void asked.push({ sql: query.sql, parameters: query.parameters }),
    });
  });

  /** The statements of a query, which changes nothing for good. */
  const statementsOf = async (ask: (db: Kysely<Schema>) => Promise<unknown>): Promise<Asked[]> => {
    asked = [];
    const undone = new Error('nothing is to stay');
    await assert.rejects(
      db.transaction().execute(async (tx) => {
        await ask(tx);
        throw undone;
      }),
      undone,
    );
    return asked.filter(({ sql }) => /^(select|insert|update|delete|with)/.test(sql));
  };

  /** What running it reads; planned for its values, or once for all values as a statement with a name is after a while. */
  const blocksOf = async (
    { sql, parameters }: Asked,
    mode: string,
  ): Promise<{ blocks: number; plan: string }> => {
    await client.query(`set plan_cache_mode = ${mode}`);
    await client.query(`prepare asked as ${sql}`);
    const values = parameters.map((value) => (value === null ? 'null' : `'${String(value)}'`)).join(', ');
    await client.query('begin');
    try {
      const execute = `execute asked${values === '' ? '' : `(${values})`}`;
      const { rows } = await client.query(`explain (analyze, buffers, format json) ${execute}`);
      const { Plan: plan } = rows[0]['QUERY PLAN'][0] as { Plan: Plan };
      return {
        blocks: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'],
        plan: JSON.stringify(plan, undefined, 1),
      };
    } finally {
      await client.query('rollback');
      await client.query('deallocate asked');
    }
  };

  for (const [what, ask] of Object.entries(LARGE_TABLE_QUERIES)) {
    test(`${what}: reads at most ${BLOCKS} blocks`, { skip: WHOLE.has(what) }, async (t) => {
      for (const statement of await statementsOf(ask as (db: Kysely<Schema>) => Promise<unknown>)) {
        const modes = ['force_custom_plan', ...(isPlannedOnce(statement.sql) ? ['force_generic_plan'] : [])];
        for (const mode of modes) {
          const { blocks, plan } = await blocksOf(statement, mode);
          if (process.env.PLANS) t.diagnostic(`${blocks} ${mode} ${statement.sql}`);
          assert.ok(blocks <= BLOCKS, `${blocks} blocks: ${statement.sql}\n${plan}`);
        }
      }
    });
  }
});

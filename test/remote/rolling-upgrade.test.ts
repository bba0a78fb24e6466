import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, PostgresDialect } from 'kysely';
import { Pool } from 'pg';
import { MIGRATIONS, type Migrations, migrate } from '../../src/database/migrate.ts';
import { PostgresColumns } from '../../src/database/postgres-columns.ts';
import type { Schema } from '../../src/database/schema.ts';
import { needs } from '../support/component.ts';
import { postgres, startPostgres } from '../support/postgres.ts';
import { TestRegistry } from '../support/registry.ts';
import { s3, startS3 } from '../support/s3.ts';
import { type Acknowledged, Client } from './traffic.ts';

/** The release after this one: it expands tables that every push and pull reads and writes. */
const next: Migrations = {
  ...MIGRATIONS,
  async '9001-later'(db) {
    await db.schema.alterTable('manifests').addColumn('later', 'text').execute();
    await db.schema
      .alterTable('blobs')
      .addColumn('later', 'bigint', (column) => column.notNull().defaultTo(0))
      .execute();
    await db.schema
      .createTable('later')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .execute();
    await db.schema.createIndex('api_keys_later').on('api_keys').column('created_at').execute();
  },
};
/** And the one after that takes away what this one knows. */
const afterNext: Migrations = {
  ...next,
  async '9002-contract-9001-later'(db) {
    await db.schema.alterTable('manifests').dropColumn('artifact_type').execute();
  },
};

suite('rolling upgrade', needs(postgres, s3), () => {
  test('P8: replicas of this release go on, and start, while and after the next one migrates; not after the one after', async () => {
    await using stack = new AsyncDisposableStack();
    const database = stack.use(await startPostgres());
    const bucket = stack.use(await startS3());
    Object.assign(process.env, bucket.env);
    const url = await database.createDatabase('rolling');
    const env = {
      TIDEGATE_DATABASE_URL: url,
      TIDEGATE_BLOBS_URL: bucket.url,
      TIDEGATE_EXTERNAL_URL: 'http://registry.test',
      TIDEGATE_MASTER_KEY: randomBytes(32).toString('base64'),
    };
    const a = stack.use(await TestRegistry.start({ env }));
    const b = stack.use(await TestRegistry.start({ env }));
    await a.namespaceAdd('birds');
    const pool = new Pool({ connectionString: url });
    const db = stack.use(
      new Kysely<Schema>({ dialect: new PostgresDialect({ pool }), plugins: [new PostgresColumns()] }),
    );

    const clients = [a, b].map((each) => new Client(each.url, a.apikey));
    const pushed: Acknowledged[] = [];
    const ending = new AbortController();
    const busy = clients.map(async (client) => {
      while (!ending.signal.aborted) {
        const image = await client.push('birds/a');
        pushed.push(image);
        await client.pull(image);
      }
    });
    await sleep(1000);
    assert.deepEqual(await migrate(db, 'postgres', next), ['9001-later']);
    await sleep(1000);
    ending.abort();
    await Promise.all(busy);
    assert.ok(pushed.length >= 2);
    for (const client of clients) assert.equal(client.repeated, 0, 'no client noticed');

    const c = stack.use(await TestRegistry.start({ env }));
    const late = new Client(c.url, a.apikey);
    for (const image of pushed) await late.pull(image);
    await late.pull(await late.push('birds/b'));

    await migrate(db, 'postgres', afterNext);
    await assert.rejects(
      TestRegistry.start({ env }),
      /newer version of this program \(schema 9002-contract-9001-later\)/,
    );
  });
});

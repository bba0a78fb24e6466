import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { Kysely } from 'kysely';
import { migrate } from '../../src/database/migrate.ts';
import type { Schema } from '../../src/database/schema.ts';
import { sqliteDialect } from '../../src/database/sqlite-dialect.ts';
import { LARGE_TABLE_QUERIES } from './large-table-queries.ts';

/** Rows that the statement itself lists: what is asked for, what a step found for each, or a bounded number that it counts. */
const LISTED = /^SCAN (?:wanted|located|tagged|held|counted|(?:\d+ )?CONSTANT ROWS?)$/;

for (const [what, ask] of Object.entries(LARGE_TABLE_QUERIES)) {
  test(`${what}: found through an index, in its order, never by reading a table`, async () => {
    const database = new DatabaseSync(':memory:');
    const asked: { sql: string; parameters: readonly unknown[] }[] = [];
    const db = new Kysely<Schema>({
      dialect: sqliteDialect(database),
      log: ({ query }) => void asked.push({ sql: query.sql, parameters: query.parameters }),
    });
    await migrate(db, 'sqlite');
    asked.length = 0;
    await ask(db);
    assert.ok(asked.length > 0);
    for (const { sql, parameters } of asked) {
      const steps = database.prepare(`explain query plan ${sql}`).all(...(parameters as string[]));
      const plan = steps.map(({ detail }) => String(detail));
      const reading = plan.filter((step) => !LISTED.test(step));
      assert.ok(!reading.some((step) => /^SCAN|TEMP B-TREE/.test(step)), `${sql}\n${plan.join('\n')}`);
    }
    await db.destroy();
  });
}

/** Queries that SQLite, which knows nothing of how many rows there are, would answer from a wrong index. */
const NAMED_INDEXES: Readonly<Record<string, RegExp>> = {
  'what refers to some digests': /manifest_references_by_target \(repository_id=\? AND target_digest=\?\)/,
  'manifests of the repository that refer to a digest':
    /manifest_references_by_target \(repository_id=\? AND target_digest=\?\)/,
  'the subjects of some manifests': /\(repository_id=\? AND digest=\?\)/,
  'a page of images by their creation':
    /manifest_references_by_target \(repository_id=\? AND target_digest=\?\)/,
  'a page of images without a date':
    /manifest_references_by_target \(repository_id=\? AND target_digest=\?\)/,
  'every profile an identity can become': /^SEARCH profile_trusts .*\(identity=\?\)/,
};

for (const [what, index] of Object.entries(NAMED_INDEXES)) {
  test(`${what}: found by the digest, not among all rows of the repository`, async () => {
    const database = new DatabaseSync(':memory:');
    const asked: { sql: string; parameters: readonly unknown[] }[] = [];
    const db = new Kysely<Schema>({
      dialect: sqliteDialect(database),
      log: ({ query }) => void asked.push({ sql: query.sql, parameters: query.parameters }),
    });
    await migrate(db, 'sqlite');
    asked.length = 0;
    await LARGE_TABLE_QUERIES[what]?.(db);
    assert.equal(asked.length, 1);
    for (const { sql, parameters } of asked) {
      const steps = database.prepare(`explain query plan ${sql}`).all(...(parameters as string[]));
      assert.match(steps.map(({ detail }) => String(detail)).join('\n'), index);
    }
    await db.destroy();
  });
}

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { Kysely, PostgresDialect } from 'kysely';
import { Client, Pool } from 'pg';
import { DATABASE } from '../../src/config/data-folder.ts';
import { MIGRATIONS, migrate } from '../../src/database/migrate.ts';
import type { Schema } from '../../src/database/schema.ts';
import { counted, summed } from '../registry/counted-usage.ts';
import { answered } from '../spec/answers.ts';
import { TestRepository } from '../spec/repository.ts';
import { needs } from '../support/component.ts';
import { postgres, startPostgres } from '../support/postgres.ts';
import { TestRegistry } from '../support/registry.ts';
import { AllRows } from '../support/rows.ts';
import { until } from '../support/until.ts';
import { fillDatabase, known, startOver, unpacked } from './installation.ts';

const isCounted = async (registry: TestRegistry): Promise<boolean> =>
  ((await (await registry.api('GET', '/api/v1/usage')).json()) as { counting: boolean }).counting === false;

/** The steps that the version before knows. */
const EARLIER = Object.fromEntries(Object.entries(MIGRATIONS).filter(([name]) => name < '0010'));

suite('the trash after an upgrade from 6e5a00d', () => {
  test('what was stored before is counted, and the counters are its sums', async () => {
    const data = unpacked('folder.tar.gz');
    await using registry = await TestRegistry.start({ data, apikey: known.folder.owner });
    await until('all is counted', () => isCounted(registry));
    await using rows = await AllRows.open(join(data, DATABASE));
    const sums = Object.fromEntries([...(await summed(rows))].sort());
    assert.deepEqual(Object.fromEntries([...(await counted(rows))].sort()), sums);
    assert.ok(Object.keys(sums).length >= 4);
    const oak = new TestRepository(registry, 'trees/oak');
    await answered(await oak.request('DELETE', `manifests/${known.folder.oakBefore}`), 202);
    assert.deepEqual(
      Object.fromEntries([...(await counted(rows))].sort()),
      Object.fromEntries([...(await summed(rows))].sort()),
    );
  });

  test(
    'beside a replica of the version before nothing goes to the trash; without it everything does, and it cannot start again',
    needs(postgres),
    async () => {
      await using server = await startPostgres();
      const url = await server.createDatabase('upgraded');
      await fillDatabase(url);
      const earlier = new Client({
        connectionString: url,
        application_name: 'tidegate replica 0123456789ab',
      });
      await earlier.connect();
      await using registry = await startOver(url);
      await using rows = await AllRows.open(url);
      const inTrash = async (): Promise<unknown[]> => (await rows.read()).trashed_manifests ?? [];
      const oak = new TestRepository(registry, 'trees/oak');
      await answered(await oak.request('DELETE', `manifests/${known.postgres.oakBefore}`), 202);
      assert.deepEqual(await inTrash(), [], 'that replica would collect what only the trash holds');
      assert.equal(await isCounted(registry), false);
      await earlier.end();
      await until('all is counted', () => isCounted(registry));
      assert.deepEqual(
        Object.fromEntries([...(await counted(rows))].sort()),
        Object.fromEntries([...(await summed(rows))].sort()),
      );
      await answered(await oak.request('DELETE', `manifests/${known.postgres.oak}`), 202);
      assert.equal((await inTrash()).length, 1);
      const db = new Kysely<Schema>({
        dialect: new PostgresDialect({ pool: new Pool({ connectionString: url }) }),
      });
      await assert.rejects(
        migrate(db, 'postgres', EARLIER, []),
        /9040-contract-0040-trash.*start that version/,
      );
      await db.destroy();
    },
  );
});

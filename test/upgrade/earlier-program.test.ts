import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, suite, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Kysely } from 'kysely';
import { DATABASE } from '../../src/config/data-folder.ts';
import { executedMigrations, MIGRATIONS, migrate } from '../../src/database/migrate.ts';
import type { Schema } from '../../src/database/schema.ts';
import { sqliteDialect } from '../../src/database/sqlite-dialect.ts';
import { pushImage } from '../cli/push-image.ts';
import { needs } from '../support/component.ts';
import { freePort } from '../support/free-port.ts';
import { postgres, startPostgres } from '../support/postgres.ts';
import { basic, TestRegistry } from '../support/registry.ts';
import { RegistryProcess } from '../support/registry-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { known, unpacked } from './installation.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
const REFUSAL = /the database belongs to a newer version .*9040-contract-0040-trash.*start that version/;

interface Reached {
  readonly url: string;
}

const pulled = async ({ url }: Reached, tag: string, apikey: string): Promise<number> => {
  const headers = { Authorization: basic('iamapikey', apikey) };
  return (await fetch(`${url}/v2/birds/finch/manifests/${tag}`, { headers })).status;
};

const madeKey = async (registry: RegistryProcess | TestRegistry, iamId: string) => {
  const init = { method: 'POST', body: JSON.stringify({ name: 'k', iam_id: iamId }) };
  const headers = { 'Content-Type': 'application/json' };
  const answer =
    registry instanceof TestRegistry
      ? await registry.api('POST', '/v1/apikeys', { name: 'k', iam_id: iamId })
      : await registry.request('/v1/apikeys', { ...init, headers });
  assert.equal(answer.status, 201);
  return (await answer.json()) as { id: string; apikey: string };
};

/** The program of 6e5a00d itself, and this one. */
suite('O54: the program of 6e5a00d and this one on the same installation', () => {
  const folder = temporaryFolder();
  let earlier = '';

  before(() => {
    earlier = join(unpacked('program.tar.gz'), 'serve.mjs');
  });
  after(() => {
    folder[Symbol.dispose]();
    rmSync(join(earlier, '..'), { recursive: true, force: true });
  });

  test('on SQLite it works on what this version adds to the schema; once this version has served, it refuses with a sentence, and nothing is lost', async () => {
    const program = join(folder.path, 'program.mjs');
    const choose = (path: string): void =>
      writeFileSync(program, `import ${JSON.stringify(pathToFileURL(path))};\n`);
    choose(earlier);
    await using registry = new RegistryProcess({ command: [process.execPath, program, 'serve'] });
    await registry.start();
    await registry.namespaceAdd('birds');
    await pushImage(registry, 'birds/finch', ['1']);
    await registry.kill('SIGTERM');

    const steps = await expanded(join(registry.dataDir, DATABASE));
    assert.ok(steps.has('0095-registry-token-use') && steps.size === Object.keys(MIGRATIONS).length);
    await registry.start();
    assert.equal(await pulled(registry, '1', registry.apikey), 200);
    await pushImage(registry, 'birds/finch', ['2']);
    await registry.kill('SIGTERM');

    choose(main);
    await registry.start();
    for (const tag of ['1', '2']) assert.equal(await pulled(registry, tag, registry.apikey), 200, tag);
    await pushImage(registry, 'birds/finch', ['3']);
    await registry.kill('SIGTERM');

    choose(earlier);
    await assert.rejects(registry.start(), REFUSAL);
    choose(main);
    await registry.start();
    for (const tag of ['1', '2', '3']) assert.equal(await pulled(registry, tag, registry.apikey), 200, tag);
  });

  test(
    'on PostgreSQL both serve side by side: each has what the other pushed, and refuses what the other revoked; when the earlier one has ended it cannot start again',
    needs(postgres),
    async () => {
      await using server = await startPostgres();
      const listen = `127.0.0.1:${await freePort()}`;
      const env = {
        TIDEGATE_DATABASE_URL: await server.createDatabase('beside'),
        TIDEGATE_MASTER_KEY: known.masterKey,
        TIDEGATE_EXTERNAL_URL: `http://${listen}`,
      };
      await using before = new RegistryProcess({
        command: [process.execPath, earlier, 'serve'],
        env: { ...env, TIDEGATE_LISTEN: listen },
      });
      await before.start();
      await before.namespaceAdd('birds');
      await pushImage(before, 'birds/finch', ['1']);
      // a folder of its own, and the same bytes, as a bucket has them
      const data = join(folder.path, 'beside');
      mkdirSync(data, { mode: 0o700 });
      symlinkSync(join(before.dataDir, 'blobs'), join(data, 'blobs'));
      await using beside = await TestRegistry.start({ data, apikey: before.apikey, env });
      assert.equal(await pulled(beside, '1', before.apikey), 200);

      const { iamId } = await before.signIn();
      const made = await madeKey(before, iamId);
      assert.equal(await pulled(beside, '1', made.apikey), 200);
      assert.equal((await before.request(`/v1/apikeys/${made.id}`, { method: 'DELETE' })).status, 204);
      await until('this one refuses it', async () => (await pulled(beside, '1', made.apikey)) === 401);
      const other = await madeKey(beside, iamId);
      assert.equal(await pulled(before, '1', other.apikey), 200);
      assert.equal((await beside.api('DELETE', `/v1/apikeys/${other.id}`)).status, 204);
      await until('that one refuses it', async () => (await pulled(before, '1', other.apikey)) === 401);
      await pushImage(before, 'birds/finch', ['2']);
      assert.equal(await pulled(beside, '2', before.apikey), 200);

      await before.kill('SIGTERM');
      await until('all is counted', async () => {
        const usage = (await (await beside.api('GET', '/api/v1/usage')).json()) as { counting: boolean };
        return usage.counting === false;
      });
      await assert.rejects(before.start(), REFUSAL);
      assert.equal(await pulled(beside, '2', before.apikey), 200);
    },
  );
});

/** Brings the schema of a file to this version, as a start that ends before it serves; answers the steps that it has had. */
const expanded = async (file: string): Promise<Set<string>> => {
  const connection = new DatabaseSync(file);
  const db = new Kysely<Schema>({ dialect: sqliteDialect(connection) });
  try {
    await migrate(db, 'sqlite', MIGRATIONS, []);
    return await executedMigrations(db);
  } finally {
    await db.destroy();
  }
};

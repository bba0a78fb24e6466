import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Client } from 'pg';
import { S3BlobStore } from '../../src/blobs/s3.ts';
import { readBeside } from '../../src/lifecycle/position/beside.ts';
import { runOperator } from '../operate/operator.ts';
import { installations } from '../remote/replica-pair.ts';
import { TestRepository } from '../spec/repository.ts';
import { needs } from '../support/component.ts';
import { postgres } from '../support/postgres.ts';
import { TestRegistry } from '../support/registry.ts';
import { openRows } from '../support/rows.ts';
import { s3 } from '../support/s3.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

type Env = Record<string, string>;

const rowsOf = async (env: Env) => {
  await using db = openRows(env.TIDEGATE_DATABASE_URL ?? '');
  const { value } = await db
    .selectFrom('installation')
    .select('value')
    .where('name', '=', 'blob-store')
    .executeTakeFirstOrThrow();
  const position = await db.selectFrom('storage_position').selectAll().executeTakeFirst();
  return { installation: value, number: position?.number ?? 0 };
};

const besideOf = async (env: Env, installation: string): Promise<number> => {
  await using store = await S3BlobStore.open({ url: env.TIDEGATE_BLOBS_URL ?? '' });
  return (await readBeside(store, installation))[0]?.position.number ?? 0;
};

const pushed = async (registry: TestRegistry, name: string): Promise<void> => {
  const repository = new TestRepository(registry, `birds/${name}`);
  await repository.pushBlob(Buffer.from(`${name} ${Math.random()}`));
};

suite('database and bucket that are not of one time', needs(postgres, s3), () => {
  const { next } = installations();

  /** A copy of the database as it is now, as a dump that is restored. */
  const dump = async (env: Env, name: string): Promise<Env> => {
    const url = new URL(env.TIDEGATE_DATABASE_URL ?? '');
    const template = url.pathname.slice(1);
    const client = new Client(Object.assign(new URL(url), { pathname: 'postgres' }).href);
    await client.connect();
    await client.query(`create database "${name}" template "${template}"`).finally(() => client.end());
    return { ...env, TIDEGATE_DATABASE_URL: Object.assign(new URL(url), { pathname: name }).href };
  };

  test('an old dump beside the newer bucket: no start, and verify tells what to do', async () => {
    const env = await next();
    const registry = await TestRegistry.start({ env });
    await registry.namespaceAdd('birds');
    await pushed(registry, 'old');
    await registry[Symbol.asyncDispose]();
    const old = await dump(env, `old_${Date.now()}`);
    const again = await TestRegistry.start({ env, apikey: registry.apikey });
    await pushed(again, 'new');
    await again[Symbol.asyncDispose]();

    await assert.rejects(
      TestRegistry.start({ env: old, apikey: registry.apikey }),
      /the database is older than the bytes/,
    );
    const settings = { ...old, TIDEGATE_DATA: temporaryFolder().path, ...aws() };
    const found = await runOperator(['verify'], settings);
    assert.equal(found.code, 1, found.stderr);
    assert.match(found.stdout, /^database-older/);
    const accepted = await runOperator(['verify', '--accept'], settings);
    assert.equal(accepted.code, 0, accepted.stdout + accepted.stderr);
    await using restored = await TestRegistry.start({ env: old, apikey: registry.apikey });
    await pushed(restored, 'after');
  });

  test('several replicas that write at once, one of them killed before the bucket knows, raise no alarm', async () => {
    const env = await next();
    const one = await TestRegistry.start({ env });
    const two = await TestRegistry.start({ env, apikey: one.apikey });
    await one.namespaceAdd('birds');
    await Promise.all([one, two].flatMap((each) => ['a', 'b', 'c'].map((name) => pushed(each, name))));
    await Promise.all([one[Symbol.asyncDispose](), two[Symbol.asyncDispose]()]);
    const { number, installation } = await rowsOf(env);
    assert.equal(await besideOf(env, installation), number);
    // each of five killed replicas left a step that the bucket does not have
    await using db = openRows(env.TIDEGATE_DATABASE_URL ?? '');
    await db
      .updateTable('storage_position')
      .set({ number: number + 5 })
      .execute();
    await using third = await TestRegistry.start({ env, apikey: one.apikey });
    await pushed(third, 'd');
    assert.equal(await besideOf(env, installation), number + 5, 'the start has done it');
  });

  test('a bucket that was put back to an older state: no start', async () => {
    const env = await next();
    const registry = await TestRegistry.start({ env });
    await registry.namespaceAdd('birds');
    await registry[Symbol.asyncDispose]();
    await using db = openRows(env.TIDEGATE_DATABASE_URL ?? '');
    await db.updateTable('storage_position').set({ number: 1000 }).execute();
    await assert.rejects(
      TestRegistry.start({ env, apikey: registry.apikey }),
      /the bytes are older than the database/,
    );
  });
});

const aws = (): Env => ({
  AWS_ACCESS_KEY_ID: process.env.AWS_ACCESS_KEY_ID ?? '',
  AWS_SECRET_ACCESS_KEY: process.env.AWS_SECRET_ACCESS_KEY ?? '',
});

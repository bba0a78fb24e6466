import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import { digestOf } from '../../src/oci/digest.ts';
import { needs } from '../support/component.ts';
import { type PostgresServer, postgres, startPostgres } from '../support/postgres.ts';
import { basic, TestRegistry } from '../support/registry.ts';
import { type S3Server, s3, startS3 } from '../support/s3.ts';
import { until } from '../support/until.ts';

suite('quotas and refusals on replicas', needs(postgres, s3), () => {
  let database: PostgresServer;
  let bucket: S3Server;
  let a: TestRegistry;
  let b: TestRegistry;

  before(async () => {
    database = await startPostgres();
    bucket = await startS3();
    Object.assign(process.env, bucket.env);
    const blobs = new URL(bucket.url);
    blobs.pathname = '/quotas';
    const env = {
      TIDEGATE_DATABASE_URL: await database.createDatabase('quotas'),
      TIDEGATE_BLOBS_URL: blobs.href,
      TIDEGATE_EXTERNAL_URL: 'http://registry.test',
      TIDEGATE_MASTER_KEY: randomBytes(32).toString('base64'),
    };
    a = await TestRegistry.start({ env });
    b = await TestRegistry.start({ env });
    await a.namespaceAdd('birds');
  });

  after(async () => {
    await b[Symbol.asyncDispose]();
    await a[Symbol.asyncDispose]();
    await bucket[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  const owner = (): { authorization: string } => ({ authorization: basic('iamapikey', a.apikey) });

  const start = async (registry: TestRegistry): Promise<number> =>
    (await registry.fetch('/v2/birds/a/blobs/uploads/', { method: 'POST', headers: owner() })).status;

  test('a limit set on one replica is known to the other, and what one stores counts on the other at once', async () => {
    await a.api('PATCH', '/api/v1/quotas', { storage_megabytes: 1 }, a.apikey);
    const path = '/api/v1/quotas';
    await until('the other replica knows the limit', async () => {
      const answer = (await (await b.api('GET', path, undefined, a.apikey)).json()) as {
        limit: { storage_bytes: number };
      };
      return answer.limit.storage_bytes === 1_048_576;
    });
    assert.deepEqual([await start(a), await start(b)], [202, 202]);
    const body = randomBytes(1_048_576);
    const put = await a.fetch(`/v2/birds/a/blobs/uploads/?digest=${digestOf(body)}`, {
      method: 'POST',
      headers: { ...owner(), 'content-type': 'application/octet-stream' },
      body,
    });
    assert.equal(put.status, 201);
    assert.deepEqual([await start(b), await start(a)], [403, 403]);
  });

  test('replicas that race for the last room give every upload one clear answer, and none once it is full', async () => {
    await a.api('PATCH', '/api/v1/quotas', { storage_megabytes: 2 }, a.apikey);
    await until('there is room again', async () => (await start(b)) === 202);
    const body = randomBytes(1_048_576);
    const filling = a.fetch(`/v2/birds/b/blobs/uploads/?digest=${digestOf(body)}`, {
      method: 'POST',
      headers: { ...owner(), 'content-type': 'application/octet-stream' },
      body,
    });
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => start(n % 2 ? a : b)));
    assert.equal((await filling).status, 201);
    assert.deepEqual(
      answers.filter((status) => status !== 202 && status !== 403),
      [],
    );
    assert.deepEqual([await start(a), await start(b)], [403, 403]);
  });

  test('a request refused by one replica is explained by the other, after it was written', async () => {
    const response = await a.fetch('/v2/birds/a/manifests/1', {
      headers: { authorization: `Bearer ${await a.bearer('repository:birds/other:pull')}` },
    });
    const id = response.headers.get('x-request-id') ?? '';
    await until(
      'the other replica explains it',
      async () => (await b.api('GET', `/v1/explain/${id}`, undefined, a.apikey)).status === 200,
    );
  });
});

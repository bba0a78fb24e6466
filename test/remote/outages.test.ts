import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { digestOf } from '../../src/oci/digest.ts';
import { type BrittleWay, brittleWay } from '../database/brittle-way.ts';
import { PostgresProxy } from '../database/postgres-proxy.ts';
import { needs } from '../support/component.ts';
import { type PostgresServer, postgres, startPostgres } from '../support/postgres.ts';
import { TestRegistry } from '../support/registry.ts';
import { type S3Server, s3, startS3 } from '../support/s3.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';

suite('an engine that is away for a while', needs(postgres, s3), () => {
  let database: PostgresServer;
  let bucket: S3Server;
  let wayToDatabase: PostgresProxy;
  let wayToBucket: BrittleWay;
  let registry: TestRegistry;

  before(async () => {
    database = await startPostgres();
    bucket = await startS3();
    Object.assign(process.env, bucket.env);
    wayToDatabase = await PostgresProxy.to(await database.createDatabase('outages'));
    wayToBucket = await brittleWay(Number(new URL(bucket.endpoint).port));
    const blobs = new URL(bucket.url);
    blobs.searchParams.set('endpoint', `http://127.0.0.1:${wayToBucket.port}`);
    registry = await TestRegistry.start({
      env: {
        TIDEGATE_DATABASE_URL: wayToDatabase.url,
        TIDEGATE_BLOBS_URL: blobs.href,
        TIDEGATE_EXTERNAL_URL: 'http://registry.test',
        TIDEGATE_MASTER_KEY: randomBytes(32).toString('base64'),
      },
    });
    await registry.namespaceAdd('birds');
  });

  after(async () => {
    wayToDatabase.rejoin();
    wayToBucket.cut();
    await registry[Symbol.asyncDispose]();
    await wayToDatabase[Symbol.asyncDispose]();
    await wayToBucket[Symbol.asyncDispose]();
    await bucket[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  const readiness = async (): Promise<{ status: number; failed: string[] }> => {
    const answer = await registry.fetch('/readyz');
    const { failed } = (await answer.json()) as { failed: string[] };
    return { status: answer.status, failed };
  };

  const READY = { status: 200, failed: [] };

  /** The engine comes back while `request` waits for it. */
  const acrossTheOutage = async (request: Promise<Response>, comeBack: () => void): Promise<Response> => {
    const first = await Promise.race([request, sleep(1500)]);
    assert.equal(first, undefined, 'the request waits for the engine');
    comeBack();
    return request;
  };

  test('PostgreSQL away: not ready and still alive; requests wait for it and are answered', async () => {
    assert.deepEqual(await readiness(), READY);
    wayToDatabase.part();
    assert.deepEqual(await readiness(), { status: 503, failed: ['database'] });
    assert.equal((await registry.fetch('/healthz')).status, 200);
    const manifest = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [] });
    const put = registry.v2('PUT', 'birds/a/manifests/1', {
      headers: { 'Content-Type': INDEX },
      body: manifest,
    });
    const answer = await acrossTheOutage(put, () => wayToDatabase.rejoin());
    assert.equal(answer.status, 201);
    assert.equal(await (await registry.v2('GET', 'birds/a/manifests/1')).text(), manifest);
    assert.deepEqual(await readiness(), READY);
  });

  test('S3 away: not ready and still alive; requests wait for it and are answered', async () => {
    assert.deepEqual(await readiness(), READY);
    wayToBucket.cut(Number.POSITIVE_INFINITY);
    assert.deepEqual(await readiness(), { status: 503, failed: ['blobs'] });
    const bytes = randomBytes(100_000);
    const digest = digestOf(bytes);
    const put = registry.v2('POST', `birds/a/blobs/uploads/?digest=${digest}`, { body: bytes });
    assert.equal((await acrossTheOutage(put, () => wayToBucket.cut())).status, 201);
    const read = await registry.v2('GET', `birds/a/blobs/${digest}`);
    assert.ok(Buffer.from(await read.arrayBuffer()).equals(bytes));
    assert.deepEqual(await readiness(), READY);
  });
});

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { PostgresProxy } from '../database/postgres-proxy.ts';
import { needs } from '../support/component.ts';
import { type PostgresServer, postgres, startPostgres } from '../support/postgres.ts';
import { TestRegistry } from '../support/registry.ts';
import { type S3Server, s3, startS3 } from '../support/s3.ts';
import { type Outcome, observe, percentile, prepareTrial } from './revocations.ts';

const TRIALS = 1000;
/** A person has at most 20 keys. */
const AT_ONCE = 15;

suite('P1 in numbers: revoked on A, asked on B', needs(postgres, s3), () => {
  let database: PostgresServer;
  let bucket: S3Server;
  let proxy: PostgresProxy;
  let a: TestRegistry;
  let b: TestRegistry;

  before(async () => {
    database = await startPostgres();
    bucket = await startS3();
    Object.assign(process.env, bucket.env);
    const url = await database.createDatabase('revocation');
    proxy = await PostgresProxy.to(url);
    const env = {
      TIDEGATE_BLOBS_URL: bucket.url,
      TIDEGATE_EXTERNAL_URL: 'http://registry.test',
      TIDEGATE_MASTER_KEY: randomBytes(32).toString('base64'),
    };
    a = await TestRegistry.start({ env: { ...env, TIDEGATE_DATABASE_URL: url } });
    b = await TestRegistry.start({ env: { ...env, TIDEGATE_DATABASE_URL: proxy.url } });
    await a.namespaceAdd('birds');
  });

  after(async () => {
    for (const each of [a, b, proxy, bucket, database]) await each[Symbol.asyncDispose]();
  });

  const judge = (t: TestContext, outcomes: readonly Outcome[]): void => {
    const waits = outcomes.map(({ lastAccepted }) => lastAccepted);
    const late = outcomes.reduce((sum, each) => sum + each.late, 0);
    const figures = [0.5, 0.99, 1].map(
      (share) => `p${share * 100} ${percentile(waits, share).toFixed(0)} ms`,
    );
    t.diagnostic(`${outcomes.length} revocations, last accepted after: ${figures.join(', ')}`);
    t.diagnostic(`${late} requests were sent later than a second after the revocation`);
    assert.equal(
      outcomes.reduce((sum, each) => sum + each.lateAccepted, 0),
      0,
      'no request sent later than a second after the revocation is accepted',
    );
  };

  test(`${TRIALS} keys deleted on A one by one, asked for on B`, async (t) => {
    const outcomes: Outcome[] = [];
    for (let trial = 0; trial < TRIALS; trial++) {
      outcomes.push(await observe(await prepareTrial(a, b, `k${trial}`), { andLate: false }));
    }
    judge(t, outcomes);
  });

  test(`${TRIALS} keys deleted on A while B hears nothing of the change feed`, async (t) => {
    const outcomes: Outcome[] = [];
    for (let round = 0; outcomes.length < TRIALS; round++) {
      const trials = [];
      for (let trial = 0; trial < AT_ONCE; trial++)
        trials.push(await prepareTrial(a, b, `cut${round}-${trial}`));
      proxy.silenceFeed();
      outcomes.push(...(await Promise.all(trials.map((trial) => observe(trial, { andLate: true })))));
      proxy.resumeFeed();
      await sleep(1000);
    }
    judge(t, outcomes);
  });
});

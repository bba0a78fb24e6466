import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before } from 'node:test';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { TestRegistry } from '../support/registry.ts';
import { type S3Server, startS3 } from '../support/s3.ts';

/** Two replicas of one installation; the owner's key is that of `a`, which started first. */
export interface Pair {
  readonly a: TestRegistry;
  readonly b: TestRegistry;
}

export interface Installations {
  /** Settings of a new installation: what its replicas share. */
  next(): Promise<Record<string, string>>;
  pair(): Promise<Pair>;
  /** Closed before the servers end. */
  readonly opened: AsyncDisposableStack;
}

/** A PostgreSQL and an S3 server for the tests of a suite, with as many installations on them as are wanted. */
export const installations = (): Installations => {
  let database: PostgresServer;
  let bucket: S3Server;
  const opened = new AsyncDisposableStack();
  let count = 0;
  before(async () => {
    database = await startPostgres();
    bucket = await startS3();
    Object.assign(process.env, bucket.env);
  });
  after(async () => {
    await opened.disposeAsync();
    await bucket[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });
  const next = async (): Promise<Record<string, string>> => {
    const name = `replicas_${++count}`;
    const blobs = new URL(bucket.url);
    blobs.pathname = `/${name}`;
    return {
      TIDEGATE_DATABASE_URL: await database.createDatabase(name),
      TIDEGATE_BLOBS_URL: blobs.href,
      TIDEGATE_EXTERNAL_URL: 'http://registry.test',
      TIDEGATE_MASTER_KEY: randomBytes(32).toString('base64'),
    };
  };
  return {
    next,
    opened,
    async pair() {
      const env = await next();
      const a = await TestRegistry.start({ env });
      const b = await TestRegistry.start({ env });
      assert.equal(a.accountId, b.accountId);
      return { a, b };
    },
  };
};

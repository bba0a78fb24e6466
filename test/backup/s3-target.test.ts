import { randomUUID } from 'node:crypto';
import { after, before, suite } from 'node:test';
import { openPlace } from '../../src/backup/target/open.ts';
import { needs } from '../support/component.ts';
import { type S3Server, s3, startS3 } from '../support/s3.ts';
import { targetContract } from './target.contract.ts';

const { skip } = needs(s3);
let server: S3Server;
if (!skip) {
  before(async () => {
    server = await startS3();
    Object.assign(process.env, server.env);
  });
  after(() => server[Symbol.asyncDispose]());
}

suite('a backup target in a bucket', { skip }, () => {
  targetContract(() => {
    const url = new URL(server.url);
    url.pathname = `/backups/${randomUUID()}`;
    return openPlace(url.href);
  });
});

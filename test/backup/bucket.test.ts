import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import { newBytes } from '../spec/content.ts';
import { TestRepository } from '../spec/repository.ts';
import { DAY } from '../support/clock.ts';
import { needs } from '../support/component.ts';
import { type S3Server, s3, startS3 } from '../support/s3.ts';
import { BackedUp } from './backups.ts';

const { skip } = needs(s3);

suite('backups in a bucket', { skip }, () => {
  let server: S3Server;
  before(async () => {
    server = await startS3();
    Object.assign(process.env, server.env);
  });
  after(() => server?.[Symbol.asyncDispose]());

  test('they are made, listed, checked and pruned as those in a folder are', async () => {
    const root = new URL(server.url);
    root.pathname = `/${randomUUID()}`;
    await using backup = await BackedUp.start({ env: { TIDEGATE_BACKUP_ROOT: root.href } });
    const to = `s3://${root.hostname}${root.pathname}/first`;
    await backup.registry.namespaceAdd('birds');
    const robin = new TestRepository(backup.registry, 'birds/robin');
    await robin.pushBlob(newBytes(4000));
    await robin.pushBlob(newBytes(20_000_000));
    const first = await backup.taken(to);
    assert.deepEqual([first.blobs, first.copied.blobs], [3, 3]);
    backup.registry.clock.advance(DAY);
    await robin.pushBlob(newBytes(5000));
    const second = await backup.taken(to);
    assert.deepEqual(second.copied, { blobs: 1, bytes: 5000 });
    const { snapshots, target } = await backup.list(to);
    assert.deepEqual(
      snapshots.map(({ id }) => id),
      [second.snapshot, first.snapshot],
    );
    assert.equal(target, `${to}/`);
    const { findings, end } = await backup.verify({ target: to });
    assert.deepEqual([findings, end.blobs, end.read], [[], 4, true]);
    assert.deepEqual((await backup.prune({ target: to, keep: 1 })).removed, [first.snapshot]);
    assert.deepEqual((await backup.verify({ target: to })).findings, []);
  });
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import test from 'node:test';
import { TestRepository } from '../spec/repository.ts';
import { isEmbedded } from '../support/engines.ts';
import { startRegistryProcess } from '../support/registry-process.ts';
import { storedBytes } from '../support/stored-bytes.ts';
import { Terminal } from './terminal.ts';

test('gc shows what a run would remove, the run, its status, and what holds a digest', async () => {
  await using registry = await startRegistryProcess({ env: { TIDEGATE_GC_GRACE: '1s' } });
  await registry.namespaceAdd('birds');
  const bytes = randomBytes(3000);
  const digest = await new TestRepository(registry, 'birds/robin').pushBlob(bytes);
  using shell = new Terminal();
  await shell.logIn(registry.url, registry.apikey);

  const explained = await shell.run(`gc explain ${digest}`);
  assert.match(
    explained.stdout,
    /^blob +local +2.9 KB, may be removed after \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/m,
  );
  assert.match(explained.stdout, /^link +birds\/robin +no manifest refers to it; last wanted /m);
  const held = JSON.parse((await shell.run(`gc explain ${digest} -o json`)).stdout);
  assert.equal(held.links[0].repository, 'birds/robin');

  let dry = await shell.run('gc run --dry-run');
  // the grace is a second of the server's own clock
  while (!/^Would remove +1 blobs/m.test(dry.stdout)) dry = await shell.run('gc run --dry-run');
  assert.equal(dry.code, 0);
  const run = await shell.run('gc run');
  assert.match(run.stdout, /^Removed +1 blobs, 1 links to blobs$/m);
  assert.match(run.stdout, /^ +2.9 KB in all$/m);
  assert.match(run.stdout, /\nOK\n$/);
  const status = await shell.run('gc status');
  assert.match(status.stdout, /^Outcome +done$/m);
  assert.match(status.stdout, /^EARLIER +OUTCOME +BYTES$/m);
  const { runs } = JSON.parse((await shell.run('gc status -o json')).stdout);
  assert.equal(runs[0].removed.bytes, 3000);
  const gone = await shell.run(`gc explain ${digest}`);
  assert.equal(gone.code, 4, gone.stdout);
  assert.match(gone.stderr, /Nothing here has the digest/);
});

test('verify ends in 0 when everything is intact and in 1 when something is not, on a running server and on a stopped one', async () => {
  await using registry = await startRegistryProcess();
  await registry.namespaceAdd('birds');
  const bytes = randomBytes(100_000);
  const digest = await new TestRepository(registry, 'birds/robin').pushBlob(bytes);
  using shell = new Terminal();
  await shell.logIn(registry.url, registry.apikey);
  const sound = await shell.run('gc verify');
  assert.equal(sound.code, 0, sound.stderr);
  assert.match(sound.stdout, /^1 blobs \(98 KB\) and 0 manifests read\.$/m);
  const offline = (...words: string[]) =>
    spawnSync(process.execPath, ['src/main.ts', 'verify', '--data', registry.dataDir, ...words], {
      encoding: 'utf8',
      env: { ...process.env, ...registry.settings },
    });
  if (isEmbedded())
    assert.match(offline().stderr, /another|running|lock/i, 'the running server has the folder');
  const { TIDEGATE_BLOBS_URL: blobs, TIDEGATE_DATABASE_URL: url } = registry.settings;
  const stored = storedBytes({
    ...{ data: registry.dataDir, blobs },
    database: url ?? join(registry.dataDir, 'tidegate.db'),
  });
  await stored.remove((await stored.keys())[0] ?? '');
  const broken = await shell.run('gc verify');
  assert.equal(broken.code, 1);
  assert.match(broken.stdout, new RegExp(`^bytes-missing +local +${digest} `, 'm'));
  await registry.kill('SIGTERM');
  const stopped = offline();
  assert.equal(stopped.status, 1, stopped.stderr);
  assert.match(stopped.stdout, /^bytes-missing/);
  assert.match(offline('--repair').stdout, /quarantined: push it again\n/);
  assert.equal(offline().status, 0);
  assert.match(offline('nonsense').stderr, /usage: tidegate verify \[--repair\]/);
});

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { BackupRun } from '../../src/wire/backups.ts';
import { Terminal } from '../cli/terminal.ts';
import { runOperator } from '../operate/operator.ts';
import { TestRepository } from '../spec/repository.ts';
import { isEmbedded } from '../support/engines.ts';
import { type RegistryProcess, startRegistryProcess } from '../support/registry-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { endedRun } from './back-up.ts';

const push = async (registry: RegistryProcess, bytes: Buffer): Promise<void> => {
  await new TestRepository(registry, 'birds/robin').pushBlob(bytes);
};

suite('tidegate backup', () => {
  test('a person backs up through the server, looks at it, confirms the key, checks and prunes', async () => {
    using folder = temporaryFolder();
    const master = join(folder.path, 'copy-of-the-key');
    writeFileSync(master, randomBytes(32).toString('base64'));
    await using registry = await startRegistryProcess({
      env: { TIDEGATE_BACKUP_ROOT: folder.path, TIDEGATE_MASTER_KEY_FILE: master },
    });
    await registry.namespaceAdd('birds');
    await push(registry, randomBytes(5000));
    using shell = new Terminal();
    await shell.logIn(registry.url, registry.apikey);

    const taken = await shell.run('backup --to nightly');
    assert.equal(taken.code, 0, taken.stderr);
    assert.match(taken.stdout, /^Backup +\d{8}T\d{6}Z-[0-9a-f]{8}$/m);
    assert.match(taken.stdout, /^Holds +2 blobs, 4\.\d KB$/m);
    assert.match(taken.stderr, /Warning: backups never hold the master key/);
    const other = join(folder.path, 'another');
    writeFileSync(other, randomBytes(32).toString('base64'));
    assert.equal((await shell.run(`backup confirm-key --key-file ${other}`)).code, 1);
    const confirmed = await shell.run(`backup confirm-key --key-file ${master}`);
    assert.match(confirmed.stdout, /It is the key that this installation needs/);
    const again = await shell.run('backup --to nightly');
    assert.equal(again.stderr, '');
    assert.match(again.stdout, /^Copied now +0 blobs, 0 B$/m);

    const listed = await shell.run('backup list --from nightly');
    assert.equal(listed.stdout.match(/^\d{8}T\d{6}Z-[0-9a-f]{8} /gm)?.length, 2);
    const { snapshots } = JSON.parse((await shell.run('backup list --from nightly -o json')).stdout);
    assert.equal(snapshots.length, 2);
    assert.match((await shell.run('backup status')).stdout, /^EARLIER +OUTCOME/m);
    assert.match(
      (await shell.run('backup verify --from nightly')).stdout,
      /2 backups with 2 blobs .* compared\.\n\nOK/,
    );
    const unasked = await shell.run('backup prune --from nightly --keep 1');
    assert.equal(unasked.code, 2);
    assert.match(unasked.stderr, /no terminal to ask on/);
    assert.match(
      (await shell.run('backup prune --from nightly --keep 1 --dry-run')).stdout,
      /1 backups and 0 blobs .* would go/,
    );
    assert.match((await shell.run('backup prune --from nightly --keep 1 -f')).stdout, /went, 1 backups stay/);

    const [path = ''] = readdirSync(join(folder.path, 'nightly/pool'))
      .filter((name) => name !== 'installation')
      .flatMap((name) =>
        readdirSync(join(folder.path, 'nightly/pool', name), { recursive: true, withFileTypes: true })
          .filter((each) => each.isFile())
          .map((each) => join(each.parentPath, each.name)),
      );
    writeFileSync(path, 'damaged');
    const damaged = await shell.run('backup verify --from nightly');
    assert.equal(damaged.code, 1);
    assert.match(damaged.stdout, /^bytes-damaged +pool\//m);
  });

  test('keygen makes a pair: the private key is readable by its owner alone, and nothing is overwritten', async () => {
    using folder = temporaryFolder();
    using shell = new Terminal();
    const path = join(folder.path, 'backup.key');
    const made = await shell.run(`backup keygen ${path}`);
    assert.match(made.stdout, /^Key [0-9a-f]{16}$/m);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.match(readFileSync(path, 'utf8'), /BEGIN PRIVATE KEY/);
    assert.match(readFileSync(`${path}.pub`, 'utf8'), /BEGIN PUBLIC KEY/);
    const before = readFileSync(path, 'utf8');
    assert.equal((await shell.run(`backup keygen ${path}`)).code, 1);
    assert.equal(readFileSync(path, 'utf8'), before);
  });

  test('beside no server the owner of the machine does all of it with --offline, in any folder, sealed or not', async () => {
    using folder = temporaryFolder();
    await using registry = await startRegistryProcess();
    await registry.namespaceAdd('birds');
    await push(registry, randomBytes(5000));
    const run = (...args: string[]) => runOperator(['backup', '--offline', ...args], registry.settings);
    const to = join(folder.path, 'anywhere/backups');
    if (isEmbedded()) {
      const busy = await run('--to', to);
      assert.equal(busy.code, 1);
      assert.match(busy.stderr, /uses the data folder/);
      assert.equal(existsSync(to), false);
    }
    using shell = new Terminal();
    await shell.logIn(registry.url, registry.apikey);
    await registry.kill('SIGTERM');
    const unreachable = await shell.run('backup --to x');
    assert.equal(unreachable.code, 6);
    assert.match(unreachable.stderr, /Where no server runs, 'tidegate backup --offline'/);
    const key = join(folder.path, 'key');
    await shell.run(`backup keygen ${key}`);
    const taken = await run('--to', to, '--backup-public-key-file', `${key}.pub`);
    assert.equal(taken.code, 0, taken.stderr);
    assert.match(taken.stdout, /^\d{8}T\d{6}Z-[0-9a-f]{8} in .*: 2 blobs \(\d+ bytes\), of which 2 \(/);
    assert.match(taken.stderr, /Warning: backups never hold the master key/);
    const read = await run('verify', '--from', to, '--private-key', key);
    assert.equal(read.code, 0, read.stderr);
    assert.match(read.stdout, /1 backups with 2 blobs \(\d+ bytes\) read, 0 faults/);
    if (isEmbedded()) {
      const confirmed = await run('confirm-key', '--key-file', join(registry.dataDir, 'master.key'));
      assert.equal(confirmed.code, 0, confirmed.stderr);
    }
    assert.equal((await run('--to', to)).code, 0);
    assert.match((await run('prune', '--from', to, '--keep', '1', '-f')).stdout, /1 backups stay/);
  });

  test('O6: a server that is killed while it backs up leaves no manifest; the next backup goes on with what was copied', async () => {
    using folder = temporaryFolder();
    await using registry = await startRegistryProcess({ env: { TIDEGATE_BACKUP_ROOT: folder.path } });
    await registry.namespaceAdd('birds');
    for (let each = 0; each < 60; each++) await push(registry, randomBytes(200_000));
    const target = join(folder.path, 'first');
    const begin = () =>
      registry.request('/api/v1/backups', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ to: 'first' }),
      });
    const copied = (): number =>
      existsSync(join(target, 'pool'))
        ? readdirSync(join(target, 'pool'), { recursive: true, withFileTypes: true }).filter((each) =>
            each.isFile(),
          ).length
        : 0;
    assert.equal((await begin()).status, 202);
    await until('five blobs are copied', () => copied() >= 5);
    await registry.kill('SIGKILL');
    const left = copied();
    const whole = existsSync(join(target, 'snapshots'))
      ? readdirSync(join(target, 'snapshots'), { recursive: true }).filter((name) =>
          /manifest/.test(String(name)),
        )
      : [];
    assert.ok(left < 61, 'it was killed on its way');
    assert.deepEqual(whole, []);

    await registry.start();
    const begun = await begin();
    // a replica that shares the database waits for the lease of the one that died
    if (!isEmbedded()) return;
    assert.equal(begun.status, 202, await begun.clone().text());
    const run = await endedRun(registry, ((await begun.json()) as BackupRun).id);
    assert.equal(run.outcome, 'done', run.reason ?? '');
    assert.ok(run.copied.blobs <= 61 - left + 4, `${run.copied.blobs} of 61 were copied, ${left} were there`);
    assert.equal(run.blobs, 61);
    const { runs } = (await (await registry.request('/api/v1/backups')).json()) as { runs: BackupRun[] };
    assert.deepEqual(
      runs.map(({ outcome }) => outcome),
      ['done', 'stopped'],
    );
  });

  test('O7: a full target fails the backup with a clear reason, and the registry goes on', async (t) => {
    using folder = temporaryFolder();
    const root = join(folder.path, 'root');
    mkdirSync(root);
    const { spawn } = await import('node:child_process');
    // the server runs where the root of the backups is a disk of 3 MiB
    const script = `mount -t tmpfs -o size=3m,mode=700 tidegate-test ${root} && exec "$0" src/main.ts serve`;
    const probe = spawn('unshare', ['-m', 'true'], { stdio: 'ignore' });
    const code = await new Promise((resolve) => probe.once('close', resolve).once('error', () => resolve(1)));
    if (code !== 0) return t.skip('needs a mount of tmpfs, which this machine does not allow');
    await using registry = await startRegistryProcess({
      command: ['unshare', '-m', 'sh', '-c', script, process.execPath],
      env: { TIDEGATE_BACKUP_ROOT: root },
    });
    await registry.namespaceAdd('birds');
    for (let each = 0; each < 6; each++) await push(registry, randomBytes(900_000));
    const answer = await registry.request('/api/v1/backups', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ to: 'first' }),
    });
    const run = await endedRun(registry, ((await answer.json()) as BackupRun).id);
    assert.equal(run.outcome, 'failed');
    assert.match(run.reason ?? '', /^the backup target .*first is full; make room/);
    await push(registry, randomBytes(900_000));
    assert.equal((await fetch(`${registry.url}/healthz`)).status, 200);
    await until('the log says so', () => /a backup was not made/.test(registry.logs()));
    rmSync(root, { recursive: true, force: true });
  });
});

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { looksLikeApiKey } from '../../src/identity/api-keys/api-key-secret.ts';
import { needs } from '../support/component.ts';
import { isEmbedded } from '../support/engines.ts';
import { type RegistryProcess, startRegistryProcess } from '../support/registry-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runOnTerminal, runOperator, terminal } from './operator.ts';

/** Where rows and bytes lie elsewhere, no process holds the folder. */
const FOLDER = { skip: isEmbedded() ? false : 'replicas share no folder' };

const TERMINAL = needs(terminal);

/** What the server says reaches us a moment after it listens. */
const heard = async (registry: RegistryProcess, words: RegExp): Promise<void> => {
  while (!words.test(registry.logs())) await sleep(10);
};

test('the first start makes the account and its only credential, in a file only its owner can read', async () => {
  await using registry = await startRegistryProcess({ env: { TIDEGATE_BOOTSTRAP_APIKEY: undefined } });
  const file = join(registry.dataDir, 'owner-apikey');
  const key = readFileSync(file, 'utf8').trim();
  assert.equal(statSync(file).mode & 0o777, 0o600);
  if (registry.settings.TIDEGATE_MASTER_KEY === undefined)
    assert.equal(statSync(join(registry.dataDir, 'master.key')).mode & 0o777, 0o600);
  assert.ok(looksLikeApiKey(key));
  await heard(registry, /docker pull/);
  assert.match(
    registry.logs(),
    /Tidegate listens on http:\/\/127\.0\.0\.1:\d+\nAccount default, id [0-9a-f]{32}\n/,
  );
  assert.ok(
    registry.logs().includes(`docker login -u iamapikey --password-stdin ${registry.host} < ${file}\n`),
  );
  assert.ok(registry.logs().includes(`login -a ${registry.url} --apikey @${file} &&`));
  assert.ok(registry.logs().includes(`API key is in ${file}, which only you can read`));
  assert.ok(!registry.logs().includes(key), 'the key is shown on a terminal only');
  const { accountId } = await registry.signIn(key);
  assert.ok(registry.logs().includes(accountId));
});

for (const command of [['verify'], ['keys', 'list'], ['owner-key-reset']])
  test(`${command.join(' ')} on a folder without an installation is refused and makes none`, async () => {
    using folder = temporaryFolder();
    const mistyped = join(folder.path, 'dta');
    const { code, stderr } = await runOperator([...command, '--data', mistyped]);
    assert.equal(code, 1);
    assert.match(stderr, /there is no installation in .*dta; --data names its folder/);
    assert.ok(!existsSync(mistyped));
  });

test(
  'on a terminal the key is shown and left in the file too, and both commands print where',
  TERMINAL,
  async () => {
    using folder = temporaryFolder();
    const data = join(folder.path, 'data');
    const env = { TIDEGATE_DATA: data, TIDEGATE_LISTEN: '127.0.0.1:0' };
    const file = join(data, 'owner-apikey');
    const started = await runOnTerminal(['serve'], env, () => existsSync(join(data, 'listening')));
    const first = readFileSync(file, 'utf8').trim();
    assert.ok(looksLikeApiKey(first));
    assert.ok(started.includes(first), started);
    assert.ok(started.includes(`API key is in ${file}`), started);
    assert.ok(started.includes(`--apikey @${file}`), started);
    assert.equal(statSync(file).mode & 0o777, 0o600);

    const reset = await runOnTerminal(['owner-key-reset'], env);
    const second = readFileSync(file, 'utf8').trim();
    assert.notEqual(second, first);
    assert.ok(reset.includes(second) && reset.includes(`is in ${file}`), reset);
  },
);

test('the owner key is in its file before the account exists', async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'owner-apikey');
  mkdirSync(file); // what cannot be written stops the start
  const env = { TIDEGATE_DATA: folder.path, TIDEGATE_LISTEN: '127.0.0.1:0' };
  assert.equal((await runOperator(['serve'], env)).code, 1);
  rmSync(file, { recursive: true });
  const { code, stdout } = await runOperator(['serve'], env, async (child) => {
    while (!existsSync(join(folder.path, 'listening'))) await sleep(20);
    child.kill('SIGTERM');
  });
  assert.equal(code, 0);
  assert.match(stdout, /^Account default, id/m, 'the account was not made before');
  assert.ok(looksLikeApiKey(readFileSync(file, 'utf8').trim()));
});

test('a chosen key and account name are taken once, never printed, and a second start says nothing of them', async () => {
  await using registry = await startRegistryProcess({ env: { TIDEGATE_BOOTSTRAP_ACCOUNT: 'acme' } });
  await registry.signIn();
  await heard(registry, /Account acme, id/);
  assert.ok(!existsSync(join(registry.dataDir, 'owner-apikey')));
  await registry.restart();
  await registry.signIn();
  assert.equal(registry.logs().match(/Account acme/g)?.length, 1);
  assert.ok(!registry.logs().includes(registry.apikey));
});

test(
  'of two servers that start on one data folder, one serves and the other names the process that holds it',
  FOLDER,
  async () => {
    await using registry = await startRegistryProcess();
    const second = await runOperator(['serve'], {
      ...registry.settings,
      TIDEGATE_LISTEN: '127.0.0.1:0',
    });
    assert.equal(second.code, 1);
    assert.match(
      second.stderr,
      new RegExp(`another process \\(process ${registry.pid}\\) uses the data folder`),
    );
  },
);

test('a killed server leaves no lock behind', async () => {
  await using registry = await startRegistryProcess();
  await registry.restart('SIGKILL');
  await registry.signIn();
});

test('F43: owner-key-reset: offline only; the new key works, also where single sign-on is required; every old one and what came from it does not', async () => {
  await using registry = await startRegistryProcess();
  const env = registry.settings;
  if (isEmbedded()) {
    const refused = await runOperator(['owner-key-reset'], env);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /stop it first/);
  }

  const { accessToken, accountId } = await registry.signIn();
  const settled = await fetch(`${registry.url}/v1/accounts/${accountId}/settings/identity`, {
    method: 'PUT',
    headers: { Authorization: `Bearer ${accessToken}`, 'If-Match': '*', 'Content-Type': 'application/json' },
    body: JSON.stringify({ sso_required: true, apikeys_bound_to_sign_in: true }),
  });
  assert.equal(settled.status, 200, await settled.text());
  await registry.kill('SIGTERM');
  const reset = await runOperator(['owner-key-reset'], env);
  assert.equal(reset.code, 0, reset.stderr);
  const key = readFileSync(join(registry.dataDir, 'owner-apikey'), 'utf8').trim();
  assert.ok(!reset.stdout.includes(key));
  await registry.start();
  assert.equal((await registry.signIn(key)).accountId, accountId);
  await assert.rejects(registry.signIn(), /401/);
  const old = await fetch(`${registry.url}/api/v1/namespaces`, {
    headers: { Authorization: `Bearer ${accessToken}`, Account: accountId },
  });
  assert.equal(old.status, 401);
});

test('a master key that did not seal the signing keys keeps the server from starting and says so', async () => {
  await using registry = await startRegistryProcess();
  await registry.kill('SIGTERM');
  const other = await runOperator(['serve'], {
    ...registry.settings,
    TIDEGATE_LISTEN: '127.0.0.1:0',
    TIDEGATE_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
  });
  assert.equal(other.code, 1);
  assert.match(other.stderr, /the master key does not open the signing keys/);
});

test('every command of the operator has a help with all settings, and does nothing then', async () => {
  for (const command of ['serve', 'init', 'config', 'owner-key-reset', 'migrate-storage', 'verify']) {
    const { code, stdout, stderr } = await runOperator([command, '--help']);
    assert.deepEqual([code, stderr], [0, ''], command);
    assert.match(stdout, new RegExp(`^Usage: tidegate ${command} .*\\n\\n\\S.*\\.\\n`));
    assert.match(stdout, /^ {2}--data, TIDEGATE_DATA\n {6}\S/m);
  }
});

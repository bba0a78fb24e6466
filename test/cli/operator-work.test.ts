import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runOperator } from '../operate/operator.ts';
import { basic } from '../support/registry.ts';
import { startRegistryProcess } from '../support/registry-process.ts';
import { Owner } from './owner.ts';
import { Terminal } from './terminal.ts';

test('keys lists, rotates and retires the signing keys of the running server, and what a retired one signed is refused at once', async () => {
  await using owner = await Owner.open();
  const { registry } = owner;
  const issued = await registry.api('POST', '/api/v1/tokens?permanent=true&description=build%20server');
  const { token } = (await issued.json()) as { token: string };
  const login = async (): Promise<number> =>
    (await registry.fetch('/oauth/token', { headers: { Authorization: basic('token', token) } })).status;
  const before = await owner.json('keys list');
  registry.clock.advance(1000);
  const key = before.find(({ purpose }: { purpose: string }) => purpose === 'registry-token');
  assert.equal(key.state, 'signs');
  assert.doesNotMatch(JSON.stringify(before), /sealed|secret|private|"d":/);
  assert.match(await owner.says('keys rotate registry-token'), /signs from now on/);
  assert.match(await owner.says('keys list'), new RegExp(`^${key.id} +registry-token .* verifies$`, 'm'));
  assert.equal(await login(), 200);
  const retired = await owner.says(`keys retire -f ${key.id}`);
  assert.match(retired, /is retired/);
  assert.match(retired, /registry token [0-9a-f-]{36} {3}account [0-9a-f]{32} {3}build server/);
  assert.equal(await login(), 401);
  const access = before.find(({ purpose }: { purpose: string }) => purpose === 'access-token');
  await owner.says(`keys retire -f ${access.id}`);
  assert.match(await owner.says('keys list'), new RegExp(`^${access.id} .* retired$`, 'm'));
  const events = await registry.api('GET', '/api/v1/audit/events?account=all&action=tidegate.signing-key.*');
  assert.match(await events.text(), /tidegate\.signing-key\.retire/);
});

test('only the operator sees and changes signing keys', async () => {
  await using owner = await Owner.open();
  const { apikey } = await owner.json('account-create others');
  using shell = new Terminal();
  await shell.logIn(owner.registry.url, apikey);
  for (const line of [
    'keys list',
    'keys rotate bearer',
    'keys retire -f Key-1',
    'accounts',
    'account-suspend -f x',
    'account-resume x',
    'account-delete -f x',
    'account-quota x',
    'account-quota-set x --storage 1',
    'user-reset -f ada@example.com',
  ])
    assert.equal((await shell.run(line, { clock: owner.registry.clock })).code, 5, line);
});

test('accounts are suspended, resumed and deleted by commands, which say when a deleted one goes', async () => {
  await using owner = await Owner.open();
  const { account_id: id } = await owner.json(['account-create', 'Bird watchers']);
  assert.match(await owner.says('accounts'), new RegExp(`^${id} +Bird watchers +ACTIVE`, 'm'));
  const suspended = await owner.says(['account-suspend', '-f', id, '--reason', 'not paid']);
  assert.match(suspended, /The account 'Bird watchers' is suspended since 2026-01-15T12:00Z/);
  assert.match(await owner.says('accounts'), /SUSPENDED .* not paid$/m);
  assert.match(await owner.says(`account-delete -f ${id}`), /goes at 2026-01-22T12:00Z/);
  assert.match(await owner.says(`account-resume ${id}`), /is active/);
  const again = await owner.run(`account-delete -f ${id}`);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /suspend it first/);
  assert.equal((await owner.run(`account-suspend ${id}`)).code, 2, 'a question without a terminal');
});

test('account-quota-set limits an account, and what is not named stays', async () => {
  await using owner = await Owner.open();
  const { account_id: id } = await owner.json(['account-create', 'Bird watchers']);
  await owner.says(`account-quota-set ${id} --storage 100`);
  await owner.says(`account-quota-set ${id} --traffic 5`);
  const told = await owner.says(`account-quota ${id}`);
  assert.match(told, /^Storage +100 MB +100 MB +0 B$/m);
  assert.match(told, /^Pull traffic +5 MB +5 MB +0 B$/m);
  await owner.says(`account-quota-set ${id} --storage unlimited`);
  assert.equal((await owner.json(`account-quota ${id}`)).storage_megabytes, -1);
  assert.equal((await owner.run(`account-quota-set ${id}`)).code, 2);
});

test('user-reset ends what a user logs in with, and says in which accounts', async () => {
  await using owner = await Owner.open();
  const turn = await owner.run('user-reset -f eve@example.com');
  assert.equal(turn.code, 4, turn.stderr);
});

test('keys works on the installation of this machine with --offline or a setting, and without a login', async () => {
  await using registry = await startRegistryProcess();
  using shell = new Terminal();
  await shell.logIn(registry.url, registry.apikey);
  await registry.kill('SIGTERM');
  const loggedIn = { ...registry.settings, TIDEGATE_HOME: shell.home };
  const online = await runOperator(['keys', 'list'], loggedIn);
  assert.equal(online.code, 6, 'the server it is logged in to is stopped');
  const offline = await runOperator(['keys', 'list', '--offline'], loggedIn);
  assert.equal(offline.code, 0, offline.stderr);
  assert.match(offline.stdout, /^Key-\S+ {3}registry-token .* signs$/m);
  const withSetting = await runOperator(
    ['keys', 'list', '--data', registry.settings.TIDEGATE_DATA ?? ''],
    loggedIn,
  );
  assert.equal(withSetting.code, 0, withSetting.stderr);
});

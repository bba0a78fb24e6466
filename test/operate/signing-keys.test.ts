import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basic } from '../support/registry.ts';
import { type RegistryProcess, startRegistryProcess } from '../support/registry-process.ts';
import { runOperator } from './operator.ts';

const keys = async (registry: RegistryProcess, ...words: string[]): Promise<string> => {
  await registry.kill('SIGTERM');
  const { code, stdout, stderr } = await runOperator(['keys', ...words, '--offline'], registry.settings);
  assert.equal(code, 0, stderr);
  await registry.start();
  return stdout;
};

const token = async (registry: RegistryProcess, description: string): Promise<string> => {
  const query = new URLSearchParams({ permanent: 'true', description });
  const response = await registry.request(`/api/v1/tokens?${query}`, { method: 'POST' });
  return ((await response.json()) as { token: string }).token;
};

const login = async (registry: RegistryProcess, value: string): Promise<number> =>
  (await fetch(`${registry.url}/oauth/token`, { headers: { Authorization: basic('token', value) } })).status;

test('a rotated key goes on verifying, a retired one does not, and its tokens are named', async () => {
  await using registry = await startRegistryProcess();
  const old = await token(registry, 'from before');
  const before = await keys(registry, 'list');
  const [, oldKey = ''] = /^(Key-\S+) {3}registry-token .* signs$/m.exec(before) ?? [];
  assert.match(await keys(registry, 'rotate', 'registry-token'), /signs from now on/);
  const young = await token(registry, 'from after');
  assert.equal(await login(registry, old), 200);
  assert.match(await keys(registry, 'list'), new RegExp(`^${oldKey} .* verifies$`, 'm'));

  const retired = await keys(registry, 'retire', oldKey);
  assert.match(retired, /registry token [0-9a-f-]{36} {3}account [0-9a-f]{32} {3}from before/);
  assert.doesNotMatch(retired, /from after/);
  assert.equal(await login(registry, old), 401);
  assert.equal(await login(registry, young), 200);
  const id = JSON.parse(Buffer.from(old.split('.')[1] ?? '', 'base64').toString()).jti;
  const read = await registry.request(`/api/v1/tokens/${id}`);
  assert.equal(read.status, 404);
  assert.match(await read.text(), /was retired/);
});

test('retiring the key that signs access tokens ends them all and leaves a new one to sign', async () => {
  await using registry = await startRegistryProcess();
  const { accessToken, accountId } = await registry.signIn();
  const [, key = ''] = /^(\S+) {3}access-token/m.exec(await keys(registry, 'list')) ?? [];
  await keys(registry, 'retire', key);
  const headers = { Authorization: `Bearer ${accessToken}`, Account: accountId };
  assert.equal((await fetch(`${registry.url}/api/v1/namespaces`, { headers })).status, 401);
  const { keys: published } = (await (await fetch(`${registry.url}/identity/keys`)).json()) as {
    keys: { kid: string }[];
  };
  assert.ok(published.every(({ kid }) => kid !== key));
  assert.equal((await registry.request('/api/v1/namespaces')).status, 200);
});

test('without a login the words are those of a running server: -o json in the shape of the API, and -f', async () => {
  await using registry = await startRegistryProcess();
  const answer = await registry.request('/api/v1/signing-keys');
  const { signing_keys: known } = (await answer.json()) as {
    signing_keys: { id: string; purpose: string }[];
  };
  await registry.kill('SIGTERM');
  const run = async (...words: string[]): Promise<unknown> => {
    const home = { TIDEGATE_HOME: `${registry.dataDir}-no-login` };
    const { code, stdout, stderr } = await runOperator(['keys', ...words], { ...registry.settings, ...home });
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  };
  assert.deepEqual(await run('list', '-o', 'json'), known);
  assert.deepEqual(await run('list', '--offline', '--output=json', '--data', registry.dataDir), known);
  const [{ id, purpose } = { id: '', purpose: '' }] = known;
  const made = (await run('rotate', purpose, '-o', 'json')) as { purpose: string; state: string };
  assert.deepEqual([made.purpose, made.state], [purpose, 'signs']);
  const retired = (await run('retire', id, '-f', '-o', 'json')) as { id: string; state: string };
  assert.deepEqual([retired.id, retired.state], [id, 'retired']);
});

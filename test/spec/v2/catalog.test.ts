import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basic, TestRegistry } from '../../support/registry.ts';
import { answered, assertHeaders, headerOf, refused } from '../answers.ts';
import { newAccount, newRegistryToken } from '../principals.ts';
import { TestRepository } from '../repository.ts';

/** A registry with these repositories, each with a blob. */
const withRepositories = async (...names: string[]): Promise<TestRegistry> => {
  const registry = await TestRegistry.start();
  for (const namespace of new Set(names.map((name) => name.split('/')[0] ?? '')))
    await registry.namespaceAdd(namespace);
  for (const name of names) await new TestRepository(registry, name).pushBlob(Buffer.from('{}'));
  return registry;
};

const catalog = async (
  registry: TestRegistry,
  query = '',
  headers: Record<string, string> = {},
): Promise<{ repositories: string[]; link: string | null }> => {
  const response = await answered(await registry.v2('GET', `_catalog${query}`, { headers }), 200);
  const text = await response.text();
  assertHeaders(response, { 'content-type': 'application/json', 'content-length': String(text.length) });
  return { ...(JSON.parse(text) as { repositories: string[] }), link: response.headers.get('link') };
};

test('catalog: the repositories the caller may read, sorted, and no others', async () => {
  await using registry = await withRepositories('trees/b', 'birds/b', 'birds/a/c', 'birds/a');
  const foreign = await newAccount(registry, 'foreign');
  assert.deepEqual(await catalog(registry, '', { Authorization: foreign }), { repositories: [], link: null });
  const names = ['birds/a', 'birds/a/c', 'birds/b', 'trees/b'];
  assert.deepEqual(await catalog(registry), { repositories: names, link: null });
});

test('catalog: n and last page as they do for tags', async () => {
  await using registry = await withRepositories('birds/a', 'birds/b', 'birds/c');
  assert.deepEqual(await catalog(registry, '?n=2'), {
    repositories: ['birds/a', 'birds/b'],
    link: '</v2/_catalog?n=2&last=birds%2Fb>; rel="next"',
  });
  assert.deepEqual(await catalog(registry, '?n=2&last=birds%2Fb'), { repositories: ['birds/c'], link: null });
  assert.deepEqual(await catalog(registry, '?n=3'), {
    repositories: ['birds/a', 'birds/b', 'birds/c'],
    link: null,
  });
  assert.deepEqual(await catalog(registry, '?last=birds/bb'), { repositories: ['birds/c'], link: null });
  assert.deepEqual(await catalog(registry, '?n=0'), { repositories: [], link: null });
  assert.equal((await catalog(registry, `?n=${'9'.repeat(100)}`)).repositories.length, 3);
  for (const n of ['-1', 'x', '1.5']) {
    await refused(await registry.v2('GET', `_catalog?n=${n}`), 400, 'UNSUPPORTED');
  }
});

test('catalog: a bearer needs the scope registry:catalog:*, and is told so; an anonymous caller gets a challenge', async () => {
  await using registry = await withRepositories('birds/a');
  const repository = new TestRepository(registry, 'birds/a');
  const short = await repository.as('pull', 'GET', '/v2/_catalog');
  assert.match(
    headerOf(short, 'www-authenticate'),
    /,scope="registry:catalog:\*",error="insufficient_scope",error_description="[^"]+"$/,
  );
  await refused(short, 401, 'UNAUTHORIZED');
  const token = await registry.bearer('registry:catalog:*');
  assert.deepEqual((await catalog(registry, '', { Authorization: `Bearer ${token}` })).repositories, [
    'birds/a',
  ]);
  await refused(await registry.fetch('/v2/_catalog'), 401, 'UNAUTHORIZED');
  const { token: anonymous } = (await (
    await registry.fetch('/oauth/token?scope=registry:catalog:*')
  ).json()) as { token: string };
  const headers = { Authorization: `Bearer ${anonymous}` };
  await refused(await registry.fetch('/v2/_catalog', { headers }), 401, 'UNAUTHORIZED');
});

test('catalog: a registry token sees what it may read', async () => {
  await using registry = await withRepositories('birds/a');
  const headers = { Authorization: basic('token', await newRegistryToken(registry)) };
  assert.equal((await registry.v2('GET', 'birds/a/tags/list', { headers })).status, 200);
  assert.deepEqual((await catalog(registry, '', headers)).repositories, ['birds/a']);
});

test('catalog: a repository begins with its first blob and goes with its namespace', async () => {
  await using registry = await withRepositories('birds/a', 'trees/a');
  await new TestRepository(registry, 'birds/b').begin();
  assert.deepEqual((await catalog(registry)).repositories, ['birds/a', 'trees/a']);
  assert.equal((await registry.api('DELETE', '/api/v1/namespaces/birds')).status, 204);
  assert.deepEqual((await catalog(registry)).repositories, ['trees/a']);
});

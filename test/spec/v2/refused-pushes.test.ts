import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TestRegistry } from '../../support/registry.ts';
import { refused } from '../answers.ts';
import { newAccount } from '../principals.ts';

const NOTHING = `sha256:${'0'.repeat(64)}`;

let registry: TestRegistry;
before(async () => {
  registry = await TestRegistry.start();
});
after(() => registry[Symbol.asyncDispose]());

const push = (name: string): Promise<string> => registry.bearer(`repository:${name}/a:pull,push`);

const ask = (token: string, method: string, path: string): Promise<Response> =>
  registry.fetch(`/v2/${path}`, { method, headers: { Authorization: `Bearer ${token}` } });

test('push: what no token would allow is 403 with the sentence that helps; what clients ask with HEAD before is not there yet', async () => {
  const token = await push('missing');
  for (const path of [
    'missing/a/manifests/1',
    `missing/a/blobs/${NOTHING}`,
    `missing/a/manifests/${NOTHING}`,
  ])
    assert.equal((await ask(token, 'HEAD', path)).status, 404, path);
  const uploads = 'missing/a/blobs/uploads/';
  for (const [method, path] of [
    ['POST', uploads],
    ['POST', `${uploads}?mount=${NOTHING}&from=birds/a`],
    ['PUT', 'missing/a/manifests/1'],
    ['PATCH', `${uploads}x`],
  ] as const) {
    const response = await ask(token, method, path);
    assert.equal(response.headers.get('www-authenticate'), null);
    const { message } = await refused(response, 403, 'DENIED');
    assert.match(
      message,
      /allows push on namespace missing; if .* add it: tidegate cr namespace-add missing\.$/,
    );
  }
  // what reads is asked for another token, as before
  for (const [method, path] of [
    ['GET', 'missing/a/manifests/1'],
    ['GET', `missing/a/blobs/${NOTHING}`],
    ['DELETE', 'missing/a/manifests/1'],
  ] as const)
    await refused(await ask(token, method, path), 401, 'UNAUTHORIZED');
  const pull = await registry.bearer('repository:missing/a:pull');
  await refused(await ask(pull, 'GET', 'missing/a/manifests/1'), 401, 'UNAUTHORIZED');
  await refused(await ask(pull, 'POST', uploads), 401, 'UNAUTHORIZED');
});

test('pull: HEAD of what no token would allow is 403 with the sentence that helps in the status line; GET asks for another token', async () => {
  const pull = await registry.bearer('repository:missing/a:pull');
  for (const path of [
    'missing/a/manifests/1',
    `missing/a/manifests/${NOTHING}`,
    `missing/a/blobs/${NOTHING}`,
  ]) {
    const response = await ask(pull, 'HEAD', path);
    assert.equal(response.status, 403, path);
    assert.match(response.statusText, /You need a policy that allows pull on namespace missing\.$/);
    assert.equal(response.headers.get('www-authenticate'), null);
    await refused(await ask(pull, 'GET', path), 401, 'UNAUTHORIZED');
  }
  // of a bearer that was asked for something else, another one may do
  const other = await registry.bearer('repository:missing/b:pull');
  assert.equal((await ask(other, 'HEAD', 'missing/a/manifests/1')).status, 401);
  const Authorization = `Basic ${Buffer.from(`iamapikey:${registry.apikey}`).toString('base64')}`;
  const basic = await registry.fetch('/v2/missing/a/manifests/1', {
    method: 'HEAD',
    headers: { Authorization },
  });
  assert.equal(basic.status, 401);
});

test('pull: once the namespace is added, a bearer from before is 401 to HEAD with the scope to ask for', async () => {
  const before = await registry.bearer('repository:pulled/a:pull');
  assert.equal((await ask(before, 'HEAD', 'pulled/a/manifests/1')).status, 403);
  await registry.namespaceAdd('pulled');
  const again = await ask(before, 'HEAD', 'pulled/a/manifests/1');
  assert.equal(again.status, 401);
  assert.match(again.headers.get('www-authenticate') ?? '', /scope="repository:pulled\/a:pull"/);
});

test('push: once the namespace is added, a bearer from before is 401 with the scope to ask for, and a new one pushes', async () => {
  const before = await push('later');
  await refused(await ask(before, 'POST', 'later/a/blobs/uploads/'), 403, 'DENIED');
  await registry.namespaceAdd('later');
  const again = await ask(before, 'POST', 'later/a/blobs/uploads/');
  assert.match(again.headers.get('www-authenticate') ?? '', /scope="repository:later\/a:pull,push"/);
  await refused(again, 401, 'UNAUTHORIZED');
  assert.equal((await ask(await push('later'), 'POST', 'later/a/blobs/uploads/')).status, 202);
});

for (const [what, bearerFor] of [
  ['push', push],
  ['pull', (name: string) => registry.bearer(`repository:${name}/a:pull`)],
] as const)
  test(`P4: a bearer for a ${what} does not tell that another account added the namespace`, async () => {
    const told = async (token: string, name: string): Promise<string> => {
      const answers = [];
      for (const [method, path] of [
        ['POST', 'blobs/uploads/'],
        ['HEAD', 'manifests/1'],
        ['GET', 'manifests/1'],
      ] as const) {
        const response = await ask(token, method, `${name}/a/${path}`);
        const text = (await response.text()).replace(/"request-id":"[^"]*"/, '').replaceAll(name, 'NAME');
        const challenge = (response.headers.get('www-authenticate') ?? '').replaceAll(name, 'NAME');
        answers.push([response.status, response.statusText.replaceAll(name, 'NAME'), challenge, text]);
      }
      return JSON.stringify(answers);
    };
    const theirs = `theirs${what}`;
    const [absent, earlier] = [await bearerFor('absent'), await bearerFor(theirs)];
    const expected = await told(absent, 'absent');
    assert.equal(await told(earlier, theirs), expected);
    const Authorization = await newAccount(registry, theirs);
    assert.ok(Authorization);
    assert.equal(await told(earlier, theirs), expected, 'added');
    assert.equal(await told(await bearerFor(theirs), theirs), expected, 'a bearer from after it');
  });

test('push: an anonymous caller is told to log in', async () => {
  const scope = 'repository:missing/a:pull,push';
  const { token } = (await (await registry.fetch(`/oauth/token?scope=${scope}`)).json()) as { token: string };
  const { message } = await refused(
    await ask(token, 'POST', 'missing/a/blobs/uploads/'),
    401,
    'UNAUTHORIZED',
  );
  assert.match(message, /docker login/);
  assert.equal((await ask(token, 'HEAD', 'missing/a/manifests/1')).status, 401);
});

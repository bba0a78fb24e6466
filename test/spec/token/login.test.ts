import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MINUTE } from '../../support/clock.ts';
import { isEmbedded } from '../../support/engines.ts';
import { basic, TestRegistry } from '../../support/registry.ts';
import { headerOf, refused } from '../answers.ts';
import { RawConnection } from '../raw-connection.ts';
import { stage, TestRepository } from '../repository.ts';
import { ask, grantOf, post, refusal } from './service.ts';

const on = stage();

test('login: a wrong or empty password is 401 UNAUTHORIZED with the words docker prints, by GET, POST and at /v2/', async () => {
  const said = 'The login credentials are not valid, or your account is not active.';
  for (const [name, password] of [
    ['iamapikey', 'wrong'],
    ['iamapikey', ''],
    ['iamapikey', `${on.registry.apikey}x`],
    ['iamapikey', on.registry.apikey.slice(1)],
    ['iambearer', 'x.y.z'],
    ['iamrefresh', 'x'],
    ['token', 'x'],
  ] as const) {
    const byGet = await ask(on.registry, 'scope=repository:birds/a:pull', basic(name, password));
    assert.equal((await refusal(byGet, 401)).message, said, name);
    const byPost = await post(on.registry, [
      ['grant_type', 'password'],
      ['username', name],
      ['password', password],
    ]);
    assert.equal((await refusal(byPost, 401)).message, said, name);
    const direct = await on.registry.fetch('/v2/', { headers: { Authorization: basic(name, password) } });
    assert.equal((await refused(direct, 401, 'UNAUTHORIZED')).message, said, name);
  }
  const refresh = await post(on.registry, [
    ['grant_type', 'refresh_token'],
    ['refresh_token', 'x'],
  ]);
  assert.equal((await refusal(refresh, 401)).message, said);
});

test('login: an unknown user name is 401 UNSUPPORTED and says which there are', async () => {
  for (const name of ['alice', '', 'IAMAPIKEY', 'iamapikey ', 'root', 'iamapikey\0', '<token>']) {
    const error = await refusal(await ask(on.registry, '', basic(name, on.registry.apikey)), 401);
    assert.equal(error.code, 'UNSUPPORTED', name);
    for (const known of ['iamapikey', 'iambearer', 'iamrefresh'])
      assert.match(error.message, new RegExp(`-u ${known}`));
  }
});

test('login: a header that is not Basic is 401, not an anonymous token', async () => {
  for (const header of ['Bearer x', 'Basic', 'Basic bm8gY29sb24=', 'x', 'Basic \x80']) {
    await refusal(await ask(on.registry, '', header), 401);
  }
});

test('login: a password of 1 MB is refused by its size: 431 in a header, 413 in a form', async () => {
  await using connection = await RawConnection.open(on.registry.url);
  const Authorization = basic('iamapikey', 'x'.repeat(1 << 20));
  const inHeader = await connection.request('GET', '/oauth/token', { Authorization });
  assert.equal(inHeader.status, 431);
  assert.match(JSON.parse(inHeader.body.toString()).errors[0].message, /32 KiB/);
  const inForm = await post(on.registry, [
    ['grant_type', 'password'],
    ['username', 'iamapikey'],
    ['password', 'x'.repeat(1 << 20)],
  ]);
  assert.equal((await refusal(inForm, 413)).code, 'SIZE_INVALID');
});

test('realm: it is the registry’s own address, never the host name a stranger sends', async () => {
  await using connection = await RawConnection.open(on.registry.url);
  const own = `Bearer realm="${on.registry.url}/oauth/token",service="registry"`;
  for (const Host of [
    'evil.example',
    'evil.example:80',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '127.0.0.1@evil.example',
    'x"y',
    '',
    'a'.repeat(1000),
  ]) {
    const { headers } = await connection.request('GET', '/v2/', { Host });
    assert.equal(headers.get('www-authenticate'), own, Host);
  }
  for (const header of ['X-Forwarded-Host', 'Forwarded', 'X-Forwarded-Proto', 'X-Original-Host']) {
    const value = header === 'Forwarded' ? 'host=evil.example;proto=https' : 'evil.example';
    const { headers } = await connection.request('GET', '/v2/', { [header]: value });
    assert.equal(headers.get('www-authenticate'), own, header);
  }
  if (!isEmbedded()) return; // where an external URL is set it is the name of all
  const { port } = new URL(on.registry.url);
  const { headers } = await connection.request('GET', '/v2/', { Host: `localhost:${port}` });
  assert.equal(
    headers.get('www-authenticate'),
    `Bearer realm="http://localhost:${port}/oauth/token",service="registry"`,
  );
});

test('realm: behind a proxy it is the external URL, whatever the Host', async () => {
  await using registry = await TestRegistry.start({
    env: { TIDEGATE_EXTERNAL_URL: 'https://registry.example' },
  });
  await using connection = await RawConnection.open(registry.url);
  for (const Host of ['registry.example', 'evil.example', 'localhost', new URL(registry.url).host]) {
    const { headers } = await connection.request('GET', '/v2/', { Host });
    assert.equal(
      headers.get('www-authenticate'),
      'Bearer realm="https://registry.example/oauth/token",service="registry"',
      Host,
    );
  }
});

test('guessing: who guesses is told to wait after 20 different wrong secrets a minute; the right one always passes', async () => {
  await using registry = await TestRegistry.start();
  const tryKey = async (secret: string, name = 'iamapikey'): Promise<Response> =>
    registry.fetch('/oauth/token', { headers: { Authorization: basic(name, secret) } });
  for (let guess = 0; guess < 20; guess += 1) assert.equal((await tryKey(`guess-${guess}`)).status, 401);
  const told = await tryKey('guess-20');
  assert.equal(told.status, 429);
  assert.match(headerOf(told, 'retry-after'), /^[1-9]\d*$/);
  assert.equal(((await told.json()) as { errors: { code: string }[] }).errors[0]?.code, 'TOOMANYREQUESTS');
  assert.equal((await tryKey(registry.apikey)).status, 200, 'the right secret is never refused');
  assert.equal((await tryKey('x', 'iambearer')).status, 401, 'another name has its own count');
  await using elsewhere = await RawConnection.open(registry.url, '127.0.0.2');
  const other = await elsewhere.request('GET', '/oauth/token', {
    Authorization: basic('iamapikey', 'guess'),
  });
  assert.equal(other.status, 401, 'another address has its own count');
  assert.equal(
    (await registry.v2('GET', '', { headers: { Authorization: basic('iamapikey', 'x') } })).status,
    429,
  );
  registry.clock.advance(MINUTE);
  assert.equal((await tryKey('guess-21')).status, 401, 'the minute is over');
});

test('guessing: a machine that goes on with one key that was deleted does not guess', async () => {
  await using registry = await TestRegistry.start();
  for (let attempt = 0; attempt < 40; attempt += 1) {
    const headers = { Authorization: basic('iamapikey', 'the same wrong key') };
    assert.equal((await registry.fetch('/oauth/token', { headers })).status, 401);
  }
});

test('identity token: it comes only where the operator wants it, with offline_token=true, and works until its key is deleted', async () => {
  await using registry = await TestRegistry.start({ env: { TIDEGATE_IDENTITY_TOKENS: 'true' } });
  await registry.namespaceAdd('birds');
  const { id, apikey } = await registry.createKey();
  const headers = { Authorization: basic('iamapikey', apikey) };
  const plain = await grantOf(await registry.fetch('/oauth/token', { headers }));
  assert.equal(plain.refresh_token, undefined);
  const grant = await grantOf(await registry.fetch('/oauth/token?offline_token=true', { headers }));
  const refresh_token = grant.refresh_token ?? '';
  const use = (): Promise<Response> =>
    registry.fetch('/oauth/token', {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token,
        scope: 'repository:birds/a:pull',
      }),
    });
  assert.equal((await grantOf(await use())).scope, 'repository:birds/a:pull');
  assert.equal((await registry.api('DELETE', `/v1/apikeys/${id}`)).status, 204);
  assert.equal((await use()).status, 401);
});

test('identity token: POST with access_type=offline brings one too, for an API key alone, and a refresh grant no other', async () => {
  await using registry = await TestRegistry.start({ env: { TIDEGATE_IDENTITY_TOKENS: 'true' } });
  const password = (userName: string, secret: string, access_type = 'offline') =>
    post(registry, [
      ['grant_type', 'password'],
      ['service', 'registry'],
      ['client_id', 'containerd-client'],
      ['access_type', access_type],
      ['username', userName],
      ['password', secret],
    ]);
  const { refresh_token = '' } = await grantOf(await password('iamapikey', registry.apikey));
  assert.ok(refresh_token.length > 0);
  const again = await post(registry, [
    ['grant_type', 'refresh_token'],
    ['refresh_token', refresh_token],
    ['access_type', 'offline'],
  ]);
  assert.equal((await grantOf(again)).refresh_token, undefined);
  const { access_token, refresh_token: ofSession } = await registry.login(registry.apikey, 'bx');
  for (const [userName, secret] of [
    ['iambearer', access_token],
    ['iamrefresh', ofSession],
  ] as const)
    assert.equal((await grantOf(await password(userName, secret))).refresh_token, undefined, userName);
  assert.equal((await grantOf(await password('iamapikey', registry.apikey, 'x'))).refresh_token, undefined);
  await using plain = await TestRegistry.start();
  const off = await post(plain, [
    ['grant_type', 'password'],
    ['access_type', 'offline'],
    ['username', 'iamapikey'],
    ['password', plain.apikey],
  ]);
  assert.equal((await grantOf(off)).refresh_token, undefined);
});

test('RFC 9110 11.6.1: every 401 of the token service says that Basic is the way in', async () => {
  const realm = `Basic realm="${on.registry.url}/oauth/token"`;
  for (const response of [
    await ask(on.registry, '', basic('iamapikey', 'x')),
    await ask(on.registry, '', 'Bearer x'),
    await ask(on.registry, '', basic('alice', 'x')),
    await post(on.registry, [
      ['grant_type', 'refresh_token'],
      ['refresh_token', 'x'],
    ]),
  ]) {
    assert.equal(response.status, 401);
    assert.equal(response.headers.get('www-authenticate'), realm);
  }
  const fine = await ask(on.registry, '');
  assert.equal(fine.headers.get('www-authenticate'), null);
});

test('log: no secret of a whole session is logged: keys, tokens, bearers, passwords right and wrong', async () => {
  await using registry = await TestRegistry.start({ env: { TIDEGATE_LOG_LEVEL: 'debug' } });
  await registry.namespaceAdd('birds');
  const { id, apikey } = await registry.createKey();
  const { access_token, refresh_token } = await registry.login(apikey, 'bx');
  const wrong = 'correct-horse-battery-staple';
  const scope = 'repository:birds/a:*';
  const bearers = [
    await registry.bearer(scope, 'iamapikey', apikey),
    await registry.bearer(scope, 'iambearer', access_token),
    await registry.bearer(scope, 'iamrefresh', refresh_token),
  ];
  const repository = new TestRepository(registry, 'birds/a');
  await repository.pushImage('1');
  for (const token of bearers) {
    await repository.request('GET', 'manifests/1', { headers: { Authorization: `Bearer ${token}` } });
    await repository.request('GET', `manifests/1?token=${token}&password=${apikey}`);
    await repository.request('GET', 'manifests/1', { headers: { Authorization: `Bearer ${token}x` } });
  }
  await registry.fetch('/oauth/token', { headers: { Authorization: basic('iamapikey', wrong) } });
  await registry.fetch(`/oauth/token?account=${apikey}&password=${wrong}`, {
    headers: { Authorization: basic(apikey, wrong) },
  });
  await registry.fetch('/oauth/token', {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'password', username: 'iamapikey', password: wrong }),
  });
  await registry.api('DELETE', `/v1/apikeys/${id}`);
  for (const token of bearers)
    await repository.request('GET', 'tags/list', { headers: { Authorization: `Bearer ${token}` } });
  const logged = registry.logged.join('');
  assert.ok(registry.logged.length > 20, 'it is a log');
  assert.match(logged, /manifests\/1/);
  for (const secret of [registry.apikey, apikey, access_token, refresh_token, wrong, ...bearers]) {
    assert.ok(!logged.includes(secret), secret);
    assert.ok(!logged.includes(Buffer.from(secret).toString('base64').slice(0, 24)), `${secret} in base64`);
    assert.ok(!logged.includes(basic('iamapikey', secret).slice('Basic '.length)), `${secret} in Basic`);
  }
});

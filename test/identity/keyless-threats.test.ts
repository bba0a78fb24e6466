import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { issuersFile } from '../../src/config/issuers.ts';
import { HOUR, MINUTE } from '../support/clock.ts';
import { AllRows } from '../support/rows.ts';
import { until } from '../support/until.ts';
import { KeylessLab, REPOSITORY, when } from './keyless-lab.ts';
import { declared, IssuersFile, Platform, SAMPLES } from './platform.ts';

const SECOND = 1000;
const OTHER_KEY = generateKeyPairSync('rsa', { modulusLength: 2048 });

const status = async (lab: KeylessLab, id: string, token: string): Promise<number> =>
  (await lab.exchange(id, token)).status;

test('F2: a token for another audience, or for ours and another one, is refused at every door', async () => {
  await using lab = await KeylessLab.start();
  const { id } = await lab.profile();
  for (const aud of [
    'https://other.example.com',
    ['https://reg.example.com', 'https://other.example.com'],
    undefined,
    [],
  ]) {
    const token = await lab.token({ aud });
    assert.equal(await lab.dockerLogin(id, token), 401, String(aud));
    assert.equal(await status(lab, id, token), 401, String(aud));
  }
});

test('F18: forged tokens are refused: no algorithm, the public key as a secret, keys of the token’s own, critical headers', async () => {
  await using lab = await KeylessLab.start();
  const { id } = await lab.profile();
  const good = await lab.token();
  const [head = '', payload = '', signature = ''] = good.split('.');
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = SAMPLES.github;
  const { platform } = lab;
  const pem = Buffer.from(platform.publicKey.export({ format: 'pem', type: 'spki' }));
  const jwk = OTHER_KEY.publicKey.export({ format: 'jwk' });
  const kid = 'key-1';
  const forged: Record<string, string> = {
    none: `${encode({ alg: 'none' })}.${payload}.`,
    'none with a signature': `${encode({ alg: 'none', kid })}.${payload}.${signature}`,
    HS256: await platform.token(claims, { alg: 'HS256' }, pem),
    jwk: await platform.token(claims, { jwk } as object, OTHER_KEY.privateKey),
    jku: await platform.token(claims, { jku: `${platform.url}/jwks` } as object, OTHER_KEY.privateKey),
    x5c: await platform.token(claims, { x5c: ['AA'] } as object, OTHER_KEY.privateKey),
    crit: `${encode({ alg: 'RS256', kid, crit: ['x'], x: 1 })}.${payload}.${signature}`,
    'another key': await platform.token(claims, {}, OTHER_KEY.privateKey),
    'another kid': await platform.token(claims, { kid: 'other' }),
    'altered claims': `${head}.${encode({ ...claims, repository_id: '1' })}.${signature}`,
    'its iss by another letter': await platform.token({
      ...claims,
      iss: claims.iss.replace('https', 'HTTPS'),
    }),
    'its iss with a port': await platform.token({ ...claims, iss: `${claims.iss}:443` }),
    'no iss': await platform.token({ ...claims, iss: undefined }),
    'no sub': await platform.token({ ...claims, sub: undefined }),
  };
  for (const [what, token] of Object.entries(forged)) assert.equal(await status(lab, id, token), 401, what);
  assert.equal(await status(lab, id, good), 200);
});

test('F19: clocks may differ by 29 seconds and not by 61; a token without an end, of tomorrow, or of a long life is refused', async () => {
  await using lab = await KeylessLab.start();
  const { id } = await lab.profile();
  const times: [number, object][] = [
    [200, { nbf: 29, iat: 29 }],
    [401, { nbf: 61, iat: 0 }],
    [401, { iat: 61 }],
    [200, { exp: -29 }],
    [401, { exp: -61 }],
    [401, { exp: undefined }],
    [401, { iat: undefined, nbf: undefined }],
    [200, { iat: 0, exp: 86_400 }],
    [401, { iat: 0, exp: 86_401 }],
  ];
  for (const [wanted, claims] of times)
    assert.equal(await status(lab, id, await lab.token(claims)), wanted, JSON.stringify(claims));
});

test('F23: a token of 16 KiB is a password; longer ones are refused without being taken apart', async () => {
  await using lab = await KeylessLab.start();
  const { id } = await lab.profile();
  const groups = (length: number): Promise<string> => lab.token({ jti: '1', groups: 'g'.repeat(length) });
  const rest = (await groups(0)).length;
  const large = await groups(Math.floor(((16_384 - rest) * 3) / 4) - 4);
  assert.ok(large.length > 16_300 && large.length <= 16_384, String(large.length));
  assert.equal(await lab.dockerLogin(id, large), 200);
  const larger = await groups(13_000);
  assert.ok(larger.length > 17_000);
  assert.equal(await lab.dockerLogin(id, larger), 401);
  assert.equal(await status(lab, id, large), 200, 'in a form too');
  assert.equal(await status(lab, id, 'a.'.repeat(10_000)), 401);
  assert.equal(await status(lab, id, 'a.'.repeat(500_000)), 413);
  const deep = `${Buffer.from(`{"alg":${'['.repeat(6000)}`).toString('base64url')}.e30.e30`;
  assert.equal(await lab.dockerLogin(id, deep), 401);
});

test('F15: a new key is known within 30 seconds, and a removed one is refused within ten minutes', async () => {
  await using lab = await KeylessLab.start();
  const { id } = await lab.profile();
  assert.equal(await status(lab, id, await lab.token()), 200);
  const before = await lab.token({ exp: 3600 });
  lab.platform.rotate('key-2', true);
  assert.equal(await status(lab, id, await lab.token()), 401, 'within the cooldown');
  lab.registry.clock.advance(30 * SECOND);
  assert.equal(await status(lab, id, await lab.token()), 200);
  assert.equal(await status(lab, id, before), 401);
  lab.platform.rotate('key-3');
  lab.platform.rotate('key-2', true);
  lab.registry.clock.advance(10 * MINUTE + SECOND);
  assert.equal(await status(lab, id, await lab.token()), 200);
});

test('F16: while the issuer is down known keys let workloads in for a day, and a flood of bad tokens asks it twice a minute at most', async () => {
  await using lab = await KeylessLab.start();
  const { id } = await lab.profile();
  assert.equal(await status(lab, id, await lab.token()), 200);
  lab.platform.instead = (_, response) => void response.writeHead(503).end();
  lab.platform.asked.length = 0;
  const bad = await lab.platform.token(SAMPLES.github, { kid: 'unknown' });
  for (let second = 0; second < 60; second += 3) {
    lab.registry.clock.advance(3 * SECOND);
    await Promise.all(Array.from({ length: 20 }, () => status(lab, id, bad)));
  }
  assert.ok(lab.platform.asked.length <= 2, lab.platform.asked.join(' '));
  lab.registry.clock.advance(HOUR);
  assert.equal(await status(lab, id, await lab.token()), 200, 'an hour later');
  lab.registry.clock.advance(24 * HOUR);
  assert.equal(await status(lab, id, await lab.token()), 401, 'a day later');
  lab.platform.instead = undefined;
  lab.registry.clock.advance(MINUTE);
  assert.equal(await status(lab, id, await lab.token()), 200, 'and when it is back');
});

/** Answers without an end until the other side has enough; how many bytes it took. */
const endless = (sent: { bytes: number }) => (_: unknown, response: ServerResponse) => {
  const chunk = Buffer.alloc(65_536, ' ');
  response.writeHead(200, { 'Content-Type': 'application/json' });
  const more = (): void => {
    while (!response.destroyed && sent.bytes < 200 << 20) {
      sent.bytes += chunk.length;
      if (!response.write(chunk)) return void response.once('drain', more);
    }
    response.end();
  };
  more();
};

test('F17: key sets that are endless, elsewhere, no JSON or silent are refused, and others are not held up', async () => {
  const sent = { bytes: 0 };
  const other = await Platform.start('https://gitlab.com', { now: () => Date.UTC(2026, 0, 15, 12) });
  await using _ = other;
  await using lab = await KeylessLab.start('github', (platform) => [
    declared(platform),
    declared(other, { name: 'gitlab', preset: 'gitlab' }),
  ]);
  const { id } = await lab.profile();
  const gitlab = await lab.profile([when('project_id', '22')], { realm_name: 'https://gitlab.com' });
  const answers: Record<string, (request: unknown, response: ServerResponse) => void> = {
    endless: endless(sent),
    'a redirect': (_, response) =>
      void response.writeHead(302, { Location: `${lab.platform.url}/jwks` }).end(),
    HTML: (_, response) => void response.end('<html></html>'),
    'a list': (_, response) => void response.end('[]'),
    silent: () => {},
  };
  for (const [what, answer] of Object.entries(answers)) {
    lab.platform.instead = answer;
    const [refused, served] = await Promise.all([
      lab.token().then((token) => status(lab, id, token)),
      other.token({ ...SAMPLES.gitlab, jti: what }).then((token) => status(lab, gitlab.id, token)),
    ]);
    assert.deepEqual([refused, served], [401, 200], what);
    lab.registry.clock.advance(31 * SECOND);
  }
  assert.ok(sent.bytes < 32 << 20, `${sent.bytes} bytes were sent`);
  const { body } = await lab.owner('GET', '/api/v1/issuers');
  assert.match(body.issuers[0].keys_fault, /abort|timeout/i);
  lab.platform.instead = undefined;
  assert.equal(await status(lab, id, await lab.token()), 200);
});

test('a discovery document that is another issuer’s, or names keys on another host, is refused: no request goes there', async () => {
  const elsewhere = await Platform.start('https://elsewhere', { now: () => 0 });
  await using _ = elsewhere;
  await using lab = await KeylessLab.start();
  const { id } = await lab.profile();
  for (const discovery of [
    { issuer: 'https://token.actions.githubusercontent.com/' },
    { jwks_uri: `${elsewhere.url}/jwks` },
    { jwks_uri: 'http://169.254.169.254/latest' },
    { jwks_uri: 'file:///etc/passwd' },
    { jwks_uri: undefined },
  ]) {
    lab.platform.discovery = discovery;
    assert.equal(await status(lab, id, await lab.token()), 401, JSON.stringify(discovery));
    lab.registry.clock.advance(31 * SECOND);
  }
  assert.deepEqual(elsewhere.asked, []);
  assert.ok(!lab.platform.asked.includes('/jwks'));
});

test('F28: no token and no rule makes the server ask an issuer that the operator has not declared', async () => {
  await using lab = await KeylessLab.start();
  const stranger = await Platform.start('', lab.registry.clock);
  await using _ = stranger;
  const { id } = await lab.profile();
  const claims = { ...SAMPLES.github, iss: stranger.url };
  const token = await stranger.token(claims, { jku: `${stranger.url}/jwks` } as object);
  assert.equal(await status(lab, id, token), 401);
  const rule = lab.rule([REPOSITORY], { realm_name: stranger.url });
  assert.equal((await lab.owner('POST', `/v1/profiles/${id}/rules`, rule)).status, 400);
  assert.deepEqual(stranger.asked, []);
});

test('T7: of two clusters with one iss, a token of one passes no rule for the other', async () => {
  const clock = { now: () => Date.UTC(2026, 0, 15, 12) };
  const iss = SAMPLES.kubernetes.iss;
  await using b = await Platform.start(iss, clock);
  await using lab = await KeylessLab.start('kubernetes', (a) => [
    declared(a, { name: 'a', preset: 'kubernetes', issuer: iss, audiences: ['reg/a'] }),
    declared(b, { name: 'b', preset: 'kubernetes', issuer: iss, audiences: ['reg/b'] }),
  ]);
  const { id } = await lab.profile([when('sub', SAMPLES.kubernetes.sub), when('aud', 'reg/a')]);
  assert.equal(await status(lab, id, await lab.token({ aud: 'reg/a' })), 200);
  for (const aud of ['reg/a', 'reg/b'])
    assert.equal(
      (await status(lab, id, await b.token({ ...SAMPLES.kubernetes, aud }))) >= 401,
      true,
      `b with ${aud}`,
    );
  const open = await lab.owner('POST', `/v1/profiles/${id}/rules`, lab.rule([when('sub', 'x')]));
  assert.equal(open.status, 400, 'a rule that names no audience could mean either');
});

test('the file is read again when it changes: a removed issuer ends its bearers, a file that is not valid changes nothing', async () => {
  await using lab = await KeylessLab.start();
  const { id } = await lab.profile();
  const token = await lab.token();
  const bearer = await lab.bearer(id, token);
  lab.file.text('issuers: [');
  await until('the fault is shown', async () => (await lab.owner('GET', '/api/v1/issuers')).body.file_fault);
  assert.equal(await lab.push(bearer), 202);
  lab.file.write([]);
  await until('the bearer is refused', async () => (await lab.push(bearer)) === 401);
  assert.equal(await lab.dockerLogin(id, token), 401);
  lab.file.write([declared(lab.platform)]);
  const again = await lab.token();
  await until('tokens are let in', async () => (await status(lab, id, again)) === 200);
  assert.equal(await lab.push(bearer), 401, 'what ended stays ended');
});

test('the file is refused with what is wrong in it', () => {
  const good = { name: 'ci', issuer: 'https://ci.example.com', audiences: ['a'] };
  const bad: [object | string, RegExp][] = [
    [{ ...good, audience: 'a' }, /unknown key audience/],
    [{ ...good, audiences: [] }, /audiences/],
    [{ ...good, audiences: undefined }, /audiences/],
    [{ ...good, name: 'a.b' }, /name/],
    [{ ...good, name: undefined }, /name/],
    [{ ...good, preset: 'jenkins' }, /preset must be one of github/],
    [{ ...good, issuer: undefined }, /issuer/],
    [{ ...good, discovery: 'http://ci.example.com/x' }, /https/],
    [{ ...good, issuer: 'ftp://ci.example.com' }, /https/],
    [{ ...good, jwks_file: '/nowhere' }, /cannot be used/],
    [{ ...good, jwks_file: '/nowhere', discovery: true }, /both/],
    [{ ...good, for: ['robots'] }, /workloads and people/],
    [{ ...good, for: ['people'] }, /client_id/],
    [{ ...good, for: ['people'], client_id: 'a' }, /audiences, which are for workloads/],
    [{ ...good, for: ['people', 'workloads'], client_id: 'a' }, /client_id as an audience/],
    [{ ...good, accounts: [] }, /accounts/],
  ];
  for (const [each, says] of bad)
    assert.throws(() => issuersFile(new IssuersFile([each as object]).path), says, JSON.stringify(each));
  assert.throws(() => issuersFile(new IssuersFile([good, good]).path), /two issuers named ci/);
  const twin = { ...good, name: 'other' };
  assert.throws(() => issuersFile(new IssuersFile([good, twin]).path), /its own audience/);
  assert.throws(() => issuersFile('/nowhere.yaml'), /cannot be used/);
  issuersFile(new IssuersFile([good, { ...twin, audiences: ['b'] }]).path);
});

test('an issuer for some accounts lets no other account trust it, and only an operator sees and changes it', async () => {
  await using lab = await KeylessLab.start('github', (platform) => [
    declared(platform, { accounts: ['f'.repeat(32)] }),
  ]);
  await assert.rejects(lab.profile(), /declared for this account/);
  const anonymous = await lab.registry.fetch('/api/v1/issuers');
  assert.equal(anonymous.status, 401);
  assert.equal((await lab.owner('PATCH', '/api/v1/issuers/none', { state: 'disabled' })).status, 404);
});

test('F26: no part of a token is in the database', async () => {
  await using lab = await KeylessLab.start();
  const { id } = await lab.profile();
  const token = await lab.token();
  await lab.bearer(id, token);
  await lab.exchange(id, token);
  await using rows = await AllRows.open(lab.registry.database);
  const all = JSON.stringify(await rows.read());
  assert.ok(all.includes('federated_sessions'));
  for (const part of token.split('.')) assert.ok(!all.includes(part));
});

test('T12: a secret that is too long is refused before it is split or parsed, and deep JSON is no token', async (t) => {
  await using lab = await KeylessLab.start();
  const { id } = await lab.profile();
  const parsed: number[] = [];
  const { parse } = JSON;
  t.mock.method(JSON, 'parse', (text: string, reviver?: never) => {
    // the body of the request that asks for an explanation has the secret as a text
    if (!text.startsWith('{"token"') && (/\[{100}/.test(text) || text.length > 16_384))
      parsed.push(text.length);
    return parse(text, reviver);
  });
  const encode = (text: string): string => Buffer.from(text).toString('base64url');
  const header = encode('{"alg":"RS256"}');
  for (const long of [
    `${header}.${encode('['.repeat(13_000))}.AAAA`,
    '.'.repeat(16_000),
    `${header}.${'.'.repeat(10_000)}`,
    `${header}${'A'.repeat(20_000)}.e30.AAAA`,
  ]) {
    assert.equal(await status(lab, id, long), 401);
    assert.equal(await lab.dockerLogin(id, long), 401);
    const asked = await lab.owner('POST', `/v1/profiles/${id}/rules/explain`, { token: long });
    assert.ok(asked.status === 400 || asked.body.believed === false, JSON.stringify(asked.body));
  }
  assert.deepEqual(parsed, [], 'none of it was parsed');
  const deep = `${header}.${encode('['.repeat(9000))}.AAAA`;
  assert.equal(await lab.dockerLogin(id, deep), 401);
  assert.ok(parsed.length <= 1, 'a token within the bound is parsed once');
  // a header has 32 KiB at most
  const basic = `Basic ${Buffer.from(`${id}:${'A'.repeat(1 << 20)}`).toString('base64')}`;
  const answered = await lab.registry
    .fetch('/v2/', { headers: { Authorization: basic } })
    .then((answer) => answer.status)
    .catch(() => 431);
  assert.equal(answered, 431);
  assert.equal(await status(lab, id, await lab.token()), 200);
});

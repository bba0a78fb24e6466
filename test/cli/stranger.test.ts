/** The client against servers that are not a Tidegate, or are a proxy before one: what it accepts, and what it sends. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { says, startStranger } from './stranger.ts';
import { shows, Terminal, unsigned } from './terminal.ts';

const signedInTo = (endpoint: string): Terminal => {
  const shell = new Terminal();
  shell.pretend(endpoint);
  return shell;
};

test('a redirect is not followed: an API key is sent to the host that was named, and to no other', async () => {
  await using other = await startStranger((_, response) => says(response, 200, {}));
  await using stranger = await startStranger((_, response) =>
    says(response, 307, {}, { location: `${other.url}/identity/token` }),
  );
  using shell = new Terminal();
  shows(await shell.run(`login -a ${stranger.url} --apikey secret`), {
    code: 1,
    stdout: [`Logging in to ${stranger.url}...`, ''],
    stderr: [
      'FAILED',
      `${stranger.url} redirects callers to ${other.url}/identity/token; log in to that address instead.`,
      '(UNEXPECTED_ANSWER)',
    ],
  });
  assert.deepEqual(other.seen, []);
});

test('an answer that is a page of HTML is reported by its status', async () => {
  await using stranger = await startStranger((_, response) => response.writeHead(500).end('<html>'));
  using shell = new Terminal();
  shows(await shell.run(`login -a ${stranger.url} --apikey secret`), {
    code: 1,
    stdout: [`Logging in to ${stranger.url}...`, ''],
    stderr: [
      'FAILED',
      'The server answered with status 500 and without an error this client knows.',
      '(UNEXPECTED_ANSWER)',
    ],
  });
});

test('a successful answer in an unknown shape is an error, and nothing is remembered', async () => {
  for (const body of [{}, [], null, { access_token: 1 }, 'text']) {
    await using stranger = await startStranger((_, response) => says(response, 200, body));
    using shell = new Terminal();
    const turn = await shell.run(`login -a ${stranger.url} --apikey secret`);
    assert.equal(turn.code, 1);
    assert.match(turn.stderr, /answers, but not as a Tidegate does/);
    assert.equal((await shell.run('target')).code, 3);
  }
});

test('a busy server is asked again for reads only', async () => {
  await using stranger = await startStranger((request, response) => {
    if (stranger.seen.length === 1) says(response, 503, {}, { 'retry-after': '0' });
    else if (request.method === 'GET') says(response, 200, ['birds']);
    else says(response, 503, { code: 'CRG0010E', message: 'try again', 'request-id': 'r1' });
  });
  using shell = signedInTo(stranger.url);
  shows(await shell.run('cr namespaces -o json'), { stdout: ['[', '  "birds"', ']'] });
  stranger.seen.length = 0;
  assert.equal((await shell.run('cr namespace-add birds')).code, 1);
  assert.deepEqual(stranger.seen, ['PUT /api/v1/namespaces/birds']);
});

test('pages are read to the last one, by their token and never at an address that the server names', async () => {
  const key = (id: string) => ({
    id,
    entity_tag: '1-0',
    crn: '',
    locked: false,
    created_by: 'IBMid-1',
    created_at: '2026-01-01T00:00+0000',
    name: id,
    iam_id: 'IBMid-1',
    account_id: '',
  });
  await using other = await startStranger((_, response) => says(response, 200, { apikeys: [] }));
  await using stranger = await startStranger(({ url }, response) => {
    const next = `${other.url}/v1/apikeys?pagetoken=second`;
    says(
      response,
      200,
      url?.includes('pagetoken=second') ? { apikeys: [key('b')] } : { apikeys: [key('a')], next },
    );
  });
  using shell = signedInTo(stranger.url);
  shows(await shell.run('iam api-keys'), {
    stdout: [
      'Getting API keys...',
      '',
      'Name   Description   ID   State   Created At              Expires At',
      'a      -             a    -       2026-01-01T00:00+0000   -',
      'b      -             b    -       2026-01-01T00:00+0000   -',
      '',
      'OK',
    ],
  });
  assert.deepEqual(other.seen, []);
});

test('pages of registry tokens are read to the last one, and shown oldest first', async () => {
  const token = (_id: string, created_at: number) => ({
    _id,
    owner: '',
    token: '',
    secondary_owner: '',
    readonly: true,
    revoked: false,
    expiry: 0,
    encrypted_token: '',
    created_at,
  });
  await using stranger = await startStranger(({ url }, response) => {
    const start = new URL(url ?? '', 'http://x').searchParams.get('start');
    if (start === 'a b&c') says(response, 200, { tokens: [token('oldest', 1)] });
    else says(response, 200, { tokens: [token('newest', 3), token('middle', 2)], next: 'a b&c' });
  });
  using shell = signedInTo(stranger.url);
  assert.equal((await shell.run('cr tokens --format {{.ID}}')).stdout, 'oldest\nmiddle\nnewest\n');
  assert.equal(stranger.seen.length, 2);
});

test('a server that names the same page twice is not followed', async () => {
  await using stranger = await startStranger((_, response) =>
    says(response, 200, { tokens: [], next: 'here' }),
  );
  using shell = signedInTo(stranger.url);
  assert.equal((await shell.run('cr tokens')).code, 1);
  assert.equal(stranger.seen.length, 2);
});

test('an account may have more tokens than a call can have arguments', async () => {
  const tokens = Array.from({ length: 140_000 }, (_, index) => ({
    _id: String(index),
    owner: '',
    token: '',
    secondary_owner: '',
    readonly: true,
    revoked: false,
    expiry: 0,
    encrypted_token: '',
  }));
  await using stranger = await startStranger((_, response) => says(response, 200, { tokens }));
  using shell = signedInTo(stranger.url);
  const { stdout, code, stderr } = await shell.run('cr tokens --format {{.ID}}');
  assert.equal(code, 0, stderr);
  assert.ok(stdout.endsWith('\n139998\n139999\n'));
});

test('a registry token that the client cannot read is an error', async () => {
  for (const token of ['', 'a.b.c', `x.${Buffer.from('{"jti":7}').toString('base64url')}.y`]) {
    await using stranger = await startStranger((_, response) => says(response, 200, { token }));
    using shell = signedInTo(stranger.url);
    const turn = await shell.run('cr token-add');
    assert.equal(turn.code, 1);
    assert.match(turn.stderr, /^FAILED\nThe server gave a registry token this client cannot read\.\n/);
  }
});

test('a refused access token is renewed once only', async () => {
  await using stranger = await startStranger(({ url }, response) => {
    if (url === '/identity/token') {
      says(response, 200, {
        access_token: unsigned('y'),
        refresh_token: 'refresh',
        token_type: 'Bearer',
        expires_in: 3600,
        expiration: 4_102_444_800,
      });
    } else says(response, 401, { code: 'CRG0009E', message: 'You are not authorized.', 'request-id': 'r1' });
  });
  using shell = signedInTo(stranger.url);
  shows(await shell.run('cr namespaces -o json'), {
    code: 5,
    stderr: ['FAILED', 'You are not authorized.', '(CRG0009E, request <id>)'],
  });
  assert.deepEqual(stranger.seen, [
    'GET /api/v1/namespaces',
    'POST /identity/token',
    'GET /api/v1/namespaces',
  ]);
  assert.equal(shell.remembered().session?.accessToken, unsigned('y'));
});

test('an access token that another command has renewed is used, and not renewed again', async () => {
  using shell = new Terminal();
  await using stranger = await startStranger(({ headers }, response) => {
    if (headers.authorization === `Bearer ${unsigned('y')}`) return says(response, 200, ['birds']);
    shell.remember({ accessToken: unsigned('y'), refreshToken: 'refresh' });
    says(response, 401, { code: 'CRG0009E', message: 'You are not authorized.', 'request-id': 'r1' });
  });
  shell.remember({ accessToken: unsigned('x'), refreshToken: 'refresh' }, stranger.url);
  shows(await shell.run('cr namespaces -o json'), { stdout: ['[', '  "birds"', ']'] });
  assert.deepEqual(stranger.seen, ['GET /api/v1/namespaces', 'GET /api/v1/namespaces']);
});

test('control characters from the server do not reach the terminal, and JSON stays valid', async () => {
  const name = 'a\u001b[2Jb\u009bc\u202ed';
  await using stranger = await startStranger(({ url }, response) => {
    if (url === '/api/v1/regions') {
      says(response, 200, {
        default: 'r',
        regions: [{ name: 'r', hosts: [], aliases: [], registry: 'host' }],
      });
    } else if (url === '/api/v1/namespaces') says(response, 200, [name]);
    else says(response, 403, { code: 'X', message: name, 'request-id': 'r1' });
  });
  using shell = signedInTo(stranger.url);
  const shown = 'a\ufffd[2Jb\ufffdc\ufffdd';
  assert.match((await shell.run('cr namespaces')).stdout, new RegExp(`^${RegExp.escape(shown)}$`, 'm'));
  shows(await shell.run('cr namespaces -v -o json'), {
    code: 5,
    stderr: ['FAILED', shown, '(X, request <id>)'],
  });
  const json = (await shell.run('cr namespaces -o json')).stdout;
  assert.deepEqual(JSON.parse(json), [name]);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be there
  assert.doesNotMatch(json, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
});

test('a server that cannot be reached ends in 6, with the reason', async () => {
  const gone = await startStranger(() => {});
  const { url } = gone;
  await gone[Symbol.asyncDispose]();
  await using closing = await startStranger((request) => request.socket.destroy());
  using shell = new Terminal();
  const hint = "Check the address and that the server runs; 'bx login -a URL' targets another.";
  for (const [address, reason] of [
    [url, /nothing listens there/],
    ['http://nowhere.invalid', /the host name (?:is not known|could not be looked up)/],
    [closing.url, /the connection was closed/],
    [closing.url.replace('http:', 'https:'), /it does not speak TLS; try http:\/\//],
  ] as const) {
    const turn = await shell.run(['login', '-a', address, '--apikey', 'secret']);
    assert.equal(turn.code, 6);
    const [complaint = '', ...rest] = turn.stderr
      .split('\n')
      .slice(turn.stderr.startsWith('Warning') ? 2 : 1);
    assert.ok(complaint.startsWith(`Cannot reach ${address}: `), complaint);
    assert.match(complaint, reason);
    assert.deepEqual(rest, [hint, '']);
  }
});

test('a key that is sent to another machine without TLS is warned about', async () => {
  using shell = new Terminal();
  const { stderr } = await shell.run('login -a http://nowhere.invalid --apikey secret');
  assert.match(
    stderr,
    /^Warning: http:\/\/nowhere\.invalid is not encrypted; others on the network can read the API key\.\n/,
  );
});

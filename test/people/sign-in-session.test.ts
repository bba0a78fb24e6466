import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { returnPath } from '../../src/http/console/return-path.ts';
import { as, join, PASSWORD } from '../identity/people.ts';
import { HOUR, MINUTE } from '../support/clock.ts';
import { basic, TestRegistry } from '../support/registry.ts';
import { answerOf, type Browser, OWN, PeopleLab } from './people-lab.ts';

const SIGN_UP = { people: { sign_up: { account: '{account}', email_domains: ['example.com'] } } };
const isConsole = (path: string): boolean => path.startsWith('/console');
const JSON_TYPE = { 'Content-Type': 'application/json' };

describe("a person's session in a browser", () => {
  let lab: PeopleLab;

  before(async () => {
    lab = await PeopleLab.start({ company: SIGN_UP });
  });
  after(() => lab[Symbol.asyncDispose]());

  const secretOf = (browser: Browser): string => browser.cookies.get('tidegate') ?? '';

  test('an API key, a password and a one-time code sign in; each sign-in has a new secret and ends the one before', async () => {
    const browser = lab.browser();
    const { email, iamId } = await join(lab.registry, 'session@example.org');
    assert.equal(
      (await browser.post('/console/session', { user_name: email, password: PASSWORD })).status,
      200,
    );
    const first = secretOf(browser);
    const code = await as(lab.registry, await browser.token(), 'POST', '/identity/passcode');
    assert.equal(code.status, 201, JSON.stringify(code.body));
    const other = lab.browser();
    const byCode = await other.post('/console/session', { passcode: code.body.passcode });
    assert.equal(byCode.status, 200, byCode.text);
    assert.equal(byCode.body.user.iam_id, iamId);
    assert.equal(
      (await other.post('/console/session', { passcode: code.body.passcode })).status,
      401,
      'once',
    );
    assert.equal((await browser.post('/console/session', { apikey: lab.registry.apikey })).status, 200);
    assert.notEqual(secretOf(browser), first);
    const old = await lab.browser().get('/console/session', { Cookie: `tidegate=${first}` });
    assert.equal(old.body.signed_in, false, 'the session before is over');
    assert.equal((await other.session()).signed_in, false, 'so is what came from it');
  });

  test('a wrong secret, none, or two of them sign no one in, and guesses are counted', async () => {
    const browser = lab.browser();
    for (const body of [{}, { password: 'x' }, { apikey: 'a', passcode: 'b' }])
      assert.equal((await browser.post('/console/session', body)).status, 400, JSON.stringify(body));
    assert.equal((await browser.post('/console/session', { apikey: 'wrong' })).status, 401);
    assert.equal(secretOf(browser), '');
    let last = 0;
    for (let guess = 0; guess < 25; guess += 1)
      last = (await browser.post('/console/session', { apikey: `guess ${guess}` })).status;
    assert.equal(last, 429);
    await lab.ownersBrowser();
  });

  test("a service ID's key is refused with a sentence, and no session is made", async () => {
    const owner = (await lab.registry.login()).access_token;
    const made = await as(lab.registry, owner, 'POST', '/v1/serviceids', {
      name: 'robot',
      account_id: lab.registry.accountId,
      apikey: { name: 'robot' },
    });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const browser = lab.browser();
    const refused = await browser.post('/console/session', { apikey: made.body.apikey.apikey });
    assert.equal(refused.status, 403);
    assert.match(refused.body.message, /key of a service ID/);
    assert.equal(secretOf(browser), '');
  });

  test('the cookie is kept from scripts and other sites, and only its hash is stored', async () => {
    const answer = await lab.browser().post('/console/session', { apikey: lab.registry.apikey });
    const [cookie = ''] = answer.headers.getSetCookie();
    assert.match(cookie, /^tidegate=tdr_[\w-]{64}; Path=\/console; HttpOnly; SameSite=Strict$/);
    const begun = await lab.browser().get('/console/session/sign-in/company');
    const [attempt = ''] = begun.headers.getSetCookie();
    assert.match(
      attempt,
      /^tidegate-sign-in-[0-9a-f]{16}=[\w-]+; Path=\/console; HttpOnly; SameSite=Lax; Max-Age=600$/,
    );
    if (lab.registry.database.startsWith('/')) {
      const files = ['', '-wal'].map((end) => readFileSync(`${lab.registry.database}${end}`));
      for (const secret of [cookie, attempt].map((each) => /=([\w-]+)/.exec(each)?.[1] ?? ''))
        assert.ok(
          files.every((file) => !file.includes(secret)),
          'the secret is stored',
        );
    }
  });

  test('with TLS the cookies are Secure and of this host alone', async () => {
    await using registry = await TestRegistry.start({
      env: { TIDEGATE_EXTERNAL_URL: 'https://reg.example.com' },
    });
    const answer = await answerOf(
      await registry.fetch('/console/session', {
        method: 'POST',
        headers: { ...OWN, ...JSON_TYPE },
        body: JSON.stringify({ apikey: registry.apikey }),
      }),
    );
    const [cookie = ''] = answer.headers.getSetCookie();
    assert.match(cookie, /^__Host-tidegate=tdr_[\w-]+; Path=\/; Secure; HttpOnly; SameSite=Strict$/);
    assert.equal(answer.headers.get('strict-transport-security'), 'max-age=31536000');
    const signedIn = async (name: string): Promise<boolean> => {
      const value = cookie.slice(cookie.indexOf('=') + 1, cookie.indexOf(';'));
      const { body } = await answerOf(
        await registry.fetch('/console/session', { headers: { Cookie: `${name}=${value}` } }),
      );
      return body.signed_in;
    };
    assert.equal(await signedIn('__Host-tidegate'), true);
    assert.equal(await signedIn('tidegate'), false, 'a sibling host could have set this one');
  });

  test('a cookie alone opens no route of any API: 401 as without it', async () => {
    const browser = await lab.ownersBrowser();
    const cookie = { Cookie: `tidegate=${secretOf(browser)}; __Host-tidegate=${secretOf(browser)}` };
    const routes = lab.registry.routes.flatMap((route) =>
      route.method
        .split(',')
        .filter((method) => /^(GET|POST|PUT|PATCH|DELETE)$/.test(method))
        .map((method) => ({ ...route, method })),
    );
    const asked = routes.filter(({ needs, path }) => needs !== 'anyone' && !isConsole(path));
    assert.ok(asked.length > 100);
    for (const { method, path } of asked) {
      const url = path.replaceAll(/:\w+/g, lab.registry.accountId).replaceAll('*', 'x');
      const response = await lab.registry.fetch(url, {
        method,
        headers: { ...cookie, Account: lab.registry.accountId },
      });
      await response.text();
      assert.equal(response.status, 401, `${method} ${path}`);
    }
    const open = routes.filter(({ needs, path }) => needs === 'anyone' && !isConsole(path));
    for (const { method, path } of open) {
      const url = path.replaceAll(/:\w+/g, 'x');
      const [without, withCookie] = await Promise.all(
        [{}, cookie].map(async (headers) => (await lab.registry.fetch(url, { method, headers })).status),
      );
      assert.equal(withCookie, without, `${method} ${path}`);
    }
    assert.equal((await lab.registry.fetch('/v2/', { headers: cookie })).status, 401);
  });

  test('the secret of a cookie is no password of docker login and no refresh token of a client', async () => {
    const secret = secretOf(await lab.ownersBrowser());
    const response = await lab.registry.fetch('/oauth/token?service=registry', {
      headers: { Authorization: basic('iamrefresh', secret) },
    });
    assert.equal(response.status, 401);
    for (const client of ['bx', undefined]) {
      const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: secret });
      const { status } = await lab.registry.fetch('/identity/token', {
        method: 'POST',
        headers: client === undefined ? {} : { Authorization: basic(client, client) },
        body: form,
      });
      assert.equal(status, 401, client ?? 'no client');
    }
  });

  test('nothing is changed for another site, another port, a form, or a request without the header', async () => {
    const browser = await lab.ownersBrowser();
    const origin = lab.registry.url;
    const wrong: [string, Record<string, string>][] = [
      [
        'another site',
        { ...OWN, ...JSON_TYPE, 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example.com' },
      ],
      ['another port', { ...OWN, ...JSON_TYPE, 'Sec-Fetch-Site': 'same-site', Origin: 'http://127.0.0.1:9' }],
      ['typed', { ...OWN, ...JSON_TYPE, 'Sec-Fetch-Site': 'none' }],
      ['no header', { 'Sec-Fetch-Site': 'same-origin', ...JSON_TYPE }],
      [
        'old browser, another origin',
        { 'X-Tidegate-Console': '1', ...JSON_TYPE, Origin: 'http://127.0.0.1:9' },
      ],
      ['old browser, no origin', { 'X-Tidegate-Console': '1', ...JSON_TYPE }],
      ['old browser, null', { 'X-Tidegate-Console': '1', ...JSON_TYPE, Origin: 'null' }],
    ];
    const calls: [string, string, string?][] = [
      ['POST', '/console/session', JSON.stringify({ apikey: lab.registry.apikey })],
      ['POST', '/console/session/token', '{}'],
      ['POST', '/console/session/link', '{"issuer":"company"}'],
      ['POST', '/console/session/invitation', '{"issuer":"company","code":"tdc_x"}'],
      ['DELETE', '/console/session'],
    ];
    for (const [method, path, body] of calls)
      for (const [why, headers] of wrong) {
        const { 'Content-Type': type, ...others } = headers;
        const sent = body === undefined ? others : headers;
        const answer = await browser.send(method, path, sent, body);
        assert.equal(answer.status, 403, `${why}: ${method} ${path}: ${answer.text} ${type}`);
        assert.deepEqual(answer.headers.getSetCookie(), [], why);
        assert.equal(answer.headers.get('access-control-allow-origin'), null);
      }
    const form = { ...OWN, 'Content-Type': 'application/x-www-form-urlencoded' };
    const sent = await browser.send('POST', '/console/session', form, `apikey=${lab.registry.apikey}`);
    assert.equal(sent.status, 400, 'a form is no JSON');
    const text = { ...OWN, 'Content-Type': 'text/plain' };
    assert.equal((await browser.send('POST', '/console/session/token', text, '{}')).status, 400);
    const old = { 'X-Tidegate-Console': '1', ...JSON_TYPE, Origin: origin };
    assert.equal(
      (await browser.send('POST', '/console/session/token', old, '{}')).status,
      200,
      'our own origin',
    );
    assert.equal((await browser.session()).signed_in, true);
  });

  test('every answer below /console has the headers that keep other pages, frames and scripts out', async () => {
    const browser = await lab.ownersBrowser();
    const answers = [
      await browser.get('/console/session'),
      await browser.post('/console/session', { apikey: 'wrong' }),
      await browser.get('/console/session/nothing-here'),
      await browser.get('/console/session/callback/company?state=x'),
      await browser.get('/console/session/sign-in/company'),
      await browser.signIn('ann'),
      await browser.get('/console/'),
    ];
    for (const { status, headers } of answers) {
      const policy = headers.get('content-security-policy') ?? '';
      assert.match(policy, /default-src 'none'/, String(status));
      assert.match(policy, /frame-ancestors 'none'/);
      assert.doesNotMatch(policy, /unsafe|\*/);
      assert.equal(headers.get('x-frame-options'), 'DENY');
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin');
      assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin');
      assert.equal(headers.get('referrer-policy'), 'same-origin');
      assert.equal(headers.get('access-control-allow-origin'), null);
      assert.equal(headers.get('strict-transport-security'), null, 'not without TLS');
    }
  });

  test('a session ends after its idle time, a page that asks by itself does not keep it awake, and using it does', async () => {
    const used = await lab.ownersBrowser();
    const polled = await lab.ownersBrowser();
    const token = await polled.token();
    const background = { 'X-Tidegate-Background': '1' };
    for (let minutes = 0; minutes < 150; minutes += 30) {
      lab.registry.clock.advance(30 * MINUTE);
      assert.equal((await used.session()).signed_in, true, `after ${minutes}`);
      await polled.session(background);
      await polled.post('/console/session/token', {}, background);
      await as(lab.registry, token, 'GET', '/identity/userinfo', undefined, background);
    }
    assert.equal((await used.session()).signed_in, true);
    assert.equal((await polled.session()).signed_in, false);
    lab.registry.clock.advance(24 * HOUR);
    assert.equal((await used.session()).signed_in, false, 'at the latest after a day');
  });

  test('an access token lives a quarter of an hour and ends with its session; the session is in the list of the person', async () => {
    const browser = await lab.ownersBrowser();
    const { body } = await browser.post('/console/session/token');
    assert.equal(body.expires_in, 900);
    const listed = await as(lab.registry, body.access_token, 'GET', '/v1/sessions');
    const current = listed.body.sessions.find((each: { current: boolean }) => each.current);
    assert.equal(current.client_id, 'console');
    const ended = await as(lab.registry, body.access_token, 'PATCH', `/v1/sessions/${current.id}/state`, {
      state: 'invalid',
    });
    assert.equal(ended.status, 204, JSON.stringify(ended.body));
    assert.equal((await as(lab.registry, body.access_token, 'GET', '/v1/sessions')).status, 401);
    const over = await browser.post('/console/session/token');
    assert.equal(over.status, 401);
    assert.match(over.headers.getSetCookie()[0] ?? '', /^tidegate=; .*Max-Age=0/);
  });

  test('after a sign-in a browser goes to a path below /console/ and nowhere else', async () => {
    const ours = lab.registry.url;
    const wrong = [
      '//evil.example.com/console/',
      '/\\evil.example.com',
      '/%5cevil.example.com',
      '/console/%2e%2e/v2/',
      '/console/..//evil.example.com',
      '/console/../v2/',
      '/console//evil.example.com',
      '/console/\\..\\..\\evil',
      '/console/%2f/evil',
      '/console',
      '/consolex/',
      'console/',
      'https:evil.example.com',
      'https://evil.example.com/console/',
      'javascript:alert(1)',
      'data:text/html,x',
      `${ours.replace('//', '//user@')}/console/x`,
      '/console/session/sign-in/company',
      '/console/session',
      '',
    ];
    for (const path of wrong) assert.equal(returnPath(path, ours), '/console/', path);
    assert.equal(returnPath(undefined, ours), '/console/');
    assert.equal(returnPath('/console/device?user_code=A-B', ours), '/console/device?user_code=A-B');
    assert.equal(returnPath(`${ours}/console/x#y`, ours), '/console/x');
    assert.equal(returnPath('/console/x?next=//evil', ours), '/console/x?next=//evil');
    for (const path of ['//evil.example.com/console/', '/console/passcode']) {
      const page = await lab.browser().signIn('ann', 0, `?return=${encodeURIComponent(path)}`);
      assert.equal(page.headers.get('refresh'), `0;url=${path.startsWith('//') ? '/console/' : path}`);
    }
  });
});

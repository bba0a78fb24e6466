import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { grant, join, PASSCODE, PASSWORD, read } from '../identity/people.ts';
import { MINUTE } from '../support/clock.ts';
import { TestRegistry } from '../support/registry.ts';
import { Headless } from './headless.ts';

const PAGES = ['/console/device', '/console/passcode'];
const CALLBACK = 'http://127.0.0.1:4321/callback';
const CHALLENGE = 'A'.repeat(43);

const authorization = (more: Readonly<Record<string, string>> = {}): URLSearchParams =>
  new URLSearchParams({
    response_type: 'code',
    client_id: 'tidegate-cli',
    redirect_uri: CALLBACK,
    state: 'its-state',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    machine_name: 'ada-laptop',
    ...more,
  });

describe('pages that let a command line in', () => {
  let registry: TestRegistry;

  before(async () => {
    registry = await TestRegistry.start();
  });
  after(() => registry[Symbol.asyncDispose]());

  const at = (path: string): string => new URL(path, registry.url).href;

  const owner = async (language?: string): Promise<Headless> => {
    const browser = new Headless(language);
    await browser.signIn(registry.url, { apikey: registry.apikey });
    return browser;
  };

  const begin = async (fields: Record<string, string> = {}) => {
    const { body } = await read(
      await registry.fetch('/identity/device_authorization', {
        method: 'POST',
        body: new URLSearchParams({ client_id: 'tidegate-cli', ...fields }),
      }),
    );
    return body as { device_code: string; user_code: string; verification_uri_complete: string };
  };

  const poll = async (deviceCode: string): Promise<string> => {
    registry.clock.advance(60_000);
    const { body } = await grant(registry, {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: deviceCode,
      client_id: 'tidegate-cli',
    });
    return body.error ?? 'tokens';
  };

  test('pages without a script, which cannot be framed, load nothing from elsewhere and are not kept', async () => {
    const person = await owner();
    for (const path of [...PAGES, `/console/authorize?${authorization()}`]) {
      const { status, headers, text } = await person.open(at(path));
      assert.equal(status, 200, `${path} ${text}`);
      const policy = headers.get('content-security-policy') ?? '';
      assert.match(policy, /^default-src 'none'; /, path);
      assert.match(policy, /frame-ancestors 'none'/, path);
      assert.doesNotMatch(policy, /unsafe|script-src|\*/, path);
      assert.equal(headers.get('x-frame-options'), 'DENY', path);
      assert.equal(headers.get('cache-control'), 'no-store', path);
      assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
      assert.doesNotMatch(text, /<script|<iframe|<img| on[a-z]+=| style=/i, path);
    }
  });

  test('a person who is not signed in sees nothing but where to sign in, and changes nothing', async () => {
    const stranger = new Headless();
    const { device_code: deviceCode, user_code: userCode } = await begin({ machine_name: 'secret-machine' });
    for (const path of [
      ...PAGES,
      `/console/device?user_code=${userCode}`,
      `/console/authorize?${authorization()}`,
    ]) {
      const page = await stranger.open(at(path));
      assert.equal(page.status, 401, path);
      assert.match(page.text, /<h1>Sign in<\/h1>/);
      assert.doesNotMatch(page.text, /secret-machine/);
    }
    const own = { 'Sec-Fetch-Site': 'same-origin' };
    const fields = new URLSearchParams({ user_code: userCode, answer: 'allow' });
    assert.equal((await stranger.post(at('/console/device'), fields, own)).status, 401);
    assert.equal((await stranger.post(at('/console/passcode'), fields, own)).status, 401);
    const allow = authorization({ answer: 'allow' });
    assert.equal((await stranger.post(at('/console/authorize'), allow, own)).status, 401);
    assert.equal(await poll(deviceCode), 'authorization_pending');
  });

  test('F48: the page shows which program asks, on which machine, from where and when, and as whom', async () => {
    const { user_code: userCode } = await begin({ machine_name: 'ada-laptop' });
    const person = await owner();
    const form = await person.open(at('/console/device'));
    // case, dashes and spaces do not count
    const typed = ` ${userCode.toLowerCase().replace('-', ' ')} `;
    const { text } = await person.submit(form, { user_code: typed });
    for (const shown of [
      'Tidegate command line',
      'ada-laptop',
      '127.0.0.1',
      '2026-01-15 ',
      'UTC',
      'Signed in as',
    ])
      assert.ok(text.includes(shown), `${shown}\n${text}`);
  });

  test('the address that holds the code fills the form in and decides nothing: a person clicks twice', async () => {
    const { device_code: deviceCode, user_code: userCode, verification_uri_complete: link } = await begin();
    const person = await owner();
    const form = await person.open(link);
    assert.ok(form.text.includes(`value="${userCode}"`), form.text);
    assert.equal(await poll(deviceCode), 'authorization_pending');
    const asked = await person.submit(form);
    assert.match(asked.text, /A login is waiting/);
    assert.equal(await poll(deviceCode), 'authorization_pending');
    await person.submit(asked, { answer: 'allow' });
    assert.equal(await poll(deviceCode), 'tokens');
  });

  test('a form of another site, another port or no site is refused, with the cookie of the person and without', async () => {
    const { device_code: deviceCode, user_code: userCode } = await begin();
    const person = await owner();
    const foreign = [
      { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' },
      { 'Sec-Fetch-Site': 'same-site', Origin: 'http://127.0.0.1:1' },
      { 'Sec-Fetch-Site': 'none' },
      { Origin: 'https://evil.example' },
      { Origin: 'http://127.0.0.1:1' },
      { Origin: 'null' },
      {},
    ] as const;
    for (const headers of foreign)
      for (const [path, fields] of [
        ['/console/device', new URLSearchParams({ user_code: userCode, answer: 'allow' })],
        ['/console/passcode', new URLSearchParams()],
        ['/console/authorize', authorization({ answer: 'allow' })],
      ] as const) {
        const page = await person.post(at(path), fields, headers);
        assert.equal(page.status, 403, `${path} ${JSON.stringify(headers)}`);
        assert.doesNotMatch(page.text, /tdc_/);
      }
    assert.equal(await poll(deviceCode), 'authorization_pending');
    // where a browser sends no Sec-Fetch-Site, the origin is enough
    const fields = new URLSearchParams({ user_code: userCode, answer: 'allow' });
    const own = await person.post(at('/console/device'), fields, { Origin: registry.url });
    assert.equal(own.status, 200, own.text);
    assert.equal(await poll(deviceCode), 'tokens');
  });

  test('what a machine is called is text on every page, without what cannot be seen', async () => {
    const hostile = [
      `<script>alert(1)</script>`,
      `"><img src=x onerror=alert(1)>`,
      `'</bdi></dd><form action=https://evil.example>`,
      'safe\u202egnitaresbo\u2066\u0000\r\nX: y',
    ];
    const person = await owner();
    for (const machine of hostile) {
      const { user_code: userCode } = await begin({ machine_name: machine });
      const device = await person.submit(await person.open(at('/console/device')), { user_code: userCode });
      const local = await person.open(at(`/console/authorize?${authorization({ machine_name: machine })}`));
      for (const { text, status } of [device, local]) {
        assert.equal(status, 200, text);
        assert.doesNotMatch(text, /<script|<img|evil\.example>|<\/bdi><\/dd>|[\u202e\u2066\0]/, text);
        assert.equal(text.match(/<form/g)?.length, 1, text);
      }
    }
    const long = await begin({ machine_name: 'x'.repeat(5000) });
    const page = await person.submit(await person.open(at('/console/device')), { user_code: long.user_code });
    assert.doesNotMatch(page.text, /x{101}/);
  });

  test('what a person typed as a code is text, too', async () => {
    const person = await owner();
    const markup = '"><script>alert(1)</script>';
    const page = await person.open(at(`/console/device?user_code=${encodeURIComponent(markup)}`));
    assert.doesNotMatch(page.text, /<script/);
    assert.doesNotMatch((await person.submit(page)).text, /<script/);
  });

  test('F48: a person who guesses codes is stopped, also at a right one, and others go on', async () => {
    const guesser = await join(registry, 'guesser@example.com');
    const [browser, other] = [new Headless(), await owner()];
    await browser.signIn(registry.url, { user_name: guesser.email, password: PASSWORD });
    const { device_code: deviceCode, user_code: userCode } = await begin();
    const form = await browser.open(at('/console/device'));
    const statuses: number[] = [];
    for (const letter of 'BCDFGHJKLMNPQRSTVWXZBCDFGHJKLMNPQRSTVWXZ')
      statuses.push((await browser.submit(form, { user_code: letter.repeat(8) })).status);
    assert.deepEqual([statuses[0], statuses.at(-1)], [400, 429]);
    assert.equal((await browser.submit(form, { user_code: userCode })).status, 429, 'a right one');
    assert.equal((await other.submit(form, { user_code: userCode, answer: 'allow' })).status, 200);
    assert.equal(await poll(deviceCode), 'tokens');
    registry.clock.advance(10 * MINUTE);
    const later = await begin();
    assert.equal((await browser.submit(form, { user_code: later.user_code })).status, 200);
  });

  test('F45: a passcode of the page logs in once, and ends with the session of the browser', async () => {
    const person = await owner();
    const made = await person.submit(await person.open(at('/console/passcode')));
    const [passcode = ''] = /tdc_[\w-]+/.exec(made.text) ?? [];
    assert.ok(passcode, made.text);
    const use = { grant_type: PASSCODE, passcode, machine_name: 'ada-laptop' };
    const { status, body } = await grant(registry, use, 'bx');
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal((await grant(registry, use, 'bx')).status, 401);
    const whose = () =>
      registry.fetch('/identity/userinfo', { headers: { Authorization: `Bearer ${body.access_token}` } });
    assert.equal((await whose()).status, 200);
    await person.signOut(registry.url);
    assert.equal((await whose()).status, 401);
  });

  test("a browser at IBM's passcode endpoint comes to the page; a program gets words", async () => {
    const person = await owner();
    const page = await person.open(at('/identity/passcode'));
    assert.equal(new URL(page.url).pathname, '/console/passcode');
    const words = await registry.fetch('/identity/passcode', { headers: { Accept: 'application/json' } });
    assert.equal(words.status, 200);
  });

  test('pages are in Korean for a browser that asks for it', async () => {
    const person = await owner('ko-KR,ko;q=0.9,en;q=0.8');
    for (const path of [...PAGES, `/console/authorize?${authorization()}`]) {
      const { text } = await person.open(at(path));
      assert.match(text, /<html lang="ko">/, path);
      assert.match(text, /[가-힣]/, path);
    }
    const stranger = new Headless('ko');
    assert.match((await stranger.open(at('/console/device'))).text, /<h1>로그인<\/h1>/);
  });

  test('no log has a code: not of the form, nor of the address that holds one', async () => {
    const before = registry.logged.length;
    const { device_code: deviceCode, user_code: userCode, verification_uri_complete: link } = await begin();
    const person = await owner();
    await person.submit(await person.submit(await person.open(link)), { answer: 'allow' });
    await poll(deviceCode);
    const consent = await person.open(at(`/console/authorize?${authorization()}`));
    await person.submit(consent, { answer: 'allow' }).catch(() => undefined);
    const code = new URL(person.visited.at(-1) ?? '').searchParams.get('code');
    assert.match(code ?? '', /^tdc_/);
    const log = registry.logged.slice(before).join('\n');
    assert.ok(log.includes('/console/device'), 'the pages are logged');
    for (const secret of [deviceCode, userCode, code ?? '']) assert.ok(!log.includes(secret), secret);
  });
});

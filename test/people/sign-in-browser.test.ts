import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { type Browser, chromium, startChromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { PeopleLab } from './people-lab.ts';

const SIGN_UP = { people: { sign_up: { account: '{account}', email_domains: ['example.com'] } } };

describe('signing in with a real browser', needs(chromium), () => {
  let lab: PeopleLab;
  let browser: Browser;

  before(async () => {
    lab = await PeopleLab.start({ company: SIGN_UP });
    // the browser drops cookies that have expired by its own clock
    lab.registry.clock.advance(Date.now() - lab.registry.clock.now());
    browser = await startChromium();
  });
  after(async () => {
    await browser[Symbol.asyncDispose]();
    await lab[Symbol.asyncDispose]();
  });

  const at = (path: string): string => `${lab.registry.url}${path}`;

  const signIn = async (page: Page, user: string): Promise<void> => {
    await page.getByRole('link', { name: /company/ }).click();
    await page.locator('input[name=login]').fill(user);
    await page.locator('input[name=password]').fill('any');
    await page.locator('button[type=submit]').click();
    await page.waitForURL(/\/console\/(?!session)/);
  };

  /** Cookies do not know ports: the provider's are not ours. */
  const ours = async (path: string) =>
    (await browser.context.cookies(at(path))).filter(({ name }) => name.startsWith('tidegate'));

  /** A page of another site: 127.0.0.1 on another port. */
  const otherSite = async (html: string): Promise<AsyncDisposable & { url: string }> => {
    const server = createServer((_, response) => response.setHeader('Content-Type', 'text/html').end(html));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      async [Symbol.asyncDispose]() {
        server.closeAllConnections();
        server.close();
      },
    };
  };

  test('a person goes to the provider and comes back to the page they wanted, signed in by a strict cookie', async () => {
    const page = await browser.context.newPage();
    const violations: string[] = [];
    page.on('console', (message) => {
      if (/Content Security Policy/i.test(message.text())) violations.push(message.text());
    });
    await page.goto(at('/console/passcode'));
    await signIn(page, 'ann');
    assert.equal(page.url(), at('/console/passcode'));
    assert.match((await page.textContent('main')) ?? '', /ann@example\.com/);
    const [cookie, ...others] = await ours('/console/');
    assert.equal(cookie?.name, 'tidegate');
    assert.deepEqual(others, [], "the attempt's cookie is gone");
    assert.equal(cookie?.httpOnly, true);
    assert.equal(cookie?.sameSite, 'Strict');
    assert.equal(await page.evaluate('document.cookie'), '');
    assert.deepEqual(await ours('/v2/'), [], 'no API gets the cookie');
    assert.deepEqual(violations, []);
    await page.close();
  });

  test('the session is there after a reload and in another tab', async () => {
    const page = await browser.context.newPage();
    await page.goto(at('/console/passcode'));
    await page.reload();
    assert.match((await page.textContent('main')) ?? '', /ann@example\.com/);
    await page.close();
  });

  test('a page of another port cannot use the session, nor frame a page', async () => {
    const html = `<form method="post" action="${at('/console/session/token')}"><button>go</button></form>
      <iframe src="${at('/console/')}"></iframe>`;
    await using site = await otherSite(html);
    const page = await browser.context.newPage();
    await page.goto(site.url);
    const sent = await page.evaluate(`Promise.all(['POST', 'DELETE'].map((method) =>
      fetch('${at('/console/session')}', { method, credentials: 'include', headers: { 'X-Tidegate-Console': '1' } })
        .then(() => 'read', () => 'refused')))`);
    assert.deepEqual(sent, ['refused', 'refused']);
    const read = await page.evaluate(
      `fetch('${at('/console/session')}', { credentials: 'include' }).then(() => 'read', () => 'refused')`,
    );
    assert.equal(read, 'refused');
    assert.match(page.frames()[1]?.url() ?? '', /^chrome-error:/, 'the frame is blank');
    const answered = page.waitForResponse(/console\/session\/token/);
    await page.getByRole('button').click();
    assert.ok((await answered).status() >= 400);
    await page.goto(at('/console/passcode'));
    assert.match((await page.textContent('main')) ?? '', /ann@example\.com/, 'nothing was changed');
    await page.close();
  });

  test('a script of our own page gets an access token and signs out', async () => {
    const page = await browser.context.newPage();
    await page.goto(at('/console/session'));
    const call = (method: string, path: string): Promise<number> =>
      page.evaluate(`fetch('${path}', {
        method: '${method}',
        headers: { 'X-Tidegate-Console': '1' ${method === 'POST' ? ", 'Content-Type': 'application/json'" : ''} },
        ${method === 'POST' ? "body: '{}'," : ''}
      }).then(({ status }) => status)`);
    assert.equal(await call('POST', '/console/session/token'), 200);
    assert.equal(await call('DELETE', '/console/session'), 204);
    assert.deepEqual(await ours('/console/'), []);
    assert.equal(await call('POST', '/console/session/token'), 401);
    await page.close();
  });

  test('pages of a sign-in are Korean where the browser is', async () => {
    await using korean = await startChromium({ locale: 'ko-KR' });
    const page = await korean.context.newPage();
    await page.goto(at('/console/session/callback/company?state=x'));
    assert.equal(await page.getAttribute('html', 'lang'), 'ko');
    assert.match((await page.textContent('main')) ?? '', /다시 로그인하세요/);
  });
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { Machine } from '../../src/cli/machine.ts';
import { Terminal } from '../cli/terminal.ts';
import { as, grant, read } from '../identity/people.ts';
import { type Browser, chromium, startChromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { transcript } from '../support/transcript.ts';
import { PeopleLab } from './people-lab.ts';

const SIGN_UP = {
  label: 'Company',
  people: { sign_up: { account: '{account}', email_domains: ['example.com'] } },
};
const MACHINE = '<img src=x onerror=alert(1)><script>alert(2)</script>';

describe('the pages in a real browser', needs(chromium), () => {
  let lab: PeopleLab;
  let browser: Browser;
  /** Another site, whose page a test writes. */
  let evil: Server;
  let evilPage = '';
  const said: string[] = [];

  before(async () => {
    lab = await PeopleLab.start({ company: SIGN_UP });
    // the browser has the time of its machine, and keeps no cookie that has ended by it
    lab.registry.clock.advance(Date.now() - lab.registry.clock.now());
    browser = await startChromium();
    evil = createServer((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html' }).end(evilPage);
    });
    evil.listen(0, '127.0.0.1');
    await once(evil, 'listening');
  });
  after(async () => {
    await browser?.[Symbol.asyncDispose]();
    evil.close();
    evil.closeAllConnections();
    await lab[Symbol.asyncDispose]();
  });

  const opened = async (): Promise<Page> => {
    const page = await browser.context.newPage();
    page.setDefaultTimeout(20_000);
    page.on('dialog', (dialog) => {
      said.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('console', (message) => said.push(message.text()));
    return page;
  };

  /** On a page that asks to sign in, or on the provider's. */
  const signIn = async (page: Page): Promise<void> => {
    await page.getByRole('link', { name: 'Company' }).click();
    await page.locator('input[name=login]').fill('ann');
    await page.locator('input[name=password]').fill('any');
    await page.locator('button[type=submit]').click();
  };

  const at = (path: string): string => new URL(path, lab.registry.url).href;

  const begin = async (machine = 'ada-laptop') => {
    const { body } = await read(
      await lab.registry.fetch('/identity/device_authorization', {
        method: 'POST',
        body: new URLSearchParams({ client_id: 'tidegate-cli', machine_name: machine }),
      }),
    );
    return body as { device_code: string; user_code: string; verification_uri_complete: string };
  };

  const poll = async (deviceCode: string) => {
    lab.registry.clock.advance(60_000);
    const { body } = await grant(lab.registry, {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: deviceCode,
      client_id: 'tidegate-cli',
    });
    return body;
  };

  test('login --sso: sign in at the provider, allow, and the browser comes back to the command line', async () => {
    using shell = new Terminal();
    const page = await opened();
    let last = '';
    const person = async (url: string): Promise<void> => {
      await page.goto(url);
      await signIn(page);
      await page.getByRole('button', { name: 'Allow' }).click();
      await page.getByText('Go back to the command line.').waitFor();
      last = await page.content();
    };
    let finished: Promise<void> | undefined;
    const machine: Machine = {
      name: 'ada-laptop',
      openBrowser: async (url) => {
        finished = person(url);
        return true;
      },
      // it ends with the answer, or with what the person could not do
      pause: (_milliseconds, signal) =>
        new Promise((resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason));
          finished?.catch(() => resolve());
        }),
    };
    const turn = await shell.run(['login', '-a', lab.registry.url, '--sso'], {
      tty: true,
      clock: lab.registry.clock,
      machine,
    });
    assert.equal(turn.code, 0, transcript(turn));
    await finished;
    assert.doesNotMatch(last, /tdc_/);
    const { session } = shell.remembered();
    const whose = await as(lab.registry, session?.accessToken ?? '', 'GET', '/identity/userinfo');
    assert.equal(whose.body.email, 'ann@example.com');
    await page.close();
  });

  test('a login on another machine: nothing in its name runs or loads, and two clicks allow it', async () => {
    const page = await opened();
    const { device_code: deviceCode, verification_uri_complete: link } = await begin(MACHINE);
    await page.goto(link);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText(MACHINE).waitFor();
    assert.equal(await page.locator('img, script').count(), 0);
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.getByText('The login is allowed').waitFor();
    assert.ok((await poll(deviceCode)).access_token);
    const refused = said.filter((each) => /^dialog|Security Policy|Refused to/.test(each));
    assert.deepEqual(refused, []);
    await page.close();
  });

  /** Names under which the other site is reached: of the same site on another port, and of another site. */
  const evilAt = () => {
    const { port } = evil.address() as AddressInfo;
    return { sameSite: `http://127.0.0.1:${port}/`, crossSite: `http://localhost:${port}/` };
  };

  test('clickjacking: another site cannot show a page in a frame', async () => {
    const page = await opened();
    evilPage = `<iframe src="${at('/console/device')}"></iframe>`;
    for (const address of Object.values(evilAt())) {
      await page.goto(address);
      await page.waitForLoadState('load');
      for (const frame of page.frames().filter((each) => each !== page.mainFrame()))
        assert.equal(await frame.locator('form').count(), 0, address);
    }
    // the page itself is there
    await page.goto(at('/console/device'));
    assert.equal(await page.locator('form').count(), 1);
    await page.close();
  });

  test('a form that another site sends with the cookie of the person allows nothing', async () => {
    const page = await opened();
    const { device_code: deviceCode, user_code: userCode } = await begin();
    evilPage = `<form method="post" action="${at('/console/device')}">
<input name="user_code" value="${userCode}"><input name="answer" value="allow"></form><script>document.forms[0].submit()</script>`;
    const { sameSite, crossSite } = evilAt();
    for (const [address, answer] of [
      // the browser sends the cookie: ports are no sites
      [sameSite, 'This form was not sent by this page'],
      [crossSite, 'Sign in to go on'],
    ] as const) {
      await page.goto(address);
      await page.waitForURL(at('/console/device'));
      await page.getByText(answer).waitFor();
    }
    assert.equal((await poll(deviceCode)).error, 'authorization_pending');
    await page.close();
  });
});

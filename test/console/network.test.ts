import { deepEqual, equal } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { CDPSession } from 'playwright-core';
import { chromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { BrowserLab, type Visit } from './browser-lab.ts';
import { FrontDoor } from './front-door.ts';

/** 400 kbit a second, and a long way. */
const SLOW = { offline: false, downloadThroughput: 50_000, uploadThroughput: 50_000, latency: 400 };
const OFFLINE = { ...SLOW, offline: true };
const FAST = { offline: false, downloadThroughput: -1, uploadThroughput: -1, latency: 0 };

describe('the console on a bad line', needs(chromium), () => {
  let lab: BrowserLab;
  let door: FrontDoor;
  let visit: Visit;
  let isRunning = true;
  let devtools: CDPSession | undefined;
  before(async () => {
    door = await FrontDoor.open(() => (isRunning ? lab.registry.url : undefined));
    lab = await BrowserLab.start({ env: { TIDEGATE_EXTERNAL_URL: door.url } });
    await lab.registry.namespaceAdd('birds');
    visit = await lab.visit({ at: door.url });
    visit.expectNoNetwork();
  });
  after(async () => {
    await using stack = new AsyncDisposableStack();
    stack.use(door);
    stack.use(lab);
  });

  const line = async (conditions: typeof SLOW): Promise<void> => {
    // of two sessions each would have conditions of its own
    if (!devtools) {
      devtools = await visit.page.context().newCDPSession(visit.page);
      await devtools.send('Network.enable');
    }
    await devtools.send('Network.emulateNetworkConditions', conditions);
  };
  const namespaces = async (): Promise<unknown> =>
    (await lab.registry.api('GET', '/api/v1/namespaces')).json();
  /** Requests that change something, sent meanwhile. */
  const changesDuring = async (act: () => Promise<void>): Promise<string[]> => {
    const sent: string[] = [];
    const note = (request: { method(): string; url(): string }): void => {
      const { pathname } = new URL(request.url());
      if (request.method() === 'PUT') sent.push(pathname);
    };
    visit.page.on('request', note);
    await act();
    visit.page.off('request', note);
    return sent;
  };

  test('a list that is slow to come says that it loads, and then is there', async () => {
    await visit.goTo('/');
    await visit.settled();
    // what is waited for is looked for twice a second
    await line({ ...SLOW, latency: 1500 });
    await visit.entry('Namespaces').click();
    await visit.page.locator('.skeleton').first().waitFor();
    await visit.row('birds').waitFor();
    equal(await visit.page.locator('.skeleton').count(), 0);
    await line(FAST);
  });

  test('a form that is sent twice while the first answer is awaited is sent once', async () => {
    await visit.goTo('/namespaces');
    await visit.button('Add a namespace').click();
    await visit.field('Name').fill('fish');
    await line(SLOW);
    const sent = await changesDuring(async () => {
      await visit.field('Name').press('Enter');
      await visit.field('Name').press('Enter');
      await visit.inDialog('Add').click();
      await visit.row('fish').waitFor();
    });
    await line(FAST);
    deepEqual(sent, ['/api/v1/namespaces/fish']);
  });

  test('without a network the page says so, what was typed stays, and trying again sends it once', async () => {
    await visit.goTo('/namespaces');
    await visit.button('Add a namespace').click();
    await visit.field('Name').fill('bees');
    await line(OFFLINE);
    await visit.inDialog('Add').click();
    await visit.says('The registry does not answer.', visit.dialog).waitFor();
    await visit.refuseBarriers();
    equal(await visit.field('Name').inputValue(), 'bees');
    await line(FAST);
    const sent = await changesDuring(async () => {
      await visit.inDialog('Add').click();
      await visit.row('bees').waitFor();
    });
    deepEqual(sent, ['/api/v1/namespaces/bees']);
    deepEqual(await namespaces(), ['bees', 'birds', 'fish']);
  });

  test('a page that was not loaded before is there after the network is', async () => {
    await visit.goTo('/namespaces');
    await visit.settled();
    await line(OFFLINE);
    await visit.entry('Retention').click();
    await visit.says('The registry does not answer.').waitFor();
    await line(FAST);
    await visit.button('Try again').click();
    await visit.titled('Retention').waitFor();
  });

  test('a registry that starts again finds the reader where they were, signed in and with their form', async () => {
    await visit.goTo('/namespaces');
    await visit.button('Add a namespace').click();
    await visit.field('Name').fill('wasps');
    isRunning = false;
    door.hangUp();
    await visit.inDialog('Add').click();
    await visit.says('The registry does not answer.', visit.dialog).waitFor();
    await lab.registry.restart();
    isRunning = true;
    const sent = await changesDuring(async () => {
      await visit.inDialog('Add').click();
      await visit.row('wasps').waitFor();
    });
    // at the same address the access token that the page has in memory holds: nothing is refused
    deepEqual(sent, ['/api/v1/namespaces/wasps']);
    equal(await visit.dialog.count(), 0);
  });

  test('an access token that is refused is renewed by the cookie once, and the request is sent again unseen', async () => {
    await visit.goTo('/namespaces');
    await visit.button('Add a namespace').click();
    await visit.field('Name').fill('hornets');
    visit.expectRefusal(401);
    let [refused, renewed] = [0, 0];
    await visit.page.route('**/api/v1/namespaces/hornets', async (route) => {
      if (refused > 0) return route.continue();
      refused += 1;
      // as a registry answers that was moved to another address
      const headers = { ...route.request().headers(), authorization: 'Bearer of-another-address' };
      return route.continue({ headers });
    });
    const count = (request: { url(): string }): void => {
      if (request.url().endsWith('/console/session/token')) renewed += 1;
    };
    visit.page.on('request', count);
    const sent = await changesDuring(async () => {
      await visit.inDialog('Add').click();
      await visit.row('hornets').waitFor();
    });
    visit.page.off('request', count);
    await visit.page.unroute('**/api/v1/namespaces/hornets');
    deepEqual([refused, renewed], [1, 1]);
    deepEqual(sent, ['/api/v1/namespaces/hornets', '/api/v1/namespaces/hornets']);
    equal(await visit.dialog.count(), 0);
  });
});

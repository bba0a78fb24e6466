import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { chromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { BrowserLab, type Visit } from './browser-lab.ts';
import { type Filled, fill } from './filled.ts';
import { addressesOf, ROUTES } from './pages.ts';

describe('the pages of the console', needs(chromium), () => {
  let lab: BrowserLab;
  let filled: Filled;
  let visit: Visit;
  before(async () => {
    lab = await BrowserLab.start();
    filled = await fill(lab.registry);
    visit = await lab.visit();
  });
  after(() => lab[Symbol.asyncDispose]());

  test('every page opens for the owner: no fault, one heading that is its title, and no barrier', async () => {
    const found: string[] = [];
    for (const path of addressesOf(filled)) {
      await visit.walkTo(path);
      const heading = await visit.heading().innerText();
      equal(await visit.page.locator('h1').count(), 1, path);
      if (!(await visit.page.title()).startsWith(heading)) found.push(`${path} is titled otherwise`);
      for (const fault of await visit.page.locator('.note[role=alert]').allInnerTexts())
        found.push(`${path}: ${fault}`);
      if (heading === 'There is no such page') found.push(`${path} is no page`);
      found.push(...(await visit.barriers('light', path === '/' ? undefined : 'main')));
    }
    deepEqual(found, []);
  });

  test('every entry of the rail leads to a page', async () => {
    await visit.goTo('/');
    await visit.settled();
    const rail = visit.rail.getByRole('link');
    const paths = await rail.evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
    ok(paths.length > 20, `${paths.length} entries`);
    const known = new Set(ROUTES.map(({ pattern }) => `/console${pattern}`));
    deepEqual(
      paths.filter((path) => !known.has(path)),
      [],
    );
  });

  test('the search of the top bar finds what is there, by the key /', async () => {
    await visit.goTo('/');
    await visit.page.keyboard.press('/');
    await visit.page.keyboard.type('payments');
    await visit.page.keyboard.press('Enter');
    await visit.page.waitForURL(/\/search\?q=payments/);
    await visit.link('payments/api').waitFor();
    match(await visit.heading().innerText(), /^Search/);
    for (const name of ['payments', 'ci-payments', 'payments developers']) await visit.link(name).waitFor();
    deepEqual(await visit.barriers('light'), []);
  });

  test('an address that leads nowhere has a way back', async () => {
    await visit.goTo('/nothing/here');
    match(await visit.heading().innerText(), /no such page/);
    await visit.link('To the overview').click();
    await visit.titled('Overview').waitFor();
  });
});

import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { Identities } from '../access/identities.ts';
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
    // the overview, which stays until the results are there, has such links too
    await visit
      .heading()
      .filter({ hasText: /^Search/ })
      .waitFor();
    await visit.link('payments/api').waitFor();
    for (const name of ['payments', 'ci-payments', 'payments developers']) await visit.link(name).waitFor();
    deepEqual(await visit.barriers('light'), []);
  });

  test('what a stranger may not see looks as what is not there', async () => {
    const { apikey } = await new Identities(lab.registry).user();
    await using stranger = await lab.visit({ apikey });
    for (const status of [403, 404]) stranger.expectRefusal(status);
    /** What the page says, without what names this thing and this request. */
    const said = async (path: string, name: string): Promise<string> => {
      await stranger.walkTo(path);
      const text = await stranger.page.locator('main').innerText();
      const [short = ''] = name.split(':');
      return [name, short, ...(short.includes('/') ? [] : [short.slice(0, 8)])]
        .reduce((told, each) => told.replaceAll(each, 'NAME'), text)
        .replaceAll(/[0-9a-f]{32}/g, 'REQUEST');
    };
    const other = '00000000-0000-4000-8000-000000000000';
    const found: string[] = [];
    for (const [place, name, absent] of [
      ['repositories', filled.repository, 'birds/absent'],
      ['repositories', `${filled.repository}:latest`, 'birds/absent:latest'],
      ['namespaces', filled.namespace, 'absent'],
      ['groups', filled.group, `AccessGroupId-${other}`],
      ['policies', filled.policy, other],
      ['profiles', filled.profile, `Profile-${other}`],
      ['webhooks', filled.webhook, other],
      ['api-keys', filled.apiKey, `ApiKey-${other}`],
      ['service-ids', filled.serviceId, `ServiceId-${other}`],
      ['users', filled.user, 'IBMid-0000000000'],
    ] as const) {
      const [there, nowhere] = [
        await said(`/${place}/${name}`, name),
        await said(`/${place}/${absent}`, absent),
      ];
      if (there !== nowhere) found.push(`${place}:\n${there}\n--- absent:\n${nowhere}`);
    }
    deepEqual(found, []);
  });

  test('the file of the audit log has what the filters find, and the list shows the same', async () => {
    await visit.goTo('/audit?action=container-registry.image.*&outcome=success&q=payments');
    await visit.settled();
    const shown = await visit.page.locator('tbody tr').count();
    const [download] = await Promise.all([
      visit.page.waitForEvent('download'),
      visit.button('Save as a file').click(),
    ]);
    const lines = (await readFile(await download.path(), 'utf8')).trim().split('\n');
    const saved = lines.map((line) => JSON.parse(line) as { id: string; action: string; outcome: string });
    const query = 'action=container-registry.image.*&outcome=success&text=payments&limit=200';
    const asked = await (await lab.registry.api('GET', `/api/v1/audit/events?${query}`)).json();
    const events = (asked as { events: typeof saved }).events;
    deepEqual(
      saved.map(({ id }) => id),
      events.map(({ id }) => id),
    );
    ok(saved.length > 2 && saved.every(({ action }) => action.startsWith('container-registry.image.')));
    equal(shown, saved.length);
  });

  test('the page System shows the version and every job, as the API answers them', async () => {
    const answer = await lab.registry.api('GET', '/api/v1/system');
    const { version, jobs } = (await answer.json()) as { version: string; jobs: { name: string }[] };
    await visit.goTo('/operator/system');
    await visit.settled();
    const shown = await visit.page.locator('main tbody tr > :first-child code').allInnerTexts();
    const names = jobs.map(({ name }) => name);
    deepEqual(
      shown.filter((text) => names.includes(text)),
      names,
    );
    ok((await visit.page.locator('main dl').innerText()).includes(version));
  });

  test('an address that leads nowhere has a way back', async () => {
    await visit.goTo('/nothing/here');
    match(await visit.heading().innerText(), /no such page/);
    await visit.link('To the overview').click();
    await visit.titled('Overview').waitFor();
  });
});

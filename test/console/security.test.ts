import { deepEqual, equal, fail, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Identities } from '../access/identities.ts';
import { chromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { BrowserLab, type Visit } from './browser-lab.ts';
import { HOSTILE, type HostilePages, SHOWN, spreadHostileTexts } from './hostile.ts';
import { ownPath } from './pages.ts';

test('the sign-in page leads to paths of the console and nowhere else', () => {
  const origin = 'https://registry.example.com';
  const elsewhere = [
    ...['//evil.example', '/\\evil.example', '/console/..//evil.example', 'https://evil.example/console/'],
    ...['javascript:alert(1)', '/console/../api', '/consoles', '/a/../\\evil.example', '', '/%2e%2e/evil'],
  ];
  for (const each of elsewhere) equal(ownPath(each, origin), '/console/', each);
  equal(ownPath('/console/repositories?q=a', origin), '/console/repositories?q=a');
});

describe('what the console keeps from strangers', needs(chromium), () => {
  let lab: BrowserLab;
  let visit: Visit;
  let pages: HostilePages;
  before(async () => {
    lab = await BrowserLab.start();
    pages = await spreadHostileTexts(lab.registry);
    visit = await lab.visit();
  });
  after(() => lab[Symbol.asyncDispose]());

  /** Nothing ran, nothing was made of the text but text, and no line is wider than the window. */
  const refuseHarm = async (where: string): Promise<void> => {
    const found = await visit.page.evaluate(`({
      hit: window.hit === 1,
      elements: document.querySelectorAll('#console img, #console script, #console iframe, #console [onerror]').length,
      links: [...document.querySelectorAll('a[href]')].map((link) => link.protocol + link.rel)
        .filter((told) => !/^https?:/.test(told)),
      hidden: /[\\u202e\\u200b]/.test(document.body.innerText + document.title),
      width: document.documentElement.scrollWidth - innerWidth,
    })`);
    deepEqual(found, { hit: false, elements: 0, links: [], hidden: false, width: 0 }, where);
  };

  test('texts of strangers are text on every page, also where the window is narrow', async () => {
    for (const [path, texts] of Object.entries(pages)) {
      await visit.goTo(path);
      for (const text of texts)
        await visit
          .says(text)
          .waitFor()
          .catch(() => fail(`${path} does not show ${text}`));
      for (const width of [390, 1280]) {
        await visit.page.setViewportSize({ width, height: 900 });
        await refuseHarm(`${path} at ${width}`);
      }
    }
  });

  test('a label is a link where it is an address of the web, and never for javascript: or data:', async () => {
    await visit.goTo('/repositories/birds/app:1');
    const link = visit.link('https://example.com/birds');
    equal(await link.getAttribute('rel'), 'noopener noreferrer');
    for (const text of ['javascript:window.hit=1', 'data:text/html,<script>window.hit=1</script>']) {
      const label = visit.page.getByText(text, { exact: true });
      equal(await label.count(), 1, text);
      equal(await label.locator('xpath=ancestor::a').count(), 0, text);
    }
  });

  test('texts of strangers are text in the dialogs that ask before something goes, and in what is said after it', async () => {
    const pathTo = (kind: string): string =>
      Object.keys(pages).find((path) => path.startsWith(`/${kind}/`)) ?? '';
    for (const [path, button] of [
      [pathTo('api-keys'), 'Delete'],
      [pathTo('service-ids'), 'Delete'],
      [pathTo('groups'), 'Delete'],
      [pathTo('policies'), 'Delete policy'],
    ] as const) {
      await visit.goTo(path);
      await visit.button(new RegExp(`^${button}`)).click();
      await visit.dialog.waitFor();
      await refuseHarm(`the dialog of ${path}`);
      await visit.page.keyboard.press('Escape');
    }
    await visit.goTo(pathTo('api-keys'));
    await visit.button('Disable').click();
    await visit.dialog
      .getByRole('button', { name: /^Disable/ })
      .last()
      .click();
    await visit.page.getByRole('status').getByText(SHOWN).first().waitFor({ state: 'attached' });
    await refuseHarm('what is said after it');
  });

  test('after a walk neither storages, addresses nor the document have a token or a key', async () => {
    await visit.goTo('/');
    const addresses: string[] = [];
    visit.page.on('request', (request) => addresses.push(request.url()));
    for (const name of ['Repositories', 'API keys', 'Explain', 'Users']) {
      await visit.entry(name).click();
      await visit.page.waitForLoadState('networkidle');
    }
    await visit.page.goBack();
    const kept = (await visit.page.evaluate(`JSON.stringify([
      { ...localStorage }, { ...sessionStorage }, document.cookie, location.href, history.state, window.name,
      document.documentElement.outerHTML, Object.keys(window).filter((name) => /token|session/i.test(name)),
    ])`)) as string;
    const databases = await visit.page.evaluate('indexedDB.databases()');
    deepEqual(databases, []);
    for (const secret of ['eyJ', 'tdg_', lab.registry.apikey])
      for (const place of [kept, addresses.join('\n')])
        ok(!place.includes(secret), `${secret.slice(0, 5)} was kept`);
    deepEqual(
      lab.registry.logged.filter((line) => line.includes(lab.registry.apikey)),
      [],
    );
  });

  test('after signing out neither another tab nor Back shows anything', async () => {
    await using person = await lab.visit();
    await person.goTo('/api-keys');
    await person.says(SHOWN).waitFor();
    const other = await person.page.context().newPage();
    await other.goto(`${lab.registry.url}/console/service-ids`);
    await other.getByText(SHOWN).first().waitFor();
    await person.button(/^You: /).click();
    await person.button('Sign out').click();
    for (const page of [person.page, other]) {
      await page.getByRole('heading', { name: 'Sign in to Tidegate' }).first().waitFor();
      ok(!(await page.content()).includes('onerror'));
    }
    await person.page.goBack();
    await person.page.getByRole('heading', { name: 'Sign in to Tidegate' }).first().waitFor();
    ok(!(await person.page.content()).includes('onerror'));
  });

  /** A person with a form open, whose session was ended meanwhile. */
  const interrupted = async (): Promise<Visit> => {
    const person = await lab.visit();
    await person.goTo('/namespaces');
    await person.button('Add a namespace').click();
    await person.field('Name').fill('fish');
    const { sessions } = (await (await lab.registry.api('GET', '/v1/sessions')).json()) as {
      sessions: { id: string }[];
    };
    for (const { id } of sessions)
      await lab.registry.api('PATCH', `/v1/sessions/${id}/state`, { state: 'invalid' });
    person.expectRefusal(401);
    await person.inDialog('Add').click();
    await person.page.getByRole('heading', { name: 'Your session has ended' }).first().waitFor();
    return person;
  };
  const signInAgain = async (person: Visit, apikey: string): Promise<void> => {
    const again = person.page.getByRole('dialog', { name: 'Your session has ended' }).last();
    await again.getByLabel('API key').first().fill(apikey);
    await again.getByRole('button', { name: 'Sign in', exact: true }).first().click();
  };
  const namespaces = async (): Promise<unknown> =>
    (await lab.registry.api('GET', '/api/v1/namespaces')).json();

  test('where another person signs in again, what the one before had sent is dropped', async () => {
    const { apikey } = await new Identities(lab.registry).user();
    await using person = await interrupted();
    await signInAgain(person, apikey);
    await person.titled('Overview').waitFor();
    deepEqual(await namespaces(), ['birds']);
    equal(await person.dialog.count(), 0);
  });

  test('a session that ends under an open form asks to sign in over it: the form stays, and what was sent goes on', async () => {
    await using person = await interrupted();
    equal(await person.field('Name').inputValue(), 'fish');
    await signInAgain(person, lab.registry.apikey);
    await person.row('fish').waitFor();
    deepEqual(await namespaces(), ['birds', 'fish']);
    equal(await person.dialog.count(), 0);
  });

  test('the hostile texts are what they are meant to be', () => {
    ok(HOSTILE.includes('\u202e') && !SHOWN.includes('\u202e'));
  });
});

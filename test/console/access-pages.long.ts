import { deepEqual, equal } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Identities } from '../access/identities.ts';
import { onNamespace, v2Policy } from '../access/policy-documents.ts';
import { chromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { BrowserLab } from './browser-lab.ts';

/** Names that no language translates. */
const NAMES = /^(API|ID|docker|Reader)$/;

describe('pages of identities and secrets', needs(chromium), () => {
  let lab: BrowserLab;
  let paths: readonly string[];
  before(async () => {
    lab = await BrowserLab.start();
    const { registry } = lab;
    const identities = new Identities(registry);
    const [robot, person] = [await identities.serviceId(), await identities.user()];
    await registry.namespaceAdd('birds');
    await registry.api(
      'POST',
      '/v2/policies',
      v2Policy(robot.iamId, 'Reader', registry.accountId, onNamespace('birds')),
    );
    await registry.api('POST', `/v2/groups?account_id=${registry.accountId}`, { name: 'builders' });
    await registry.api('POST', '/api/v1/tokens?description=scanner&permanent=true');
    const { id } = await registry.createKey('laptop');
    const serviceId = `/service-ids/${robot.iamId.slice('iam-'.length)}`;
    const user = `/users/${person.iamId}`;
    paths = [
      '/service-ids',
      ...['keys', 'policies', 'groups', 'trusted-by', 'history'].map((tab) => `${serviceId}?tab=${tab}`),
      '/api-keys',
      '/api-keys?tab=users',
      '/api-keys?tab=service-ids',
      `/api-keys/${id}`,
      '/api-keys/leaked',
      '/registry-tokens',
      '/users',
      ...['policies', 'groups', 'keys', 'sessions'].map((tab) => `${user}?tab=${tab}`),
      '/me/keys',
      '/me/sessions',
      '/me/password',
      '/me/cli',
      '/me/identities',
      '/invitation',
    ];
  });
  after(() => lab[Symbol.asyncDispose]());

  test('are in Korean but for names, and have no barrier', async () => {
    await using visit = await lab.visit({ language: 'ko' });
    for (const path of paths) {
      await visit.goTo(path);
      await visit.page.waitForLoadState('networkidle');
      const words = await visit.page.locator('main').evaluate((main) => {
        const copy = main.cloneNode(true) as unknown as {
          querySelectorAll(names: string): Iterable<{ remove(): void }>;
          innerText: string;
          textContent: string;
        };
        for (const each of copy.querySelectorAll('code, bdi, [lang=en], .command, input')) each.remove();
        return copy.textContent.match(/[A-Za-z]{2,}/g) ?? [];
      });
      deepEqual(
        words.filter((word) => !NAMES.test(word)),
        [],
        path,
      );
      await visit.refuseBarriers();
    }
  });

  test('fit into 320 pixels: only tables scroll sideways', async () => {
    await using visit = await lab.visit({ width: 320 });
    for (const path of paths) {
      await visit.goTo(path);
      await visit.page.waitForLoadState('networkidle');
      const width = await visit.page.locator('html').evaluate((html) => html.scrollWidth);
      equal(width, 320, path);
    }
  });

  test('leave no secret in storage, address or document', async () => {
    await using visit = await lab.visit();
    for (const path of paths) await visit.goTo(path);
    const kept = await visit.page.locator('html').evaluate((html) => {
      const { localStorage, sessionStorage, location } = globalThis as unknown as {
        localStorage: object;
        sessionStorage: object;
        location: { href: string };
      };
      return JSON.stringify([localStorage, sessionStorage]) + location.href + html.outerHTML;
    });
    deepEqual(kept.match(/eyJ\w{5,}|tdg_?\w+/g), null);
  });
});

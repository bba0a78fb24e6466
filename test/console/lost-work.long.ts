import { equal, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { chromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { BrowserLab } from './browser-lab.ts';

describe('nothing is lost in silence', needs(chromium), () => {
  let lab: BrowserLab;
  before(async () => {
    lab = await BrowserLab.start();
    await lab.registry.namespaceAdd('birds');
  });
  after(() => lab[Symbol.asyncDispose]());

  test('a setting that another changed meanwhile is shown, and saved over only then', async () => {
    const path = `/v1/accounts/${lab.registry.accountId}/settings/identity`;
    const addresses = async (): Promise<string> =>
      ((await (await lab.registry.api('GET', path)).json()) as { allowed_ip_addresses: string })
        .allowed_ip_addresses;
    const visit = await lab.visit();
    visit.expectRefusal(412);
    await visit.goTo('/settings');
    const field = visit.field('Allowed addresses');
    await field.fill('127.0.0.1,10.1.1.1');
    const other = { allowed_ip_addresses: '127.0.0.1,10.9.9.9' };
    await lab.registry.api('PUT', path, other, lab.registry.apikey, { 'If-Match': '*' });
    await visit.button('Save').click();
    await visit.says('Someone else changed settings').waitFor();
    await visit.says('127.0.0.1,10.9.9.9').waitFor();
    equal(await addresses(), '127.0.0.1,10.9.9.9');
    equal(await field.inputValue(), '127.0.0.1,10.1.1.1');
    await visit.button('Save').click();
    await visit.says('The settings are saved').waitFor();
    equal(await addresses(), '127.0.0.1,10.1.1.1');
    await visit.end();
  });

  test('who signs in again in one tab goes on in the other with what was typed', async () => {
    const visit = await lab.visit();
    visit.expectRefusal(401);
    const other = await visit.page.context().newPage();
    await other.goto(`${lab.registry.url}/console/service-ids`);
    await other.getByRole('button', { name: 'Create a service ID' }).first().click();
    await other.getByLabel('Name', { exact: true }).first().fill('typed-work');
    const answer = await lab.registry.api('GET', '/v1/sessions');
    const { sessions } = (await answer.json()) as { sessions: { id: string; client_id: string }[] };
    for (const { id, client_id: client } of sessions)
      if (client === 'console')
        await lab.registry.api('PATCH', `/v1/sessions/${id}/state`, { state: 'invalid' });
    await visit.entry('Namespaces').click();
    await visit.dialog.waitFor();
    await visit.field('API key').fill(lab.registry.apikey);
    await visit.inDialog('Sign in').click();
    await visit.dialog.waitFor({ state: 'detached' });
    equal(await other.getByLabel('Name', { exact: true }).first().inputValue(), 'typed-work');
    await other.getByRole('dialog').getByRole('button', { name: 'Create', exact: true }).first().click();
    await other.getByText('typed-work').first().waitFor();
    await visit.end();
  });

  test('a list and a file that are cut say so', async () => {
    const visit = await lab.visit();
    const list = Array.from({ length: 3000 }, (_, index) => ({
      id: `sha256:${String(index).padStart(64, '0')}`,
      created: 1,
      manifestType: 'x',
      size: 5,
      repoTags: {},
    }));
    await visit.page.route('**/api/v1/images/digests', (route) => route.fulfill({ json: list }));
    visit.expectRefusal(404);
    await visit.goTo('/repositories/birds/app?tab=untagged');
    await visit.says('50 of more than 1,000').waitFor();

    const answer = await lab.registry.api('GET', '/api/v1/audit/events?limit=1');
    const { events } = (await answer.json()) as { events: object[] };
    await visit.page.route('**/api/v1/audit/events/export*', (route) => {
      const most = Number(new URL(route.request().url()).searchParams.get('limit'));
      return route.fulfill({
        contentType: 'application/x-ndjson',
        body: `${JSON.stringify(events[0])}\n`.repeat(most),
      });
    });
    await visit.goTo('/audit');
    await visit.button('Save as a file').click();
    await visit.says('The newest 10,000 events are in the file, and there are more').waitFor();
    ok(await visit.says('-n 10000 -o ndjson').isVisible());
    await visit.end();
  });
});

import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ServiceId } from '../../src/wire/service-ids.ts';
import { chromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { basic } from '../support/registry.ts';
import { BrowserLab, type Visit } from './browser-lab.ts';
import { Pusher } from './images.ts';

/** The first day of a person who only has the printed key and a browser, in the order in which it happens. */
describe('a newcomer in the console', needs(chromium), () => {
  let lab: BrowserLab;
  let visit: Visit;
  before(async () => {
    lab = await BrowserLab.start();
    visit = await lab.open();
  });
  after(() => lab[Symbol.asyncDispose]());

  const storeSecret = async (): Promise<string> => {
    const secret = await visit.field('API key').inputValue();
    await visit.field('I have stored it').check();
    await visit.inDialog('Close').click();
    return secret;
  };

  test('signs in with the key that the first start printed, and adds a namespace', async () => {
    await visit.signIn(lab.registry.apikey);
    await visit.entry('Namespaces').click();
    await visit.button('Add a namespace').click();
    await visit.field('Name').fill('birds');
    await visit.inDialog('Add').click();
    await visit.row('birds').waitFor();
    deepEqual(await (await lab.registry.api('GET', '/api/v1/namespaces')).json(), ['birds']);
  });

  test('sees the image that was pushed: its size, its tag as a link, its platforms', async () => {
    const pusher = new Pusher(lab.registry);
    const amd64 = await pusher.image('birds/app', [], { layer: 'a'.repeat(5000) });
    const arm64 = await pusher.image('birds/app', [], { layer: 'b'.repeat(9000), architecture: 'arm64' });
    await pusher.index(
      'birds/app',
      ['1.0'],
      [
        { ...amd64, platform: { os: 'linux', architecture: 'amd64' } },
        { ...arm64, platform: { os: 'linux', architecture: 'arm64' } },
      ],
    );
    await visit.entry('Repositories').click();
    await visit.link('birds/app').click();
    const row = visit.row('2 platforms');
    match(await row.innerText(), /KiB – .*KiB/);
    await visit.says('2 platforms', row).click();
    await visit.says('linux/amd64', row).waitFor();
    await visit.says('linux/arm64', row).waitFor();
    await visit.link('1.0').click();
    await visit.titled('birds/app:1.0').waitFor();
    await visit.link('linux/arm64').waitFor();
  });

  let key = '';
  let serviceId = '';
  test('makes a service ID with a key, whose secret is shown once', async () => {
    await visit.entry('Service IDs').click();
    await visit.button('Create a service ID').click();
    await visit.field('Name').fill('build');
    await visit.inDialog('Create').click();
    key = await storeSecret();
    await lab.registry.login(key);
    const answer = await lab.registry.api('GET', '/v1/serviceids?name=build');
    const { serviceids } = (await answer.json()) as { serviceids: ServiceId[] };
    serviceId = serviceids[0]?.iam_id ?? '';
  });

  test('gives it a policy in the words of the form: it may pull, and push is refused', async () => {
    await visit.link('Give it access').click();
    await visit.titled('New policy').waitFor();
    equal(await visit.field('Who').inputValue(), serviceId);
    await visit.field('On').selectOption('namespace');
    await visit.field('Namespace').fill('birds');
    await visit.button('Create').click();
    await visit.says('Reader').waitFor();
    await visit.button('Delete policy').waitFor();
    const headers = { Authorization: basic('iamapikey', key) };
    equal((await lab.registry.v2('GET', 'birds/app/manifests/1.0', { headers })).status, 200);
  });

  test('finds out by the request ID why the push was refused', async () => {
    const requestId = await new Pusher(lab.registry, key).refused('birds/app');
    await visit.entry('Explain').click();
    await visit.field('Request ID').fill(requestId);
    await visit.button('Explain').click();
    await visit.says(/^Refused$/).waitFor();
    await visit.says('container-registry.image.push').waitFor();
    await visit.link('Add a policy').waitFor();
    equal(new URL(visit.page.url()).searchParams.get('request'), requestId);
  });

  test('rotates the key, and revokes it: the registry refuses it', async () => {
    await visit.entry('Service IDs').click();
    await visit.link('build').click();
    await visit.page
      .getByRole('region', { name: 'API keys' })
      .getByRole('link', { name: 'build', exact: true })
      .first()
      .click();
    await visit.button('Rotate').click();
    await visit.inDialog('Rotate').click();
    const next = await storeSecret();
    await lab.registry.login(next);
    await visit.row('Secret 2').waitFor();
    await visit.button('Delete').click();
    await visit.typed().fill('build');
    await visit.inDialog('Delete: API key').click();
    await visit.titled('API keys').waitFor();
    for (const each of [key, next]) await rejects(lab.registry.login(each));
    await rejects(lab.registry.bearer('repository:birds/app:pull', 'iamapikey', next), /401/);
  });
});

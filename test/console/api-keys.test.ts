import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import type { ApiKey } from '../../src/wire/api-keys.ts';
import { chromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { BrowserLab, type Visit } from './browser-lab.ts';

describe('API keys in the console', needs(chromium), () => {
  let lab: BrowserLab;
  let visit: Visit;
  before(async () => {
    lab = await BrowserLab.start();
    visit = await lab.visit();
  });
  after(() => lab[Symbol.asyncDispose]());

  const keys = async (): Promise<ApiKey[]> => {
    const { apikeys } = (await (await lab.registry.api('GET', '/v1/apikeys')).json()) as {
      apikeys: ApiKey[];
    };
    return apikeys;
  };
  const key = async (name: string): Promise<ApiKey> => {
    const found = (await keys()).find((each) => each.name === name);
    ok(found, `there is no key ${name}`);
    return found;
  };

  /** A key of the owner, and its page. */
  const shown = async (name: string): Promise<{ id: string; apikey: string }> => {
    const made = await lab.registry.createKey(name);
    await visit.goTo(`/api-keys/${made.id}`);
    await visit.titled(`API key ${name}`).waitFor();
    return made;
  };
  const storeSecret = async (): Promise<string> => {
    const secret = await visit.field('API key').inputValue();
    await visit.field('I have stored it').check();
    await visit.inDialog('Close').click();
    return secret;
  };

  test('a key is made with its secret shown once, where Escape does not lose it', async () => {
    await visit.goTo('/api-keys');
    await visit.refuseBarriers();
    await visit.picture('api-keys');
    await visit.button('Create an API key').click();
    await visit.field('Name').fill("ada's laptop");
    match(
      await visit.dialog.locator('code').innerText(),
      /api-key-create 'ada'\\''s laptop' --expires-in 90d/,
    );
    await visit.refuseBarriers();
    await visit.picture('api-key-create');
    await visit.inDialog('Create').click();
    await visit.field('API key').waitFor();
    const secret = await visit.field('API key').inputValue();
    await visit.page.keyboard.press('Escape');
    await visit.page.keyboard.press('Escape');
    equal(await visit.field('API key').inputValue(), secret);
    equal(await visit.field('API key').getAttribute('type'), 'password');
    await visit.refuseBarriers();
    await visit.picture('api-key-secret');
    const [download] = await Promise.all([
      visit.page.waitForEvent('download'),
      visit.button('Download').click(),
    ]);
    const { createdAt, ...file } = JSON.parse(await readFile(await download.path(), 'utf8'));
    deepEqual(file, { name: "ada's laptop", description: '', apikey: secret });
    await lab.registry.login(secret);
    await storeSecret();
    await visit.row("ada's laptop").waitFor();
    ok(!(await visit.page.content()).includes(secret), 'the secret is still in the page');
  });

  test('a key is made by the keyboard alone, and the focus comes back to where it was', async () => {
    const { keyboard } = visit.page;
    await visit.goTo('/api-keys');
    await visit.row('owner').waitFor();
    await visit.button('Create an API key').focus();
    await keyboard.press('Enter');
    await visit.field('Name').waitFor();
    await keyboard.type('typed');
    await keyboard.press('Enter');
    await visit.field('API key').waitFor();
    const isOn = (role: 'checkbox' | 'button') =>
      visit.dialog.getByRole(role, { name: role === 'button' ? 'Close' : 'I have stored it' }).last();
    for (const role of ['checkbox', 'button'] as const) {
      for (let steps = 0; steps < 20; steps += 1) {
        if (await isOn(role).evaluate((element) => element.matches(':focus-visible'))) break;
        await keyboard.press('Tab');
      }
      await keyboard.press(role === 'button' ? 'Enter' : 'Space');
    }
    await visit.row('typed').waitFor();
    equal(await visit.dialog.count(), 0);
    equal(await visit.page.locator(':focus').innerText(), 'Create an API key');
  });

  test('a key is disabled and enabled: the next login is refused, and the page says so', async () => {
    const { apikey } = await shown('switched');
    await visit.refuseBarriers();
    await visit.picture('api-key');
    await visit.button('Disable').click();
    await visit.picture('api-key-disable');
    await visit.inDialog('Disable').click();
    await visit.button('Enable').waitFor();
    equal((await key('switched')).disabled, true);
    await rejects(lab.registry.login(apikey));
    await visit.button('Enable').click();
    await visit.button('Disable').waitFor();
    await lab.registry.login(apikey);
  });

  test('a locked key says why it cannot be changed, also to the keyboard', async () => {
    await shown('locked');
    await visit.button('Lock').click();
    await visit.button('Unlock').waitFor();
    equal((await key('locked')).locked, true);
    for (const name of ['Rotate', 'Change', 'Delete']) await visit.refusedBy(name, 'The key is locked');
    await visit.button('Unlock').click();
    await visit.button('Lock').waitFor();
    equal((await key('locked')).locked, false);
  });

  test('two who change a key at once see both versions, and nothing typed is lost', async () => {
    const { id } = await shown('shared');
    const { entity_tag: tag } = await key('shared');
    await visit.button('Change').click();
    await visit.field('Name').fill('renamed');
    await visit.field('Description').fill('mine');
    const { access_token: token } = await lab.registry.login();
    const other = await lab.registry.fetch(`/v1/apikeys/${id}`, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', 'If-Match': tag },
      body: JSON.stringify({ description: 'theirs' }),
    });
    equal(other.status, 200);
    visit.expectRefusal(412);
    await visit.inDialog('Save').click();
    await visit.says('It was changed while', visit.dialog).waitFor();
    await visit.says('theirs', visit.dialog).waitFor();
    await visit.refuseBarriers();
    await visit.picture('api-key-both-versions');
    equal(await visit.field('Description').inputValue(), 'mine');
    await visit.inDialog('Save').click();
    await visit.titled('API key renamed').waitFor();
    equal((await key('renamed')).description, 'mine');
  });

  test('a key is rotated: both secrets sign in, until the older one is ended', async () => {
    const { apikey } = await shown('rotated');
    await visit.button('Rotate').click();
    await visit.refuseBarriers();
    await visit.picture('api-key-rotate');
    await visit.inDialog('Rotate').click();
    const next = await storeSecret();
    await lab.registry.login(apikey);
    await lab.registry.login(next);
    await lab.registry.runJob('record-activity');
    await visit.page.reload();
    await visit.says('the newest', visit.row('Secret 2')).waitFor();
    await visit.says('127.0.0.1', visit.row('Secret 1')).waitFor();
    await visit.refuseBarriers();
    await visit.picture('api-key-two-secrets');
    await visit.button('End the older secret').click();
    await visit.inDialog('End the older secret').click();
    await visit.row('Secret 1').waitFor({ state: 'detached' });
    await rejects(lab.registry.login(apikey));
    await lab.registry.login(next);
  });

  test('a leaked key is pasted: whose it is, and its report, without the key in any address', async () => {
    const { apikey } = await lab.registry.createKey('leaked');
    const addresses: string[] = [];
    visit.page.on('request', (request) => addresses.push(request.url()));
    await visit.goTo('/api-keys/leaked');
    await visit.field('The key').fill(apikey);
    await visit.button('Whose is it?').click();
    await visit.link('leaked').waitFor();
    await visit.refuseBarriers();
    await visit.picture('leaked');
    await visit.button('Report as leaked').click();
    await visit.picture('leaked-report');
    await visit.inDialog('Report as leaked').click();
    await visit.says('The key is disabled.', visit.page.locator('.note')).waitFor();
    equal((await key('leaked')).disabled, true);
    deepEqual(
      addresses.filter((address) => address.includes(apikey)),
      [],
    );
    equal(await visit.field('The key').inputValue(), '');
  });

  test('a key is deleted after its name was typed', async () => {
    const { apikey } = await shown('gone');
    await visit.button('Delete').click();
    ok(await visit.inDialog('Delete: API key').isDisabled());
    await visit.typed().fill('gone');
    await visit.refuseBarriers();
    await visit.picture('api-key-delete');
    await visit.inDialog('Delete: API key').click();
    await visit.titled('API keys').waitFor();
    ok(!(await keys()).some(({ name }) => name === 'gone'));
    await rejects(lab.registry.login(apikey));
  });
});

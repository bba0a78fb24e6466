import { equal, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RegistryToken } from '../../src/wire/registry-tokens.ts';
import { chromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { basic } from '../support/registry.ts';
import { BrowserLab, type Visit } from './browser-lab.ts';

describe('registry tokens in the console', needs(chromium), () => {
  let lab: BrowserLab;
  let visit: Visit;
  before(async () => {
    lab = await BrowserLab.start();
    await lab.registry.namespaceAdd('birds');
    visit = await lab.visit();
  });
  after(() => lab[Symbol.asyncDispose]());

  const tokens = async (): Promise<RegistryToken[]> =>
    ((await (await lab.registry.api('GET', '/api/v1/tokens')).json()) as { tokens: RegistryToken[] }).tokens;
  const made = async (description: string): Promise<string> => {
    const query = new URLSearchParams({ description, permanent: 'true' });
    const { token } = (await (await lab.registry.api('POST', `/api/v1/tokens?${query}`)).json()) as {
      token: string;
    };
    return token;
  };
  const signsIn = async (token: string): Promise<boolean> =>
    (await lab.registry.fetch('/v2/', { headers: { Authorization: basic('token', token) } })).ok;
  const close = async (): Promise<string> => {
    const value = await visit.field('Registry token').inputValue();
    await visit.field('I have stored it').check();
    await visit.inDialog('Close').click();
    return value;
  };

  test('a token is made for one namespace, and its value is shown', async () => {
    await visit.goTo('/registry-tokens');
    await visit.refuseBarriers();
    await visit.picture('registry-tokens-empty');
    await visit.button('Create a registry token').click();
    await visit.field('Description').fill('old scanner');
    await visit.field('In the namespace').selectOption('birds');
    await visit.refuseBarriers();
    await visit.picture('registry-token-create');
    await visit.inDialog('Create').click();
    await visit.field('Registry token').waitFor();
    await visit.refuseBarriers();
    await visit.picture('registry-token-value');
    const value = await close();
    ok(await signsIn(value));
    await lab.registry.runJob('record-activity');
    await visit.page.reload();
    await visit.says('127.0.0.1', visit.row('old scanner')).waitFor();
    await visit.says('birds', visit.row('old scanner')).waitFor();
    const [token] = (await tokens()).filter(({ secondary_owner: name }) => name === 'old scanner');
    equal(token?.namespace, 'birds');
    equal(token?.readonly, true);
    equal(token?.expiry, lab.registry.clock.now() / 1000 + 90 * 86_400);
  });

  test('a value is shown again after saying that this is recorded, and the audit log has it', async () => {
    const value = await made('shown again');
    await visit.goTo('/registry-tokens');
    await visit.row('shown again').getByRole('button', { name: 'Show value' }).first().click();
    await visit.says('is recorded in the audit log', visit.dialog).waitFor();
    await visit.refuseBarriers();
    await visit.picture('registry-token-ask');
    await visit.inDialog('Show value').click();
    await visit.field('Registry token').waitFor();
    equal(await close(), value);
    const audit = await (
      await lab.registry.api('GET', '/api/v1/audit/events?action=container-registry.registrytoken.get')
    ).text();
    ok(audit.includes('container-registry.registrytoken.get'), audit.slice(0, 500));
  });

  test('a token is deleted, and the next request with it is refused', async () => {
    const value = await made('gone');
    await visit.goTo('/registry-tokens');
    await visit.row('gone').getByRole('button', { name: 'Delete' }).first().click();
    await visit.refuseBarriers();
    await visit.picture('registry-token-delete');
    await visit.inDialog('Delete: registry token').click();
    await visit.row('gone').waitFor({ state: 'detached' });
    equal(await signsIn(value), false);
  });

  test('the account’s mode is changed: none works while it is off', async () => {
    const value = await made('switched');
    await visit.goTo('/registry-tokens');
    const change = async (mode: string, word: string): Promise<void> => {
      await visit.page.locator('.bar').getByRole('button', { name: 'Change' }).first().click();
      await visit.dialog.getByLabel('Registry tokens').last().selectOption(mode);
      await visit.refuseBarriers();
      await visit.picture(`registry-token-mode-${mode}`);
      await visit.inDialog('Save').click();
      await visit.says(word, visit.page.locator('.bar')).waitFor();
    };
    await change('disabled', 'none works');
    equal(await signsIn(value), false);
    await change('enabled', 'can be made and used');
    equal(await signsIn(value), true);
  });
});

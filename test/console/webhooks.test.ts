import { deepEqual, equal, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Webhook } from '../../src/wire/webhooks.ts';
import { chromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { BrowserLab, type Visit } from './browser-lab.ts';

describe('webhooks in the console', needs(chromium), () => {
  let lab: BrowserLab;
  let visit: Visit;
  before(async () => {
    lab = await BrowserLab.start();
    visit = await lab.visit();
  });
  after(() => lab[Symbol.asyncDispose]());

  const hooks = async (): Promise<Webhook[]> => {
    const answer = await lab.registry.api('GET', '/api/v1/webhooks');
    return (await answer.json()) as Webhook[];
  };

  /** As another does before the page sends: answers the status. */
  const changeFirst = async (hook: Webhook | undefined, change: object): Promise<number> => {
    const { access_token: token } = await lab.registry.login();
    const theirs = await lab.registry.fetch(`/api/v1/webhooks/${hook?.id}`, {
      method: 'PATCH',
      headers: {
        Account: lab.registry.accountId,
        Authorization: `Bearer ${token}`,
        'Content-Type': 'application/json',
        'If-Match': hook?.entity_tag ?? '',
      },
      body: JSON.stringify(change),
    });
    await theirs.text();
    return theirs.status;
  };

  test('a webhook is added, with the secret that signs shown once, and its page says what it is', async () => {
    await visit.goTo('/webhooks');
    await visit.button('Add a webhook').click();
    await visit.field('Name').fill('deploy');
    await visit.field('Address').fill('https://deploy.invalid/hook');
    await visit.refuseBarriers();
    await visit.inDialog('Add').click();
    await visit.field('Signing secret').waitFor();
    await visit.field('I have stored it').check();
    await visit.inDialog('Close').click();
    await visit.link('deploy').click();
    await visit.titled('Webhook deploy').waitFor();
    await visit.says('https://deploy.invalid/hook').waitFor();
  });

  test('its name, description and address are changed; where another change came first, both are shown', async () => {
    const [hook] = await hooks();
    await visit.goTo(`/webhooks/${hook?.id}`);
    await visit.button('Change').click();
    await visit.field('Address').fill('https://deploy.invalid/other');
    await visit.field('Name').fill('rollout');
    equal(await changeFirst(hook, { description: 'theirs' }), 200);
    visit.expectRefusal(412);
    await visit.inDialog('Save').click();
    await visit.says('theirs', visit.dialog).waitFor();
    equal(await visit.field('Address').inputValue(), 'https://deploy.invalid/other');
    await visit.refuseBarriers();
    await visit.inDialog('Save').click();
    await visit.titled('Webhook rollout').waitFor();
    const [{ name, url } = { name: '', url: '' }] = await hooks();
    deepEqual([name, url], ['rollout', 'https://deploy.invalid/other']);
  });

  test('what it is told of and whether it is sent are changed, with the command that does the same', async () => {
    const [hook] = await hooks();
    await visit.goTo(`/webhooks/${hook?.id}`);
    await visit.button('Change').click();
    await visit.field('image.pushed').uncheck();
    ok(await visit.inDialog('Save').isDisabled(), 'a webhook without an event is sent');
    await visit.field('image.deleted').check();
    await visit.field('key.leaked').check();
    await visit.field('Switched on').uncheck();
    await visit.says('What waits for it is not sent any more.', visit.dialog).waitFor();
    const command = `${hook?.id} -n rollout --url https://deploy.invalid/other -d '' --event image.deleted --event key.leaked --disable`;
    await visit.says(`tidegate cr webhook-update ${command}`, visit.dialog).waitFor();
    await visit.refuseBarriers();
    await visit.picture('change-webhook');
    await visit.inDialog('Save').click();
    await visit.button('Enable').waitFor();
    const [off] = await hooks();
    deepEqual(
      [off?.events, off?.enabled, off?.disabled_reason],
      [['image.deleted', 'key.leaked'], false, 'asked'],
    );
    await visit.button('Change').click();
    await visit.field('Switched on').check();
    await visit.inDialog('Save').click();
    await visit.button('Disable').waitFor();
    equal((await hooks())[0]?.enabled, true);
  });

  test('where another changed what it is told of, both versions are shown', async () => {
    const [hook] = await hooks();
    await visit.goTo(`/webhooks/${hook?.id}`);
    await visit.button('Change').click();
    await visit.field('tag.changed').check();
    equal(await changeFirst(hook, { events: ['backup.failed'] }), 200);
    await visit.inDialog('Save').click();
    await visit.says('backup.failed', visit.dialog.getByRole('alert')).waitFor();
    ok(await visit.field('tag.changed').isChecked(), 'what was chosen is lost');
    await visit.inDialog('Save').click();
    await visit.dialog.waitFor({ state: 'detached' });
    deepEqual((await hooks())[0]?.events.toSorted(), ['image.deleted', 'key.leaked', 'tag.changed']);
  });

  test('a test is sent from its page, and the list of deliveries has it', async () => {
    const [hook] = await hooks();
    await visit.goTo(`/webhooks/${hook?.id}`);
    await visit.button('Send a test').click();
    await visit.page.locator('tbody tr').first().waitFor();
    await visit.refuseBarriers();
  });
});

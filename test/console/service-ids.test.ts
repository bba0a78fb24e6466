import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ServiceId } from '../../src/wire/service-ids.ts';
import { onNamespace, v2Policy } from '../access/policy-documents.ts';
import { TestRepository } from '../spec/repository.ts';
import { chromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { basic } from '../support/registry.ts';
import { BrowserLab, type Visit } from './browser-lab.ts';

describe('service IDs in the console', needs(chromium), () => {
  let lab: BrowserLab;
  let visit: Visit;
  before(async () => {
    lab = await BrowserLab.start();
    visit = await lab.visit();
  });
  after(() => lab[Symbol.asyncDispose]());

  const json = async <Body>(method: string, path: string, body?: object): Promise<Body> => {
    const response = await lab.registry.api(method, path, body);
    ok(response.ok, `${method} ${path}: ${response.status}`);
    return (await response.json()) as Body;
  };
  const named = async (name: string): Promise<ServiceId | undefined> => {
    const { serviceids } = await json<{ serviceids: ServiceId[] }>('GET', `/v1/serviceids?name=${name}`);
    return serviceids[0];
  };
  const made = (name: string, more: object = {}): Promise<ServiceId> =>
    json('POST', '/v1/serviceids', { account_id: lab.registry.accountId, name, ...more });
  const shown = async (name: string, more: object = {}): Promise<ServiceId> => {
    const serviceId = await made(name, more);
    await visit.goTo(`/service-ids/${serviceId.id}`);
    await visit.titled(`Service ID ${name}`).waitFor();
    return serviceId;
  };

  test('a service ID is made with a key, whose secret is shown once and signs in', async () => {
    await visit.goTo('/service-ids');
    await visit.refuseBarriers();
    await visit.picture('service-ids-empty');
    await visit.button('Create a service ID').click();
    await visit.field('Name').fill('cicd');
    await visit.field('Description').fill('builds and pushes');
    await visit.refuseBarriers();
    await visit.picture('service-id-create');
    await visit.inDialog('Create').click();
    const secret = await visit.field('API key').inputValue();
    await visit.field('I have stored it').check();
    await visit.inDialog('Close').click();
    await visit.says('It may do nothing until', visit.dialog).waitFor();
    await visit.refuseBarriers();
    await visit.picture('service-id-made');
    await visit.inDialog('Done').click();
    await visit.says('builds and pushes', visit.row('cicd')).waitFor();
    await visit.picture('service-ids');
    await lab.registry.login(secret);
    equal((await named('cicd'))?.description, 'builds and pushes');
  });

  test('the list is filtered and sorted by the server', async () => {
    await Promise.all(['zebra', 'ant', 'antelope'].map((name) => made(name)));
    await visit.goTo('/service-ids?q=ant');
    await visit.row('antelope').waitFor();
    const names = () => visit.page.locator('tbody th').allInnerTexts();
    deepEqual(await names(), ['ant', 'antelope']);
    await visit.button('Name').click();
    await visit.page.locator('th[aria-sort=descending]').first().waitFor();
    await visit.says('antelope', visit.page.locator('tbody tr:first-child')).waitFor();
    deepEqual(await names(), ['antelope', 'ant']);
  });

  test('a locked service ID says why it cannot be changed, and is unlocked', async () => {
    await shown('locked');
    await visit.refuseBarriers();
    await visit.button('Lock').click();
    await visit.button('Unlock').waitFor();
    equal((await named('locked'))?.locked, true);
    for (const name of ['Change', 'Delete']) await visit.refusedBy(name, 'The service ID is locked');
    await visit.picture('service-id-locked');
    await visit.button('Unlock').click();
    await visit.button('Lock').waitFor();
    equal((await named('locked'))?.locked, false);
  });

  test('its keys are made on its page', async () => {
    const { iam_id: iamId } = await shown('keyed');
    await visit.button('Create an API key').click();
    await visit.field('Name').fill('build');
    await visit.inDialog('Create').click();
    const secret = await visit.field('API key').inputValue();
    await visit.field('I have stored it').check();
    await visit.inDialog('Close').click();
    await visit.link('build').waitFor();
    await visit.refuseBarriers();
    await visit.picture('service-id-keys');
    await lab.registry.login(secret);
    const { apikeys } = await json<{ apikeys: { name: string }[] }>('GET', `/v1/apikeys?iam_id=${iamId}`);
    deepEqual(
      apikeys.map(({ name }) => name),
      ['build'],
    );
    await visit.goTo('/api-keys?tab=service-ids');
    await visit.row('build').getByRole('link', { name: 'keyed' }).first().waitFor();
    await visit.picture('api-keys-of-service-ids');
  });

  test('it is added to a group and removed from it', async () => {
    const { accountId } = lab.registry;
    const group = await json<{ id: string }>('POST', `/v2/groups?account_id=${accountId}`, {
      name: 'builders',
    });
    const members = async (): Promise<string[]> => {
      const { members: found } = await json<{ members: { iam_id: string }[] }>(
        'GET',
        `/v2/groups/${group.id}/members`,
      );
      return found.map(({ iam_id }) => iam_id);
    };
    const { iam_id: iamId } = await shown('grouped');
    await visit.tab('Groups').click();
    await visit.button('Add to a group').click();
    await visit.refuseBarriers();
    await visit.picture('service-id-add-to-group');
    await visit.inDialog('Add').click();
    await visit.link('builders').waitFor();
    await visit.refuseBarriers();
    await visit.picture('service-id-groups');
    deepEqual(await members(), [iamId]);
    await visit.button('Remove from the group').click();
    await visit.inDialog('Remove').click();
    await visit.says('It is in no access group').waitFor();
    deepEqual(await members(), []);
  });

  test('its policies, its history and the profiles that trust it are shown', async () => {
    const { accountId } = lab.registry;
    const { id, iam_id: iamId } = await shown('trusted');
    await json('POST', '/v2/policies', v2Policy(iamId, 'Reader', accountId, onNamespace('birds')));
    const profile = await json<{ id: string }>('POST', '/v1/profiles', {
      name: 'deployer',
      account_id: accountId,
    });
    await json('POST', `/v1/profiles/${profile.id}/identities/serviceid`, {
      type: 'serviceid',
      identifier: id,
    });
    await visit.tab('Policies').click();
    await visit.says('namespace birds', visit.row('Reader')).waitFor();
    await visit.refuseBarriers();
    await visit.picture('service-id-policies');
    await visit.tab('Trusted by').click();
    await visit.link('deployer').waitFor();
    await visit.refuseBarriers();
    await visit.picture('service-id-trusted-by');
    await visit.tab('History').click();
    await visit.row('serviceid.create').waitFor();
    await visit.refuseBarriers();
  });

  test('a name that another person chose is text: in the list, on the page and in dialogs', async () => {
    const hostile = '<img src=x onerror=alert(1)>\u202egnp.';
    const written = '<img src=x onerror=alert(1)>\\u202egnp.';
    let dialogs = 0;
    visit.page.on('dialog', (dialog) => {
      dialogs += 1;
      void dialog.dismiss();
    });
    const { id } = await made(hostile, { apikey: { name: hostile }, description: hostile });
    await visit.goTo('/service-ids?q=onerror');
    await visit.link(written).waitFor();
    await visit.goTo(`/service-ids/${id}`);
    await visit.titled(`Service ID ${written}`).waitFor();
    await visit.link(written).waitFor();
    await visit.button('Delete').click();
    await visit.says(`API key ${written}`, visit.dialog).waitFor();
    await visit.refuseBarriers();
    equal(await visit.page.locator('main img, dialog img').count(), 0);
    equal(dialogs, 0);
  });

  test('its deletion names the keys that go with it, each one’s last use, and the pulls that would be refused', async () => {
    const { registry } = lab;
    const { id, iam_id: iamId, apikey } = await shown('gone', { apikey: { name: 'last one' } });
    const secret = apikey?.apikey ?? '';
    await registry.namespaceAdd('birds');
    const repository = new TestRepository(registry, 'birds/robin');
    await repository.pushImage('1');
    await json('POST', '/v2/policies', v2Policy(iamId, 'Reader', registry.accountId, onNamespace('birds')));
    const headers = { Authorization: basic('iamapikey', secret) };
    equal((await repository.request('GET', 'manifests/1', { headers })).status, 200);
    registry.clock.advance(60_000);
    await registry.runJob('record-pulls');
    await registry.runJob('record-activity');
    await visit.button('Delete').click();
    await visit.says(/API key last one, last used .* from 127\.0\.0\.1/, visit.dialog).waitFor();
    await visit.says('birds/robin, uses: 1', visit.dialog).waitFor();
    await visit.refuseBarriers();
    await visit.picture('service-id-delete');
    await visit.typed().fill('gone');
    await visit.inDialog('Delete: service ID').click();
    await visit.titled('Service IDs').waitFor();
    equal((await lab.registry.api('GET', `/v1/serviceids/${id}`)).status, 404);
    await rejects(lab.registry.login(secret));
  });
});

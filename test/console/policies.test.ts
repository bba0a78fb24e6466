import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { PolicyV2 } from '../../src/wire/policies.ts';
import type { ServiceId } from '../../src/wire/service-ids.ts';
import { onNamespace, v2Policy } from '../access/policy-documents.ts';
import { chromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { BrowserLab, type Visit } from './browser-lab.ts';

describe('policies in the console', needs(chromium), () => {
  let lab: BrowserLab;
  let visit: Visit;
  let deploy: ServiceId;
  before(async () => {
    lab = await BrowserLab.start();
    visit = await lab.visit();
    await lab.registry.namespaceAdd('birds');
    const account_id = lab.registry.accountId;
    deploy = await json('POST', '/v1/serviceids', { account_id, name: 'deploy' });
    const group = await json<{ id: string }>('POST', `/v2/groups?account_id=${account_id}`, {
      name: 'developers',
    });
    for (const role of ['Reader', 'Writer'])
      await json('POST', '/v2/policies', policyOf(deploy.iam_id, role));
    const { subject: _, ...rest } = policyOf('', 'Manager') as { subject: object };
    const attributes = [{ key: 'access_group_id', operator: 'stringEquals', value: group.id }];
    await json('POST', '/v2/policies', { ...rest, subject: { attributes } });
  });
  after(() => lab[Symbol.asyncDispose]());

  const policyOf = (iamId: string, role: string): object =>
    v2Policy(iamId, role, lab.registry.accountId, onNamespace('birds'));
  const json = async <Body>(method: string, path: string, body?: object): Promise<Body> => {
    const response = await lab.registry.api(method, path, body);
    ok(response.ok, `${method} ${path}: ${response.status} ${await response.clone().text()}`);
    return (await response.json()) as Body;
  };
  const held = async (): Promise<PolicyV2[]> => {
    const query = new URLSearchParams({ account_id: lab.registry.accountId, iam_id: deploy.iam_id });
    return (await json<{ policies: PolicyV2[] }>('GET', `/v2/policies?${query}`)).policies;
  };
  const roles = (): Promise<string[]> => visit.page.locator('tbody th').allInnerTexts();

  test('the list names what holds a policy, and says in words where it counts', async () => {
    await visit.goTo('/policies');
    const row = visit.row('Manager');
    await visit.says('developers', row).waitFor();
    await visit.says('namespace birds', row).waitFor();
    await visit.says('deploy', visit.row('Writer')).waitFor();
    await visit.refuseBarriers();
  });

  test('the list is filtered by holder, role and place, as the address says', async () => {
    await visit.goTo('/policies');
    await visit.field('Filter').fill('DEPLOY');
    await visit.page.waitForURL(/q=DEPLOY/);
    await visit.row('Manager').waitFor({ state: 'detached' });
    deepEqual((await roles()).toSorted(), ['Reader', 'Writer']);
    await visit.goTo('/policies?q=namespace%20birds');
    await visit.row('Manager').waitFor();
    await visit.goTo('/policies?q=nothing-like-it');
    await visit.says('Nothing fits this filter.').waitFor();
  });

  test('a deleted policy stands among the deleted ones, and is restored from there', async () => {
    await visit.goTo('/policies?q=writer');
    await visit.link('Writer').click();
    await visit.button('Delete policy').click();
    await visit.inDialog('Delete').click();
    await visit.titled('Policies').waitFor();
    equal((await held()).length, 1);
    await visit.tab('Deleted').click();
    await visit.link('Writer').click();
    await visit.button('Restore').click();
    await visit.button('Delete policy').waitFor();
    equal((await held()).length, 2);
  });

  test('two who change a policy at once see both documents, and nothing typed is lost', async () => {
    const [policy] = (await held()).filter(({ control }) => JSON.stringify(control).includes('Reader'));
    const path = `/v2/policies/${policy?.id}`;
    await visit.goTo(`/policies/${policy?.id}`);
    const field = visit.field('Document');
    const typed = (await field.inputValue()).replace('{', '{\n  "description": "mine",');
    await field.fill(typed);
    const { access_token: token } = await lab.registry.login();
    const etag = (await lab.registry.api('GET', path)).headers.get('etag') ?? '';
    const theirs = await lab.registry.fetch(path, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', 'If-Match': etag },
      body: JSON.stringify({ ...policyOf(deploy.iam_id, 'Reader'), description: 'theirs' }),
    });
    equal(theirs.status, 200, await theirs.text());
    visit.expectRefusal(412);
    await visit.button('Save the document').click();
    await visit.says('Someone changed the policy meanwhile').waitFor();
    await visit.says('"description": "theirs"', visit.page.locator('.note')).waitFor();
    equal(await field.inputValue(), typed);
    await visit.refuseBarriers();
    await visit.button('Save the document').click();
    await visit.says(/^The policy is changed/).waitFor();
    equal((await json<PolicyV2>('GET', path)).description, 'mine');
  });

  test('a policy is made as the document beside the form says; one that is there already is told', async () => {
    await visit.goTo(`/policies/new?iam_id=${deploy.iam_id}`);
    await visit.field('On').selectOption('management');
    await visit.field('Viewer: see settings').waitFor();
    equal(await visit.page.getByLabel('Reader: pull').count(), 0);
    await visit.field('On').selectOption('repository');
    await visit.field('Writer: push').check();
    await visit.field('Namespace').fill('birds');
    await visit.field('Repository').fill('app-*');
    const document = JSON.parse(await visit.page.locator('pre').first().innerText());
    match(await visit.page.locator('.command code').first().innerText(), /--repository 'birds\/app-\*'/);
    await visit.button('Create').click();
    await visit.button('Delete policy').waitFor();
    const made = (await held()).find(({ resource }) => JSON.stringify(resource).includes('app-*'));
    deepEqual(
      [made?.resource, made?.control, made?.subject],
      [document.resource, document.control, document.subject],
    );
    await visit.goTo(`/policies/new?iam_id=${deploy.iam_id}&namespace=birds`);
    visit.expectRefusal(409);
    await visit.button('Create').click();
    await visit.says(/already/, visit.page.getByRole('alert')).waitFor();
  });
});

import { deepEqual, equal } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Identities } from '../access/identities.ts';
import { onNamespace, v2Policy } from '../access/policy-documents.ts';
import { chromium } from '../support/chromium.ts';
import { needs } from '../support/component.ts';
import { BrowserLab } from './browser-lab.ts';

describe('who administers a part of an account, in the console', needs(chromium), () => {
  let lab: BrowserLab;
  before(async () => {
    lab = await BrowserLab.start();
    for (const name of ['birds', 'fish']) await lab.registry.namespaceAdd(name);
  });
  after(() => lab[Symbol.asyncDispose]());

  const made = async (path: string, body: object, apikey?: string): Promise<{ id: string }> => {
    const answer = await lab.registry.api('POST', path, body, apikey);
    equal(answer.status, 201, await answer.clone().text());
    return (await answer.json()) as { id: string };
  };

  test('may make policies and webhooks there, change those there, and no others', async () => {
    const { accountId } = lab.registry;
    const identities = new Identities(lab.registry);
    const { iamId, apikey } = await identities.user();
    await made(
      '/v2/policies',
      v2Policy(iamId, ['Administrator', 'Manager'], accountId, onNamespace('birds')),
    );
    const target = (await identities.serviceId()).iamId;
    const on = (namespace: string) => v2Policy(target, 'Reader', accountId, onNamespace(namespace));
    const own = await made('/v2/policies', on('birds'), apikey);
    const others = await made('/v2/policies', on('fish'));
    const ask = [own, others, { id: 'none' }].map(({ id: policy }) => ({
      action: 'iam-access-management.policy.delete',
      policy,
      resource: {},
    }));
    const answer = await lab.registry.api('POST', '/v1/explain/questions', { questions: ask }, apikey);
    const { answers } = (await answer.json()) as { answers: { allowed: boolean; because: string }[] };
    deepEqual(
      answers.map(({ allowed }) => allowed),
      [true, false, false],
    );
    equal(answers[1]?.because, answers[2]?.because);

    const visit = await lab.visit({ apikey });
    // whom the policy is for is not told to everyone
    visit.expectRefusal(404);
    await visit.entry('Webhooks').click();
    await visit.titled('Webhooks').waitFor();
    await visit.button('Add a webhook').and(visit.page.locator('[aria-disabled=false]')).waitFor();
    await visit.entry('Policies').click();
    await visit.titled('Policies').waitFor();
    await visit.button('Add a policy').and(visit.page.locator('[aria-disabled=false]')).waitFor();
    await visit.goTo(`/policies/${own.id}`);
    await visit.button('Delete policy').and(visit.page.locator('[aria-disabled=false]')).click();
    await visit.inDialog('Delete').click();
    await visit.titled('Policies').waitFor();
    await visit.end();
  });

  test('who has no right anywhere sees neither of them', async () => {
    const { apikey } = await new Identities(lab.registry).user();
    const visit = await lab.visit({ apikey });
    await visit.settled();
    for (const name of ['Webhooks', 'Policies']) equal(await visit.entry(name).count(), 0, name);
    await visit.end();
  });

  test('the owner of the account cannot be disabled and removed, and the buttons say so', async () => {
    const { accountId, ownerIamId } = lab.registry;
    const { iamId, apikey } = await new Identities(lab.registry).user();
    const platform = { serviceType: 'platform_service' };
    await made('/v2/policies', v2Policy(iamId, 'Administrator', accountId, platform));
    const visit = await lab.visit({ apikey });
    await visit.goTo(`/users/${ownerIamId}`);
    for (const name of ['Disable', 'Remove'])
      await visit.refusedBy(name, 'The owner of the account can be neither removed nor disabled.');
    await visit.goTo(`/users/${iamId}`);
    await visit.refusedBy('Remove', 'You cannot do this to yourself');
    await visit.end();
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IamLab, type Scope, type Someone } from '../identity/iam-lab.ts';
import { join, newProfile } from '../identity/people.ts';
import { TestRegistry } from '../support/registry.ts';

const BIRDS: Scope = { serviceName: 'container-registry', resourceType: 'namespace', resource: 'birds' };

test('P2: deleting an identity needs what deleting its policies needs', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const identities = await lab.someone('identity editor', 'Editor', { serviceName: 'iam-identity' });
  const users = await lab.someone('user administrator', 'Administrator', { serviceName: 'user-management' });
  const remove = async (who: Someone, path: string): Promise<number> =>
    (await lab.as(who, 'DELETE', path)).status;

  const serviceId = await lab.someone('deployer', 'Administrator', BIRDS);
  const profile = await newProfile(registry, 'deployer');
  await lab.grant(profile.iam_id, 'Reader', BIRDS);
  const ada = await join(registry, 'ada@example.com');
  await lab.grant(ada.iamId, 'Manager', BIRDS);
  const cases: [Someone, string][] = [
    [identities, `/v1/serviceids/${serviceId.id}`],
    [identities, `/v1/profiles/${profile.id}`],
    [users, `/v2/accounts/${registry.accountId}/users/${ada.iamId}`],
  ];
  for (const [who, path] of cases) {
    assert.equal(await remove(who, path), 403, path);
    assert.equal(await remove(who, `${path}?force=true`), 403, `${path} by force`);
    assert.equal((await lab.as(lab.owner, 'GET', path)).status, 200, 'it is still there');
  }
  for (const who of [identities, users]) await lab.grant(who.iamId, 'Administrator', BIRDS);
  for (const [who, path] of cases) assert.equal(await remove(who, path), 204, path);
});

test('an identity without policies is deleted by Editors, as ever', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const editor = await lab.someone('identity editor', 'Editor', { serviceName: 'iam-identity' });
  const serviceId = await lab.serviceId('nothing');
  const profile = await newProfile(registry, 'nothing');
  for (const path of [`/v1/serviceids/${serviceId.id}`, `/v1/profiles/${profile.id}`])
    assert.equal((await lab.as(editor, 'DELETE', path)).status, 204, path);
});

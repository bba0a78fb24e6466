import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestRegistry } from '../support/registry.ts';
import { as, join } from './people.ts';

const LISTS = {
  serviceid_groups: 'serviceid_groups',
  profile_templates: 'profile_templates',
  profile_assignments: 'assignments',
  account_settings_templates: 'account_settings_templates',
  account_settings_assignments: 'assignments',
};

test('lists of what is not supported are empty pages, with and without a slash at the end', async () => {
  await using registry = await TestRegistry.start();
  const { token } = await join(registry, 'ada@example.com');
  for (const [path, field] of Object.entries(LISTS))
    for (const address of [`/v1/${path}`, `/v1/${path}/`]) {
      const asked = `${address}?account_id=${registry.accountId}&limit=5&include_history=true&sort=name`;
      const { status, body } = await as(registry, token, 'GET', asked);
      assert.equal(status, 200, path);
      const { first, ...rest } = body;
      assert.deepEqual(rest, { offset: 0, limit: 5, [field]: [] }, path);
      assert.ok(first.includes(`/v1/${path}?`), first);
      const elsewhere = `${address}?account_id=${'0'.repeat(32)}`;
      assert.equal((await as(registry, token, 'GET', elsewhere)).status, 403);
      assert.equal((await as(registry, token, 'GET', `${address}?account_id=invalid`)).status, 400);
    }
});

test('what IBM has and this registry has not is refused in a sentence that says so, in the form of its family', async () => {
  await using registry = await TestRegistry.start();
  const { token } = await join(registry, 'ada@example.com');
  const refused: [string, string, RegExp][] = [
    [
      'POST',
      '/v1/serviceid_groups',
      /^Groups of service IDs are not supported\. Put service IDs into an access group\.$/,
    ],
    ['GET', '/v1/serviceid_groups/x', /^Groups of service IDs are not supported/],
    [
      'GET',
      `/v1/mfa/accounts/${registry.accountId}/status`,
      /^Multi-factor authentication is not supported\.$/,
    ],
    ['GET', '/v1/preferences/x', /^Preferences of identities are not supported\.$/],
    ['POST', '/v1/profile_templates', /^Templates of an enterprise are not supported\./],
    ['DELETE', '/v1/profile_assignments/x', /^Assignments of an enterprise are not supported\./],
    ['GET', '/v1/account_settings_templates/x/versions', /^Templates of an enterprise are not supported\./],
  ];
  for (const [method, path, message] of refused) {
    const { status, body } = await as(registry, token, method, path, method === 'POST' ? {} : undefined);
    assert.equal(status, 404, path);
    assert.match(body.errorMessage, message, path);
  }
});

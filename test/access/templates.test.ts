import assert from 'node:assert/strict';
import { test } from 'node:test';
import { join } from '../identity/people.ts';
import { TestRegistry } from '../support/registry.ts';
import { Caller } from './caller.ts';

const LISTS = [
  ['policy_templates', 'policy_templates'],
  ['policy_assignments', 'assignments'],
  ['action_control_templates', 'action_control_templates'],
  ['action_control_assignments', 'assignments'],
  ['role_templates', 'role_templates'],
  ['role_assignments', 'assignments'],
  ['group_templates', 'group_templates'],
  ['group_assignments', 'assignments'],
] as const;

test('lists of templates and assignments are empty for every member of the account, as there are none', async () => {
  await using registry = await TestRegistry.start();
  const { token } = await join(registry, 'ada@example.com');
  const member = Caller.bearing(registry, token);
  for (const [path, field] of LISTS) {
    const filters = `account_id=${registry.accountId}&version=1.0&name=x&limit=10`;
    const listed = await member.get(`/v1/${path}?${filters}`);
    assert.deepEqual([listed.status, listed.body], [200, { [field]: [] }], path);
    assert.equal((await member.get(`/v1/${path}`)).body.errors[0].message.includes('account_id'), true, path);
    assert.equal((await member.get(`/v1/${path}?account_id=other`)).status, 403, path);
    const one = await member.get(`/v1/${path}/one?account_id=${registry.accountId}`);
    assert.deepEqual([one.status, Object.keys(one.body).sort()], [404, ['errors', 'status_code', 'trace']]);
  }
});

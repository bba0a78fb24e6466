/** What an invitation gives is given in the step that makes it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Caller } from '../access/caller.ts';
import { onNamespace, storedPolicy, v1Policy, v2Policy } from '../access/policy-documents.ts';
import { TestRegistry } from '../support/registry.ts';
import { openRows } from '../support/rows.ts';

/** IBM's limit of policies in an account, and how many more there is room for here. */
const MOST = 4020;
const ROOM = 5;

let registry: TestRegistry;
let owner: Caller;

before(async () => {
  registry = await TestRegistry.start();
  owner = await Caller.login(registry);
  const { accountId } = registry;
  const other = 'iam-ServiceId-00000000-0000-0000-0000-000000000000';
  const document = v2Policy(other, 'Reader', accountId, onNamespace('bees'));
  const db = openRows(registry.database);
  for (let left = MOST - ROOM; left > 0; left -= 200) {
    const rows = Array.from({ length: Math.min(200, left) }, () => storedPolicy(accountId, other, document));
    await db.insertInto('policies').values(rows).execute();
  }
  await db.destroy();
});

after(async () => {
  await registry[Symbol.asyncDispose]();
});

const invite = (emails: readonly string[], policies: number, groups: readonly string[] = []) =>
  owner.post(`/v2/accounts/${registry.accountId}/users`, {
    users: emails.map((email) => ({ email })),
    iam_policy: Array.from({ length: policies }, (_, index) => {
      const { subjects: _subjects, ...policy } = v1Policy(
        '',
        'Reader',
        registry.accountId,
        onNamespace(`ns${index}`),
      );
      return policy;
    }),
    access_groups: groups,
  });

const members = async (): Promise<number> =>
  (await owner.get(`/v2/accounts/${registry.accountId}/users?limit=1`)).body.total_results;

const policiesOf = async (iamId: string): Promise<number> =>
  (await owner.get(`/v2/policies?account_id=${registry.accountId}&iam_id=${iamId}`)).body.policies.length;

test('an invitation whose policies do not all fit into the account is refused as a whole: no one is invited, nothing is given', async () => {
  const before = await members();
  const { status, body } = await invite(['ada@example.com', 'bob@example.com'], 3);
  assert.equal(status, 409, JSON.stringify(body));
  assert.equal(await members(), before);
  const group = (await owner.post(`/v2/groups?account_id=${registry.accountId}`, { name: 'ci' })).body.id;
  assert.equal((await invite(['ada@example.com'], 1, [group, 'AccessGroupId-none'])).status, 404);
  assert.equal(await members(), before);
  // what the refused ones would have made has taken no room
  const made = await invite(['ada@example.com'], ROOM - 1, [group]);
  assert.equal(made.status, 202, JSON.stringify(made.body));
  const [{ id }] = made.body.resources;
  assert.equal(await policiesOf(id), ROOM - 1);
  assert.equal((await owner.get(`/v2/groups/${group}/members`)).body.total_count, 1);
});

test('an invitation that is renewed has its policies once, and those that are new', async () => {
  const [{ id }] = (await invite(['cat@example.com'], 0)).body.resources;
  assert.equal(await policiesOf(id), 0);
  const renewed = await invite(['cat@example.com'], 1);
  assert.equal(renewed.body.resources[0].id, id);
  assert.equal((await invite(['cat@example.com'], 1)).status, 202);
  assert.equal(await policiesOf(id), 1);
});

test('an invitation gives 500 policies and memberships at the most, and says how to give more', async () => {
  const emails = Array.from({ length: 26 }, (_, index) => `user${index}@example.com`);
  const before = await members();
  const { status, body } = await invite(emails, 20);
  assert.equal(status, 400);
  assert.match(JSON.stringify(body), /at most 500 policies and memberships.*access group/);
  assert.equal(await members(), before);
});

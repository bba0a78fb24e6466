/** What it may cost to list what one could change: docs/decisions/0043-what-a-decision-may-cost.md. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TestRegistry } from '../support/registry.ts';
import { openRows } from '../support/rows.ts';
import { Caller } from './caller.ts';
import { type Holder, Identities } from './identities.ts';
import { onNamespace, storedPolicy, v2Policy } from './policy-documents.ts';

const LONG = 'a'.repeat(990);

let registry: TestRegistry;
let delegate: Holder;
let caller: Caller;
/** What the delegate sees: its own policies, and those on the namespace birds, which it administers. */
let visible: string[];

/** A delegate with Administrator policies of 14 long patterns each, and policies on a long name that almost fit them. */
before(async () => {
  registry = await TestRegistry.start();
  const { accountId } = registry;
  delegate = await new Identities(registry).serviceId();
  const rows = [];
  for (let each = 0; each < 3; each++) {
    const policy = v2Policy(delegate.iamId, 'Administrator', accountId);
    for (let at = 0; at < 14; at++) {
      const value = at < 13 ? `${'*a'.repeat(480)}${'*'.repeat(at)}` : `*${'a*'.repeat(490)}b${each}`;
      policy.resource.attributes.push({ key: 'resource', operator: 'stringMatch', value });
    }
    rows.push(storedPolicy(accountId, delegate.iamId, policy));
  }
  const administrator = v2Policy(delegate.iamId, 'Administrator', accountId, onNamespace('birds'));
  rows.push(storedPolicy(accountId, delegate.iamId, administrator));
  const other = 'iam-ServiceId-00000000-0000-0000-0000-000000000000';
  const on = (namespace: string) =>
    storedPolicy(accountId, other, v2Policy(other, 'Reader', accountId, onNamespace(namespace)));
  const birds = Array.from({ length: 3 }, () => on('birds'));
  visible = [...rows, ...birds].map(({ id }) => id).sort();
  rows.push(...birds, ...Array.from({ length: 12 }, () => on(LONG)));
  const db = openRows(registry.database);
  for (const row of rows) await db.insertInto('policies').values(row).execute();
  await db.destroy();
  // its caches did not hear of these rows
  await registry.restart();
  caller = await Caller.login(registry, delegate.apikey);
});

after(async () => {
  await registry[Symbol.asyncDispose]();
});

for (const version of ['v1', 'v2'])
  test(`a list of /${version}/policies ends its page when it took as many steps as a list may, and the next page goes on`, async () => {
    const seen: string[] = [];
    let pages = 0;
    for (let next = `/${version}/policies?account_id=${registry.accountId}`; next; pages++) {
      const { status, body } = await caller.get(next);
      assert.equal(status, 200, JSON.stringify(body));
      seen.push(...body.policies.map(({ id }: { id: string }) => id));
      next = body.next?.href;
    }
    assert.deepEqual(seen, visible);
    assert.ok(pages > 2, `${pages} pages`);
  });

test('a list in another order, which is known only at its end, is refused with the reason', async () => {
  const { status, body } = await caller.get(`/v2/policies?account_id=${registry.accountId}&sort=created_at`);
  assert.equal(status, 429);
  assert.match(body.errors[0].message, /leave out sort/);
});

test('who may see all policies has them on one page and in any order', async () => {
  const owner = await Caller.login(registry);
  for (const sort of ['id', 'created_at', '-state']) {
    const { body } = await owner.get(`/v2/policies?account_id=${registry.accountId}&sort=${sort}`);
    assert.equal(body.policies.length, 19, sort);
    assert.equal(body.next, undefined);
  }
});

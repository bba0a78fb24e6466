import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { TestRegistry } from '../support/registry.ts';
import { withRows } from './many-sessions.ts';

/** What an account has at most. */
const MOST = 10_000;

const create = (registry: TestRegistry, description: string): Promise<Response> =>
  registry.api('POST', `/api/v1/tokens?${new URLSearchParams({ description, permanent: 'true' })}`);

/** Copies of the one token there is. */
const plant = (registry: TestRegistry, count: number): Promise<unknown> =>
  withRows(registry, (db) =>
    sql`
      insert into registry_tokens (id, account_id, region_id, issuer, signing_key_id, readonly, namespace_id, description,
        expires_at, created_at, created_by, last_used_at, use_count)
      with recursive n(i) as (select 1 union all select i + 1 from n where i < ${sql.lit(count)})
      select 'planted-' || cast(i as text), account_id, region_id, issuer, signing_key_id, readonly, namespace_id,
        description, expires_at, created_at, created_by, last_used_at, use_count
      from n, (select * from registry_tokens limit 1) as one`.execute(db),
  );

const left = (registry: TestRegistry): Promise<string[]> =>
  withRows(registry, async (db) => {
    const rows = await db.selectFrom('registry_tokens').select('description').execute();
    return rows.map(({ description }) => description);
  });

test('an account has at most 10,000 registry tokens; the refusal says what to do', async () => {
  await using registry = await TestRegistry.start();
  assert.equal((await create(registry, 'first')).status, 200);
  await plant(registry, MOST - 2);
  assert.equal((await create(registry, 'last')).status, 200);
  const refused = await create(registry, 'one too many');
  assert.equal(refused.status, 409);
  assert.match(await refused.text(), /at most 10000 registry tokens.*tidegate cr token-rm/);
  assert.equal((await registry.api('DELETE', '/api/v1/tokens/planted-1')).status, 200);
  assert.equal((await create(registry, 'again')).status, 200);
});

test('tokens are removed by a description in writes of a hundred, and answered when none is left', async () => {
  await using registry = await TestRegistry.start();
  assert.equal((await create(registry, 'cluster')).status, 200);
  await plant(registry, 350);
  assert.equal((await create(registry, 'keep')).status, 200);
  assert.equal((await registry.api('DELETE', '/api/v1/tokens?secondaryOwner=cluster')).status, 200);
  assert.deepEqual(await left(registry), ['keep']);
  const events = await withRows(registry, (db) =>
    db
      .selectFrom('audit_events')
      .select('id')
      .where('action', '=', 'container-registry.registrytoken.delete')
      .execute(),
  );
  assert.equal(events.length, 351, 'each removal is in the audit log');
});

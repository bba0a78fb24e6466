import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Caller } from '../access/caller.ts';
import { TestRepository } from '../spec/repository.ts';
import { basic, TestRegistry } from '../support/registry.ts';
import { openRows } from '../support/rows.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('O21: no event and no exported line holds a secret, wherever a client puts one', async () => {
  const folder = temporaryFolder().path;
  const file = join(folder, 'audit.ndjson');
  await using registry = await TestRegistry.start({ env: { TIDEGATE_AUDIT_EXPORT: `file:${file}` } });
  await registry.namespaceAdd('birds');
  const { apikey: canary } = await registry.createKey('canary');
  const owner = await Caller.login(registry);
  const { access_token: token } = await registry.login(canary);
  const account_id = registry.accountId;
  const asking = { 'User-Agent': `agent ${canary} ${token}` };

  // where text of the client becomes part of what is told
  await owner.send('POST', '/v1/serviceids', { account_id, name: canary, description: token }, asking);
  await owner.send('DELETE', `/v1/serviceids/${canary}`, undefined, asking);
  await owner.send('POST', `/v2/groups?account_id=${account_id}`, { name: `g ${canary}` }, asking);
  await owner.send('PUT', `/api/v1/namespaces/${canary.toLowerCase()}`, undefined, asking);
  await owner.send('POST', `/api/v1/tokens?description=${canary}`, undefined, asking);
  await owner.send('PUT', '/v1/users/me/password', { old_password: canary, new_password: token }, asking);
  await owner.post('/v1/apikeys', {
    name: 'given',
    iam_id: registry.ownerIamId,
    account_id,
    apikey: `own-${canary}`,
  });
  const robin = new TestRepository(registry, 'birds/robin');
  await robin.pushImage('latest');
  const headers = { ...asking, Authorization: basic('iamapikey', canary) };
  await robin.request('GET', 'manifests/latest', { headers });
  await robin.request('GET', `manifests/${canary}`, { headers });
  await robin.request('PUT', `manifests/${canary}`, { headers, body: canary });
  await robin.request('DELETE', `/v2/birds/${canary.toLowerCase()}/manifests/${token.slice(0, 100)}`, {
    headers,
  });
  await owner.put('/api/v1/audit/hold', { reason: `${canary} ${token}` });
  await registry.restart();
  await registry.runJob('export-audit-log');
  const exported = readFileSync(file, 'utf8');
  const holds = await (await registry.api('GET', '/api/v1/audit/hold')).text();

  const db = openRows(registry.database);
  const rows = await db.selectFrom('audit_events').selectAll().execute();
  await db.destroy();
  const text = JSON.stringify(rows) + exported + holds + registry.logged.join('');
  assert.ok(exported.includes('agent *** ***'));
  assert.ok(rows.some(({ agent }) => agent === 'agent *** ***'));
  assert.ok(rows.some(({ outcome }) => outcome === 'failure'));
  for (const secret of [canary, token, registry.apikey, token.slice(0, 100)])
    assert.ok(!text.includes(secret), `an event holds ${secret.slice(0, 6)}…`);
  const [, payload = ''] = token.split('.');
  assert.ok(!text.includes(payload));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestRegistry } from '../support/registry.ts';

test('every answer of a JSON door that needs an access token has Cache-Control: no-store, whether it is given or refused', async () => {
  await using registry = await TestRegistry.start();
  const { access_token: token } = await registry.login();
  const routes = registry.routes.filter(({ needs }) => needs !== 'anyone');
  assert.ok(routes.length > 150, `${routes.length} routes`);
  const statuses = new Set<number>();
  for (const { method, path } of routes)
    for (const headers of [{ Authorization: `Bearer ${token}`, Account: registry.accountId }, {}]) {
      const [verb = 'GET'] = method.split(',');
      const response = await registry.fetch(path.replaceAll(/:[a-z_]+|\*/g, 'x'), { method: verb, headers });
      await response.body?.cancel();
      statuses.add(response.status);
      assert.equal(response.headers.get('cache-control'), 'no-store', `${verb} ${path}: ${response.status}`);
    }
  for (const status of [200, 401, 404]) assert.ok(statuses.has(status), [...statuses].join(' '));
});

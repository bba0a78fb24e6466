import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestRegistry } from '../support/registry.ts';
import { tryHistories } from './histories.ts';

test('CVE-2025-68944: P2: after any history rights only shrink from principal to key, token, bearer and profile, and nothing made again is reached by what was before', async () => {
  await tryHistories(10);
});

test('a registry token narrowed to a namespace manages nothing: every JSON route that asks who is there refuses it', async () => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  const made = await registry.api('POST', '/api/v1/tokens?write=true&namespace=birds');
  const { token } = (await made.json()) as { token: string };
  const headers = { Authorization: `Bearer ${token}`, Account: registry.accountId };
  for (const { method, path, needs } of registry.routes) {
    if (needs === 'anyone') continue;
    const [first = 'GET'] = method.split(',');
    const response = await registry.fetch(path.replaceAll(/:\w+|\*/g, 'x'), { method: first, headers });
    // some read their body before they ask who sends it
    assert.ok(response.status === 401 || response.status === 400, `${method} ${path}: ${response.status}`);
  }
});

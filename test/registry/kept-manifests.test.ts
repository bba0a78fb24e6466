import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonOf, OCI_INDEX } from '../spec/content.ts';
import { TestRegistry } from '../support/registry.ts';

test('manifests are kept in memory by their size: usual ones are read once, and large ones make room for each other', async () => {
  let statements = 0;
  await using registry = await TestRegistry.start({ onRead: () => void statements++ });
  await registry.namespaceAdd('birds');
  const push = async (name: string, bytes: number): Promise<void> => {
    const annotations = { name, note: 'n'.repeat(bytes) };
    const body = jsonOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [], annotations });
    const headers = { 'Content-Type': OCI_INDEX };
    assert.equal((await registry.v2('PUT', `birds/a/manifests/${name}`, { headers, body })).status, 201);
  };
  /** How many statements a pull reads with. */
  const pull = async (name: string): Promise<number> => {
    const before = statements;
    const response = await registry.v2('GET', `birds/a/manifests/${name}`);
    assert.equal(response.status, 200);
    await response.arrayBuffer();
    return statements - before;
  };
  await push('small', 1000);
  for (const name of ['1', '2', '3', '4', '5']) await push(name, 4_000_000);
  await pull('small');
  assert.equal(await pull('small'), 0);
  await pull('1');
  assert.equal(await pull('1'), 0);
  for (const name of ['2', '3', '4', '5']) await pull(name);
  assert.ok((await pull('1')) > 0, 'five of them are more than is kept');
});

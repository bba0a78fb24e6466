import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonOf, OCI_INDEX } from '../spec/content.ts';
import { TestRegistry } from '../support/registry.ts';
import { StatementLog } from '../support/statement-log.ts';

test('manifests are kept in memory by their size: usual ones are read once, and large ones make room for each other', async () => {
  const statements = new StatementLog();
  await using registry = await TestRegistry.start({ onRead: statements.note });
  await registry.namespaceAdd('birds');
  const push = async (name: string, bytes: number): Promise<void> => {
    const annotations = { name, note: 'n'.repeat(bytes) };
    const body = jsonOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [], annotations });
    const headers = { 'Content-Type': OCI_INDEX };
    assert.equal((await registry.v2('PUT', `birds/a/manifests/${name}`, { headers, body })).status, 201);
  };
  const pull = async (name: string): Promise<void> => {
    const response = await registry.v2('GET', `birds/a/manifests/${name}`);
    assert.equal(response.status, 200);
    await response.arrayBuffer();
  };
  const isKept = async (name: string): Promise<boolean> =>
    (await statements.fewest(() => pull(name))).length === 0;
  await push('small', 1000);
  for (const name of ['1', '2', '3', '4', '5']) await push(name, 4_000_000);
  await pull('small');
  assert.ok(await isKept('small'));
  await pull('1');
  assert.ok(await isKept('1'));
  const large = ['1', '2', '3', '4', '5'];
  const all = await statements.fewest(async () => {
    for (const name of large) await pull(name);
  });
  assert.ok(all.length > 0, 'five of them are more than is kept');
});

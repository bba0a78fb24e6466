import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';
import { digestOf } from '../../src/oci/digest.ts';
import { jsonOf, OCI_INDEX } from '../spec/content.ts';
import { TestRepository } from '../spec/repository.ts';
import { TestRegistry } from '../support/registry.ts';

const MANIFESTS = 60;
/** As large as one may be. */
const LARGE = 4_190_000;
/** Milliseconds of CPU time: one of them is hashed and parsed in a turn, and not a page of them. */
const LONGEST = 50;

/** The longest turn of this thread's event loop, in milliseconds of its CPU time. */
const longestTurnOf = async (work: () => Promise<void>): Promise<number> => {
  let [longest, isOver, last] = [0, false, process.threadCpuUsage()];
  const turn = (): void => {
    const { user, system } = process.threadCpuUsage(last);
    longest = Math.max(longest, (user + system) / 1000);
    last = process.threadCpuUsage();
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  isOver = true;
  return longest;
};

test('while manifests of 4 MB are verified, other requests have their turn after each', async (t) => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  const robin = new TestRepository(registry, 'birds/robin');
  for (let count = 0; count < MANIFESTS; count++) {
    const annotations = { id: randomUUID(), note: 'n'.repeat(LARGE) };
    const manifest = jsonOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [], annotations });
    const init = { body: new Uint8Array(manifest), headers: { 'Content-Type': OCI_INDEX } };
    const put = await robin.request('PUT', `manifests/${digestOf(manifest)}`, init);
    assert.equal(put.status, 201, await put.text());
  }
  let text = '';
  const longest = await longestTurnOf(async () => {
    text = await (await registry.api('POST', '/api/v1/gc/verify', {})).text();
  });
  t.diagnostic(`${longest} ms`);
  const end = JSON.parse(text.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
  assert.deepEqual([end.kind, end.manifests, end.findings], ['end', MANIFESTS, 0]);
  assert.ok(longest <= LONGEST, `a turn took ${longest} ms`);
});

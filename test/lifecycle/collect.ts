import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CollectionRun, Holders } from '../../src/wire/collection.ts';
import type { TestRegistry } from '../support/registry.ts';

/** Runs garbage collection as the operator does, and answers what it did. */
export const collect = async (registry: TestRegistry, dryRun = false): Promise<CollectionRun> => {
  let begun = await registry.api('POST', '/api/v1/gc/runs', { dry_run: dryRun });
  while (begun.status === 409) {
    await sleep(10);
    begun = await registry.api('POST', '/api/v1/gc/runs', { dry_run: dryRun });
  }
  const text = await begun.text();
  assert.equal(begun.status, 202, text);
  let run = JSON.parse(text) as CollectionRun;
  while (run.outcome === 'running') {
    await sleep(10);
    run = (await (await registry.api('GET', `/api/v1/gc/runs/${run.id}`)).json()) as CollectionRun;
  }
  return run;
};

/** The same, which must go well. */
export const collected = async (registry: TestRegistry, dryRun = false): Promise<CollectionRun> => {
  const run = await collect(registry, dryRun);
  assert.equal(run.outcome, 'done', run.reason ?? '');
  return run;
};

/** Who holds a digest; undefined when nothing here has it. */
export const holders = async (registry: TestRegistry, digest: string): Promise<Holders | undefined> => {
  const response = await registry.api('GET', `/api/v1/gc/holders/${encodeURIComponent(digest)}`);
  if (response.status === 404) return undefined;
  assert.equal(response.status, 200);
  return (await response.json()) as Holders;
};

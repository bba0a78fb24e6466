import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { System } from '../../src/wire/system.ts';
import { installations } from '../remote/replica-pair.ts';
import { needs } from '../support/component.ts';
import { isEmbedded } from '../support/engines.ts';
import { postgres } from '../support/postgres.ts';
import { TestRegistry } from '../support/registry.ts';
import { s3 } from '../support/s3.ts';
import { until } from '../support/until.ts';

const systemOf = async (registry: TestRegistry, apikey = registry.apikey): Promise<System> => {
  const answer = await registry.api('GET', '/api/v1/system', undefined, apikey);
  equal(answer.status, 200);
  return (await answer.json()) as System;
};

test('the operator sees the version, the replica and every job, with what has not run here yet', async () => {
  await using registry = await TestRegistry.start();
  const { jobs, replicas, database, replica, version, started_at: startedAt } = await systemOf(registry);
  deepEqual([replicas, database], [1, isEmbedded() ? 'sqlite' : 'postgresql']);
  match(replica, /:\d+$/);
  match(version, /^\d+\.\d+\.\d+/);
  equal(Date.parse(startedAt), registry.clock.now());
  const names = jobs.map(({ name }) => name);
  equal(new Set(names).size, names.length);
  for (const name of ['maintain-database', 'collect-garbage']) ok(names.includes(name), names.join());
  for (const { period, failures, of } of jobs) {
    ok(period > 0 && failures === 0);
    match(of, /^(process|installation)$/);
  }
  await until('a job has run', async () =>
    (await systemOf(registry)).jobs.some((job) => job.last_success_at !== undefined),
  );
});

suite('two replicas', needs(postgres, s3), () => {
  const { pair, opened } = installations();

  test('each counts both, and names itself', async () => {
    const { a, b } = await pair();
    opened.use(a);
    opened.use(b);
    const [one, other] = [await systemOf(a), await systemOf(b, a.apikey)];
    deepEqual([one.replicas, other.replicas], [2, 2]);
    ok(one.replica !== other.replica);
  });
});

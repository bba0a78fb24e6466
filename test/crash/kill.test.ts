import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freshEngines } from '../support/engines.ts';
import { RegistryProcess } from '../support/registry-process.ts';
import { killRounds } from './rounds.ts';

test('P5: killed 8 times while clients push, upload, tag, mount, delete and restore: what was acknowledged is there, uploads go on where they stand, nothing half-written is served', async (t) => {
  const { promised, resumed, inRows } = await killRounds(8);
  t.diagnostic(`${promised} promises kept, ${resumed} uploads resumed, ${inRows} blobs in rows`);
  assert.ok(promised > 40 && resumed > 0 && inRows > 0, 'there was something to lose');
});

test('P5: killed 8 times while garbage is collected under pushes, deletes and restores: nothing a manifest or the trash holds is lost, no byte is wrong, and what is left over goes', async (t) => {
  const { promised, collected, inRows } = await killRounds(8, { collecting: true });
  t.diagnostic(
    `${promised} promises kept, ${collected} blobs collected since the last start, ${inRows} blobs in rows`,
  );
  assert.ok(promised > 20 && collected > 0, 'there was something to lose, and something to collect');
});

test('P5: killed again and again while it starts for the first time, it starts, with the one owner it was given', async () => {
  await using registry = new RegistryProcess({ env: await freshEngines() });
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const started = registry.start().catch(() => undefined);
    await sleep(randomInt(500));
    await registry.kill('SIGKILL');
    await started;
  }
  await registry.start();
  await registry.namespaceAdd('birds');
  const response = await registry.request('/v1/apikeys');
  const { apikeys } = (await response.json()) as { apikeys: { name: string }[] };
  assert.deepEqual(
    apikeys.map(({ name }) => name),
    ['owner'],
  );
});

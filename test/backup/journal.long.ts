import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BackedUp } from './backups.ts';
import { rowsIn } from './journal-world.ts';

const KEYS = 15;
const WITHIN_MS = 5000;

test('each revocation is in the backup target within 5 s of its answer', async (t) => {
  await using it = await BackedUp.start();
  const keys = [];
  for (let count = 0; count < KEYS; count++) keys.push(await it.registry.createKey(`key ${count}`));
  await it.taken();
  const folder = join(it.root, 'first');
  let longest = 0;
  for (const { id } of keys) {
    assert.equal((await it.registry.api('DELETE', `/v1/apikeys/${id}`)).status, 204);
    const answered = performance.now();
    while (!(await rowsIn(folder, it.masterKey)).some(({ key }) => key[0] === id)) {
      assert.ok(performance.now() - answered < WITHIN_MS, id);
      await sleep(50);
    }
    longest = Math.max(longest, performance.now() - answered);
  }
  t.diagnostic(`the longest took ${Math.round(longest)} ms`);
});

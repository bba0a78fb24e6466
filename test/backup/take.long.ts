import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { collect } from '../lifecycle/collect.ts';
import { descriptorOf, LAYER, newBytes, newManifest } from '../spec/content.ts';
import { TestRepository } from '../spec/repository.ts';
import { openRows } from '../support/rows.ts';
import { BackedUp } from './backups.ts';

const ROWS = 200_000;
const PAGE = 2000;

/** A database of some size: users are in it and in every backup of it. */
const fill = async ({ registry }: BackedUp): Promise<void> => {
  await using db = openRows(registry.database);
  for (let from = 0; from < ROWS; from += PAGE) {
    const users = Array.from({ length: PAGE }, (_, each) => ({
      iam_id: `IBMid-${from + each}`,
      user_name: `user-${from + each}@example.com`,
      email: `user-${from + each}@example.com`,
      first_name: 'a first name',
      last_name: 'a last name',
      created_at: from,
    }));
    await db.insertInto('users').values(users).execute();
  }
};

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
};

test('O1, O18: under a hundred commits a second a backup ends within three times what it takes idle, and the event loop is not stopped', async (t) => {
  await using backup = await BackedUp.start();
  const { registry } = backup;
  await registry.namespaceAdd('birds');
  const robin = new TestRepository(registry, 'birds/robin');
  await robin.pushBlob(newBytes(2000));
  await fill(backup);
  await backup.taken('idle');
  const idle = await timed(() => backup.taken('idle'));

  const stop = new AbortController();
  let commits = 0;
  const committing = Array.from({ length: 4 }, async () => {
    while (!stop.signal.aborted) {
      await robin.begin();
      commits++;
      await sleep(25);
    }
  });
  // on a machine that is busy with other work no event loop turns in time: what it does without a backup is the measure
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  await sleep(5000);
  const usual = delay.percentile(99) / 1e6;
  delay.reset();
  const before = commits;
  const busy = await timed(() => backup.taken('busy'));
  delay.disable();
  const rate = ((commits - before) * 1000) / busy;
  stop.abort();
  await Promise.all(committing);
  const p99 = delay.percentile(99) / 1e6;
  t.diagnostic(
    `idle ${idle.toFixed(0)} ms, busy ${busy.toFixed(0)} ms at ${rate.toFixed(0)} commits/s, loop p99 ${p99.toFixed(1)} ms (without a backup ${usual.toFixed(1)}), longest ${(delay.max / 1e6).toFixed(0)} ms`,
  );
  assert.ok(busy < 3 * idle, `${busy} ms, and ${idle} ms idle`);
  assert.ok(p99 < Math.max(50, 2 * usual), `${p99} ms, and ${usual} ms without a backup`);
});

test('O3: a hundred backups beside collection without any grace name no missing bytes', async (t) => {
  await using backup = await BackedUp.start({ env: { TIDEGATE_GC_GRACE: '0s' } });
  const { registry } = backup;
  await registry.namespaceAdd('birds');
  const robin = new TestRepository(registry, 'birds/robin');
  const stop = new AbortController();
  let pushed = 0;
  let removed = 0;
  const pushing = (async () => {
    while (!stop.signal.aborted) {
      const bytes = newBytes(3000);
      await robin.pushBlob(bytes);
      await robin.putManifest(`tag-${pushed % 20}`, newManifest({ layers: [descriptorOf(LAYER, bytes)] }));
      if (pushed++ % 5 === 0) await robin.request('DELETE', `manifests/tag-${pushed % 20}`);
    }
  })();
  const collecting = (async () => {
    while (!stop.signal.aborted) {
      registry.clock.advance(1000);
      removed += (await collect(registry)).removed.blobs;
    }
  })();
  try {
    for (let each = 0; each < 100; each++) {
      const run = await backup.taken();
      assert.equal(run.damaged, 0, `backup ${each}`);
      if (each % 25 === 24) assert.deepEqual((await backup.verify()).findings, []);
    }
  } finally {
    stop.abort();
    await Promise.all([pushing, collecting]);
  }
  t.diagnostic(`${pushed} pushes, ${removed} blobs collected`);
  assert.ok(removed > 50, 'there was something to miss');
});

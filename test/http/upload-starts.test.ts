import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { UploadStarts } from '../../src/http/v2/upload-starts.ts';

test('of uploads that come at once, each turn of the event loop begins four, in the order they came', async () => {
  const starts = new UploadStarts();
  const begun: number[] = [];
  for (let upload = 0; upload < 10; upload += 1) void starts.take().then(() => begun.push(upload));
  const seen: number[] = [];
  for (let turn = 0; turn < 4; turn += 1) {
    await turnOfLoop();
    seen.push(begun.length);
  }
  deepEqual(seen, [4, 8, 10, 10]);
  deepEqual(begun, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('an upload that comes after all others have begun waits for none', async () => {
  const starts = new UploadStarts();
  await starts.take();
  let isBegun = false;
  void starts.take().then(() => {
    isBegun = true;
  });
  await turnOfLoop();
  deepEqual(isBegun, true);
});

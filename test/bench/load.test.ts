import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type LoadOptions, runLoad } from '../../bench/load.ts';
import type { ServerProcess } from '../../bench/process.ts';

const load = (options: Partial<LoadOptions>) =>
  runLoad({
    workers: 4,
    seconds: 60,
    warmup: { seconds: 60, units: 0 },
    process: undefined,
    signal: new AbortController().signal,
    unit: () => nextTurn(),
    ...options,
  });

test('the warm-up is not counted, and no index is given twice', async () => {
  const seen: number[] = [];
  const unit = async (index: number) => {
    seen.push(index);
    await nextTurn();
  };
  const measured = await load({ warmup: { seconds: 60, units: 10 }, mostUnits: 25, unit });
  assert.equal(measured.units, 25);
  assert.deepEqual(
    seen.toSorted((a, b) => a - b),
    Array.from({ length: 35 }, (_, index) => index),
  );
});

test('the warm-up lasts until the server has used CPU time, which on a busy machine it gets late', async () => {
  let looks = 0;
  const process = { cpuSeconds: () => looks++, uncertaintySeconds: 0 } as unknown as ServerProcess;
  await load({ process, warmup: { seconds: 0.05, units: Number.POSITIVE_INFINITY }, mostUnits: 0 });
  // before and after what is measured: two
  assert.ok(looks >= 4, `${looks} looks`);
});

test('so many workers run at once, and no more', async () => {
  let running = 0;
  let most = 0;
  const unit = async () => {
    most = Math.max(most, ++running);
    await nextTurn();
    running--;
  };
  await load({ workers: 3, mostUnits: 30, unit });
  assert.equal(most, 3);
});

test('failed units are counted with the first message and are no units done', async () => {
  const unit = async (index: number) => {
    await nextTurn();
    if (index >= 5) throw new Error(`unit ${index} was refused`);
  };
  const measured = await load({ workers: 1, mostUnits: 8, unit });
  assert.deepEqual([measured.units, measured.errors, measured.firstError], [5, 3, 'unit 5 was refused']);
});

test('a server that only fails ends the loop', async () => {
  const measured = await load({ workers: 50, unit: () => Promise.reject(new Error('down')) });
  assert.ok(measured.errors >= 100 && measured.errors < 200, `${measured.errors} errors`);
});

test('a failed warm-up is not followed by a measurement', async () => {
  const measured = await load({
    warmup: { seconds: 60, units: 1 },
    unit: () => Promise.reject(new Error('503')),
  });
  assert.deepEqual([measured.units, measured.seconds, measured.firstError], [0, 0, '503']);
});

test('the time bound ends a loop without a bound on units', async () => {
  const measured = await load({ seconds: 0.06 });
  assert.ok(measured.units > 0 && measured.seconds >= 0.06);
});

test('an abort ends the loop with the reason', async () => {
  const controller = new AbortController();
  const unit = async (index: number) => {
    if (index === 20) controller.abort(new Error('ended by SIGINT'));
    await nextTurn();
  };
  await assert.rejects(load({ signal: controller.signal, unit }), /ended by SIGINT/);
});

test('latencies are in milliseconds, p50 no more than p99', async () => {
  const { p50, p99 } = await load({ mostUnits: 100 });
  assert.ok(p50 > 0 && p50 <= p99 && p99 < 60_000);
});

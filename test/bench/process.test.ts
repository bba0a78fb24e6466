import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { observe, parseCpuSeconds, parsePeakRss, UNCERTAINTY_SECONDS } from '../../bench/process.ts';

const linuxOnly = { skip: process.platform === 'linux' ? false : 'there is no /proc here' };

/** Bounded by CPU time as the process itself counts it, over all its threads. */
const burnCpu = (seconds: number): void => {
  const start = process.cpuUsage();
  for (;;) {
    const { user, system } = process.cpuUsage(start);
    if (user + system >= seconds * 1e6) return;
  }
};

test('the CPU fields are found behind a program name that holds blanks and brackets', () => {
  const stat = '42 (a) S (b) R 1 42 42 0 -1 4194304 900 0 3 0 150 25 7 9 20 0 11 0 5000 1000 200';
  assert.equal(parseCpuSeconds(stat), 1.75);
});

test('a malformed stat line is refused, not read as no CPU time', () => {
  assert.throws(() => parseCpuSeconds('42 (node) S 1'), /proc\(5\)/);
});

test('the peak RSS is VmHWM, in bytes', () => {
  assert.equal(parsePeakRss('Name:\tnode\nVmPeak:\t  900 kB\nVmHWM:\t   64 kB\nVmRSS:\t   32 kB\n'), 65_536);
});

test('a status without VmHWM, as an ended process leaves it, is refused', () => {
  assert.throws(() => parsePeakRss('Name:\tnode\nState:\tZ (zombie)\n'), /VmHWM/);
});

test(
  'CPU time is counted over all threads, ended ones included, as the process counts it itself',
  linuxOnly,
  async () => {
    const watched = observe([process.pid]);
    assert.ok(watched);
    const own = process.cpuUsage();
    const before = watched.cpuSeconds();
    burnCpu(0.15);
    const worker = new Worker(`(${burnCpu})(0.15)`, { eval: true });
    await new Promise((resolve) => worker.once('exit', resolve));
    const { user, system } = process.cpuUsage(own);
    const counted = watched.cpuSeconds() - before;
    const expected = (user + system) / 1e6;
    assert.ok(expected >= 0.3, `burnt ${expected} s`);
    assert.ok(
      Math.abs(counted - expected) < UNCERTAINTY_SECONDS + 0.01,
      `${counted} s read, ${expected} s spent`,
    );
  },
);

test('several processes are one registry: their CPU times and their doubts add up', linuxOnly, () => {
  const one = observe([process.pid]);
  const twice = observe([process.pid, process.pid]);
  assert.ok(one && twice);
  assert.ok(twice.cpuSeconds() >= 2 * one.cpuSeconds());
  assert.ok(twice.peakRss() >= 2 * one.peakRss() * 0.99);
  assert.equal(twice.uncertaintySeconds, 2 * one.uncertaintySeconds);
});

test('a pid that does not run is refused before anything is measured', linuxOnly, () => {
  assert.throws(() => observe([2 ** 30]), /ENOENT/);
});

test('without a pid nothing is observed', () => {
  assert.equal(observe([]), undefined);
});

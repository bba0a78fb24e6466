import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseCpuSeconds } from '../../bench/process.ts';
import { fillContents } from '../registry/million-contents.ts';
import { fillFile } from '../registry/million-tags.ts';
import { type Component, needs } from '../support/component.ts';
import { RegistryProcess } from '../support/registry-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { BARE, build } from './made.ts';

const linux: Component = {
  name: 'Linux',
  absence: () => (process.platform === 'linux' ? undefined : 'CPU time is read from /proc'),
};

/** As the package's launcher and the image start it. */
const FLAGS = [
  '--disable-warning=ExperimentalWarning',
  '--max-semi-space-size=4',
  '--heap-growing-percent=50',
];

describe('O58: a start takes at most a second of CPU time until it answers', needs(linux), () => {
  const folder = temporaryFolder();
  before(() => build(folder.path));
  after(() => folder[Symbol.dispose]());

  const program = (): string[] => [process.execPath, ...FLAGS, join(folder.path, 'program/main.js'), 'serve'];

  const started = async (registry: RegistryProcess): Promise<{ cpu: number; wall: number }> => {
    const begun = performance.now();
    await registry.start();
    assert.equal((await fetch(`${registry.url}/healthz`)).status, 200);
    const wall = (performance.now() - begun) / 1000;
    return { cpu: parseCpuSeconds(readFileSync(`/proc/${registry.pid}/stat`, 'utf8')), wall };
  };

  /** The least of three starts on a data folder that is there: other work on the machine only adds to it. */
  const assertShort = async (
    t: TestContext,
    command: readonly string[],
    fill: (file: string) => void = () => undefined,
  ): Promise<void> => {
    await using registry = new RegistryProcess({ command, env: BARE, startWithin: 120_000 });
    await registry.start();
    await registry.namespaceAdd('birds');
    await registry.kill('SIGTERM');
    fill(join(registry.dataDir, 'tidegate.db'));
    const first = await started(registry);
    const starts = [];
    for (let round = 0; round < 3; round++) {
      await registry.kill('SIGTERM');
      starts.push(await started(registry));
    }
    const [cpu, wall] = [
      Math.min(...starts.map((start) => start.cpu)),
      Math.min(...starts.map((start) => start.wall)),
    ];
    await sleep(3000);
    const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${registry.pid}/status`, 'utf8'))?.[1];
    t.diagnostic(
      `${cpu} s of CPU time, ${wall.toFixed(2)} s in all (the first ${first.cpu} and ${first.wall.toFixed(2)}), then ${(Number(resident) / 1024).toFixed(0)} MB; load ${loadavg()[0]}`,
    );
    assert.ok(cpu <= 1, `${cpu} s`);
  };

  test('the package', (t) => assertShort(t, program()));

  test('the executable', (t) =>
    assertShort(t, [join(folder.path, `tidegate-linux-${process.arch}`), 'serve']));

  test('the package, on 10^6 tags', (t) =>
    assertShort(t, program(), (file) => {
      fillFile(file);
      fillContents(file);
    }));
});

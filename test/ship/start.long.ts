import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseCpuSeconds } from '../../bench/process.ts';
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

describe('a start takes at most a second of CPU time until it answers', needs(linux), () => {
  const folder = temporaryFolder();
  before(() => build(folder.path));
  after(() => folder[Symbol.dispose]());

  /** The least of three starts on a data folder that is there: other work on the machine only adds to it. */
  const startOf = async (command: readonly string[]): Promise<number> => {
    await using registry = new RegistryProcess({ command, env: BARE });
    const seconds: number[] = [];
    await registry.start();
    for (let round = 0; round < 3; round++) {
      await registry.restart();
      assert.equal((await fetch(`${registry.url}/healthz`)).status, 200);
      seconds.push(parseCpuSeconds(readFileSync(`/proc/${registry.pid}/stat`, 'utf8')));
    }
    return Math.min(...seconds);
  };

  test('the package', async (t) => {
    const seconds = await startOf([
      process.execPath,
      ...FLAGS,
      join(folder.path, 'program/main.js'),
      'serve',
    ]);
    t.diagnostic(`${seconds} s`);
    assert.ok(seconds <= 1, `${seconds} s`);
  });

  test('the executable', async (t) => {
    const seconds = await startOf([join(folder.path, `tidegate-linux-${process.arch}`), 'serve']);
    t.diagnostic(`${seconds} s`);
    assert.ok(seconds <= 1, `${seconds} s`);
  });
});

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { atExit, tiedToUs } from './at-exit.ts';
import { type Component, demand } from './component.ts';

const SOURCE = join(import.meta.dirname, 'power-loss.c');
const unmountWithin = 10_000;

const isUsable = (device: string): boolean => {
  try {
    accessSync(device, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

/** The right to mount a file system of our own, and what compiles it. */
export const powerLossDisk: Component = {
  name: 'FUSE disk',
  absence() {
    if (process.platform !== 'linux') return 'it is for Linux';
    if (!isUsable('/dev/fuse')) return 'no /dev/fuse that can be used here';
    for (const program of ['fusermount3', 'gcc'])
      if (spawnSync(program, ['--version']).status !== 0)
        return `no ${program}; scripts/components/install-packages fuse3 libfuse3-dev gcc libc6-dev`;
    return existsSync('/usr/include/fuse3/fuse.h')
      ? undefined
      : 'no fuse3/fuse.h; scripts/components/install-packages libfuse3-dev';
  },
};

/** What a power cut leaves of what was not synced: see power-loss.c. */
export const SURVIVORS = ['none', 'names', 'some'] as const;
export type Survivors = (typeof SURVIVORS)[number];

/** A file system in memory that loses what was not synced, names of files included. */
export class PowerLossDisk implements AsyncDisposable {
  /** Where it is mounted. */
  readonly folder: string;
  /** The power cuts there were, as power-loss.c was told of them. */
  readonly cuts: string[] = [];
  readonly #outside: string;
  readonly #child: ChildProcess;
  readonly #lines: Interface;
  readonly #exited: Promise<unknown>;
  /** Rejects when it ends, for whatever waits for it. */
  readonly #ended: Promise<never>;
  readonly #forget: () => void;

  private constructor(outside: string, child: ChildProcess) {
    this.#outside = outside;
    this.folder = join(outside, 'disk');
    this.#child = child;
    if (!child.stdout) throw new Error('no standard output');
    this.#lines = createInterface({ input: child.stdout });
    this.#exited = once(child, 'exit');
    this.#ended = this.#exited.then((code) => {
      throw new Error(`power-loss ended with ${code}`);
    });
    this.#ended.catch(() => undefined); // it ends when it is to end
    this.#forget = atExit(() => this.#remove());
  }

  static async mount(): Promise<PowerLossDisk> {
    demand(powerLossDisk);
    const outside = mkdtempSync(join(tmpdir(), 'tidegate-disk-'));
    mkdirSync(join(outside, 'disk'));
    const program = join(outside, 'power-loss');
    const flags = ['-O2', '-I/usr/include/fuse3', '-o', program, SOURCE, '-lfuse3'];
    const { status, stderr } = spawnSync('gcc', flags, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`power-loss.c was not compiled:\n${stderr}`);
    const [command, ...args] = tiedToUs([program, join(outside, 'disk')], 'TERM');
    const disk = new PowerLossDisk(outside, spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] }));
    await disk.#mounted();
    return disk;
  }

  /** Makes the names directly in it durable. */
  sync(): void {
    const folder = openSync(this.folder, 'r');
    fsyncSync(folder);
    closeSync(folder);
  }

  /** Cuts the power. Every process that uses it must be gone. */
  async losePower(survivors: Survivors, seed: number): Promise<void> {
    for (const deadline = Date.now() + unmountWithin; ; await sleep(50)) {
      const { status, stderr } = spawnSync('fusermount3', ['-u', this.folder], { encoding: 'utf8' });
      if (status === 0) break;
      if (Date.now() > deadline) throw new Error(`the disk is not unmounted: ${stderr}`);
    }
    this.cuts.push(`${survivors} ${seed}`);
    const mounted = this.#mounted();
    this.#child.stdin?.write(`${survivors} ${seed}\n`);
    await mounted;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    spawnSync('fusermount3', ['-u', '-z', this.folder]);
    this.#child.stdin?.end();
    await this.#exited;
    this.#remove();
    this.#forget();
  }

  async #mounted(): Promise<void> {
    await Promise.race([once(this.#lines, 'line'), this.#ended]);
  }

  #remove(): void {
    spawnSync('fusermount3', ['-u', '-z', this.folder]);
    this.#child.kill('SIGKILL');
    rmSync(this.#outside, { recursive: true, force: true });
  }
}

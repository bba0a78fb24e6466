import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const run = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0;

/** A file system of its own over a folder, until disposed. */
export interface Volume extends Disposable {
  /** Mounts it again with these options. */
  remount(options: string): void;
}

const remounter = (at: string) => (options: string) =>
  assert.ok(run('mount', '-o', `remount,${options}`, at), `remount ${options}`);

/** A tmpfs of `size` over `folder`; undefined where this process may not mount, which under CI is a failure. */
export const smallDisk = (folder: string, size: string): Volume | undefined => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!run('mount', '-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'tmpfs', folder)) return notHere();
  return { remount: remounter(folder), [Symbol.dispose]: () => void run('umount', '-l', folder) };
};

/**
 * A file system over `folder` on a thin disk: it says it has 256 MB, but behind it are only `size`. What is written
 * beyond them is accepted, and its sync fails. `remount` with a larger size gives the disk more.
 */
export const thinDisk = (folder: string, size: string): Volume | undefined => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const behind = mkdtempSync(join(tmpdir(), 'tidegate-thin-'));
  const image = join(behind, 'image');
  const end = (): void => {
    run('umount', '-l', folder);
    run('umount', '-l', behind);
    rmSync(behind, { recursive: true, force: true });
  };
  if (!run('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', behind)) return notHere(end);
  if (!run('sh', '-c', `: > '${image}'`)) return notHere(end);
  truncateSync(image, 256 << 20);
  const made = run('mkfs.ext4', '-q', '-O', '^has_journal', image);
  if (!made || !run('mount', '-o', 'loop,errors=continue', image, folder)) return notHere(end);
  return { remount: remounter(behind), [Symbol.dispose]: end };
};

const notHere = (end?: () => void): undefined => {
  end?.();
  assert.notEqual(process.env.CI, 'true', 'CI must be able to mount file systems');
};

export const NEEDS_MOUNT = 'SKIPPED: a disk of its own needs the right to mount a file system';

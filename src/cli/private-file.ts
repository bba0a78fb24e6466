import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Replaces a file by a rename, so that a reader gets the old text or the new one; only its owner can read it. */
export const replacePrivately = (path: string, text: string): void => {
  const staged = `${path}.${process.pid}.${randomUUID()}`;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    writeDurably(staged, text);
    renameSync(staged, path);
  } finally {
    rmSync(staged, { force: true });
  }
};

const writeDurably = (path: string, text: string): void => {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
};

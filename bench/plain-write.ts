/**
 * What the machine itself charges for new bytes in a file. On a virtual machine that hands free memory back to its host
 * (free page reporting), the first touch of a page costs its writer a trip there: 256 MB in the page cache then cost
 * not 200 µs/MB but 2000, and which it is depends on what ran seconds before.
 */
import { execFile } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { MEGABYTE } from './content.ts';

const TOUCH = `
let left = Number(process.argv[1]);
const held = [];
for (; left > 0; left -= 64) held.push(Buffer.alloc(64 * 2 ** 20, 1));
`;

/** Takes so many MB of memory from the host, at most half of what is free, and lets go of them for others to use. */
export const warmMemory = async (megabytes: number): Promise<void> => {
  const most = Math.floor(freemem() / MEGABYTE / 2);
  await promisify(execFile)(process.execPath, ['-e', TOUCH, String(Math.min(megabytes, most))]);
};

/** µs of CPU a plain write takes per MB, without a sync, into a new file of so many MB beside the server's. */
export const plainWriteCost = (megabytes: number): number => {
  const file = path.join(tmpdir(), `tidegate-bench-write-${process.pid}`);
  const bytes = Buffer.alloc(MEGABYTE, 1);
  const fd = openSync(file, 'wx', 0o600);
  try {
    const before = process.cpuUsage();
    for (let written = 0; written < megabytes; written++) writeSync(fd, bytes);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / megabytes;
  } finally {
    closeSync(fd);
    rmSync(file);
  }
};

/** A slow disk for one process: compiles slow-fsync.c and says which environment preloads it. Linux with gcc only. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const SOURCE = path.join(import.meta.dirname, 'slow-fsync.c');
const LIBRARY = 'slow-fsync.so';

/** Compiles the shim into `folder`; answers the environment under which every fsync takes `milliseconds` longer. */
export const delayFsync = async (folder: string, milliseconds: number): Promise<Record<string, string>> => {
  if (process.platform !== 'linux') throw new Error('--fsync-delay works on Linux only');
  const library = path.join(folder, LIBRARY);
  try {
    await promisify(execFile)('gcc', ['-O2', '-shared', '-fPIC', '-o', library, SOURCE, '-ldl']);
  } catch (error) {
    throw new Error('--fsync-delay needs gcc, which could not compile bench/slow-fsync.c', { cause: error });
  }
  return {
    LD_PRELOAD: library,
    BENCH_FSYNC_DELAY_US: String(Math.round(milliseconds * 1000)),
    // A file operation through io_uring would pass the shim by.
    UV_USE_IO_URING: '0',
  };
};

/** Throws unless the process has the shim loaded: a delay that silently is none would be worse than no figure. */
export const assertDelayed = (pid: number): void => {
  if (!readFileSync(`/proc/${pid}/maps`, 'utf8').includes(LIBRARY)) {
    throw new Error('--fsync-delay: the server runs without the shim; is its Node linked statically?');
  }
};

import { readFile } from 'node:fs/promises';
import { getAsset, isSea } from 'node:sea';
import { Worker } from 'node:worker_threads';

/** Run from its sources, bundled in a folder (the package), or as one executable file (scripts/build.ts makes both). */
export type Form = 'sources' | 'package' | 'executable';

const formOf = (): Form => {
  if (isSea()) return 'executable';
  return import.meta.url.endsWith('.ts') ? 'sources' : 'package';
};

export const FORM: Form = formOf();

/** A file that the build put beside the code, by its path there. Sources have none. */
export const readBuilt = async (path: string): Promise<Buffer> =>
  FORM === 'executable' ? Buffer.from(getAsset(path)) : readFile(new URL(path, import.meta.url));

/** The threads that there are, by the names of their modules. */
export type Thread = 'sqlite-writer' | 'pinned-worker';

/** What an executable begins with, and so each of its threads (scripts/build/executable-start.ts). */
const EXECUTABLE_START = 'executable-start.cjs';

/**
 * Starts a thread: from its module, or from the bundle that a build made of that. An executable has no file that Node could
 * load: there the thread's name says which bundle it runs.
 */
export const startThread = (name: Thread, module: URL, workerData: unknown): Worker => {
  if (FORM === 'sources') return new Worker(module, { workerData });
  if (FORM === 'package') return new Worker(new URL(`${name}.js`, import.meta.url), { workerData });
  return new Worker(getAsset(EXECUTABLE_START, 'utf8'), { name, workerData, eval: true });
};

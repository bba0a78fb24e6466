import { type SpawnSyncOptions, spawnSync } from 'node:child_process';

/** Runs a program to its end and answers what it printed; throws with what it complained about. */
export const run = ([command = '', ...args]: readonly string[], options: SpawnSyncOptions = {}): string => {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    ...options,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (error) throw new Error(`${command}: ${error.message}`, { cause: error });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}\n${stderr}`);
  return String(stdout);
};

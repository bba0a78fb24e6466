import { existsSync } from 'node:fs';

const pending = new Set<() => void>();
const signals = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

const cleanAll = () => {
  for (const clean of pending) {
    try {
      clean();
    } catch (error) {
      console.error(error);
    }
  }
  pending.clear();
};

const install = () => {
  process.once('exit', cleanAll);
  for (const [signal, number] of Object.entries(signals))
    process.once(signal, () => process.exit(128 + number));
};

/**
 * Runs `clean` when this process ends, however it ends short of SIGKILL: for child processes and temporary folders whose
 * disposer a crash or a runner's timeout would skip. Returns what takes it back. `clean` must be synchronous.
 */
export const atExit = (clean: () => void): (() => void) => {
  if (process.listenerCount('exit', cleanAll) === 0) install();
  pending.add(clean);
  return () => {
    pending.delete(clean);
  };
};

const setpriv = '/usr/bin/setpriv';

/** The command line that makes the kernel end a child with `signal` when this process is gone (Linux; elsewhere as it was). */
export const tiedToUs = (
  argv: readonly string[],
  signal: 'TERM' | 'KILL' = 'KILL',
): [string, ...string[]] => {
  const [command = '', ...rest] = argv;
  const tie = process.platform === 'linux' && existsSync(setpriv);
  return tie ? [setpriv, '--pdeathsig', signal, command, ...rest] : [command, ...rest];
};

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Component, demand } from '../support/component.ts';

const root = join(import.meta.dirname, '../..');

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** No settings of this shell; but compiled code is found from the first file on. */
const bare = (): Record<string, string> => {
  const { PATH = '', HOME = '', NODE_COMPILE_CACHE: cache } = process.env;
  return { PATH, HOME, ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }) };
};

/** Milliseconds after which a command is killed; its code is null then. */
const PATIENCE = 180_000;

/** Runs an operator command to its end, with these settings and no others. */
export const runOperator = (
  args: readonly string[],
  env: Record<string, string> = {},
  meanwhile?: (child: ChildProcess) => Promise<void>,
): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['src/main.ts', ...args], {
      cwd: root,
      env: { ...bare(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: PATIENCE,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    child.once('error', reject);
    meanwhile?.(child).catch(reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });

/** util-linux's script(1), which gives a program a terminal. */
export const terminal: Component = {
  name: 'script(1)',
  absence: () =>
    spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux')
      ? undefined
      : 'no script(1) of util-linux here; install bsdutils (Debian) or util-linux-script (Fedora)',
};

/** Runs an operator command on a terminal and answers what that shows; Ctrl-C is pressed once `until` holds. */
export const runOnTerminal = async (
  args: readonly string[],
  env: Record<string, string>,
  until?: () => boolean,
): Promise<string> => {
  demand(terminal);
  const command = ['exec', process.execPath, 'src/main.ts', ...args].join(' ');
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd: root,
    env: { ...bare(), ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: PATIENCE,
  });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    shown += text;
  });
  const closed = once(child, 'close');
  if (until) {
    while (!until() && child.exitCode === null) await sleep(20);
    await sleep(200); // what it prints follows
    child.stdin.write('\x03');
  }
  const [code] = await closed;
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${shown}`);
  return shown;
};

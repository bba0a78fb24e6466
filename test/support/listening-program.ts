import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { atExit, tiedToUs } from './at-exit.ts';

const startWithin = 30_000;

/** Starts a program that listens on a loopback port; resolves when it takes connections. */
export const startListening = async (
  argv: readonly string[],
  port: number,
  env: NodeJS.ProcessEnv = {},
): Promise<AsyncDisposable> => {
  const [command, ...args] = tiedToUs(argv, 'TERM');
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-10_000);
    });
  const exited = once(child, 'exit');
  const forget = atExit(() => child.kill('SIGKILL'));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exited;
    forget();
  };
  for (const deadline = Date.now() + startWithin; !(await answers(port)); await sleep(50)) {
    if (child.exitCode === null && Date.now() < deadline) continue;
    await stop();
    throw new Error(`${argv[0]} did not start:\n${said}`);
  }
  return { [Symbol.asyncDispose]: stop };
};

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

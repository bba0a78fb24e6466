import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { atExit, tiedToUs } from './at-exit.ts';
import { type Component, demand } from './component.ts';

const root = join(import.meta.dirname, '../..');
const script = join(root, 'scripts/components/haproxy');
export const HAPROXY_CONFIG = join(root, 'deploy/haproxy/haproxy.cfg');
const startWithin = 15_000;

export const haproxy: Component = {
  name: 'haproxy',
  absence: () =>
    existsSync('/usr/sbin/haproxy') || spawnSync('haproxy', ['-v']).error === undefined
      ? undefined
      : 'no haproxy here; as root: scripts/components/install-packages haproxy',
};

/** What haproxy says of the configuration we ship, with these addresses. */
export const checkHaproxyConfig = (env: NodeJS.ProcessEnv): { code: number | null; output: string } => {
  demand(haproxy);
  const { status, stdout, stderr } = spawnSync(script, ['check', HAPROXY_CONFIG], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  return { code: status, output: stdout + stderr };
};

/** One replica as haproxy reaches it. */
export interface Backend {
  readonly host: string;
  readonly opsPort: number;
}

export const haproxyEnv = (port: number, backends: readonly Backend[]): Record<string, string> =>
  Object.fromEntries([
    ['TIDEGATE_BIND', `127.0.0.1:${port}`],
    ...backends.flatMap(({ host, opsPort }, index) => [
      [`TIDEGATE_${index + 1}`, host],
      [`TIDEGATE_${index + 1}_OPS`, String(opsPort)],
    ]),
  ]);

/** Starts haproxy on loopback with the configuration we ship; resolves when it takes connections. */
export const startHaproxy = async (port: number, backends: readonly Backend[]): Promise<AsyncDisposable> => {
  demand(haproxy);
  const [command, ...args] = tiedToUs([script, 'run', HAPROXY_CONFIG], 'TERM');
  let said = '';
  const child: ChildProcess = spawn(command, args, {
    env: { ...process.env, ...haproxyEnv(port, backends) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  const exited = once(child, 'exit');
  const forget = atExit(() => child.kill('SIGKILL'));
  for (const deadline = Date.now() + startWithin; !(await answers(port)); await sleep(50)) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`haproxy did not start:\n${said}`);
  }
  // whoever answered may be somebody else, who took the port meanwhile: then haproxy says so and ends
  await sleep(300);
  if (child.exitCode !== null) throw new Error(`haproxy did not start:\n${said}`);
  return {
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await exited;
      forget();
    },
  };
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

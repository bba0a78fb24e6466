import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const READY_WITHIN_MS = 30_000;
const STOPPED_WITHIN_MS = 15_000;

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
}

/** A server the bench started itself. It writes its log, the access log too, to a file, as it would in earnest. */
export class StartedServer implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #logFile: string;
  readonly #kill = () => this.#child.kill('SIGKILL');

  constructor({ program, args, env, logFile }: Command) {
    const log = openSync(logFile, 'w', 0o600);
    this.#logFile = logFile;
    this.#child = spawn(program, args, { env, stdio: ['ignore', log, log] });
    closeSync(log);
    this.#child.on('error', () => undefined);
    process.once('exit', this.#kill);
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.#child.spawnfile} could not be started`);
    return this.#child.pid;
  }

  /** Waits until `url` answers 200; answers the milliseconds that took. Throws with the log's end if it never does. */
  async ready(url: URL): Promise<number> {
    const start = performance.now();
    while (this.#child.exitCode === null && performance.now() - start < READY_WITHIN_MS) {
      const response = await fetch(url, { signal: AbortSignal.timeout(1000) }).catch(() => undefined);
      await response?.body?.cancel();
      if (response?.status === 200) return performance.now() - start;
      await sleep(20);
    }
    const log = readFileSync(this.#logFile, 'utf8').slice(-2000);
    throw new Error(
      `${this.#child.spawnargs.join(' ')} did not become ready at ${url}; its log ends:\n${log}`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off('exit', this.#kill);
    if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null)
      return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const timer = setTimeout(this.#kill, STOPPED_WITHIN_MS);
    await exited;
    clearTimeout(timer);
  }
}

/** A port of the loopback interface that was free a moment ago. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port on 127.0.0.1');
  return address.port;
};

/** A folder under the system's temporary one, removed with all it holds at the end. */
export const temporaryFolder = async (name: string): Promise<AsyncDisposable & { readonly path: string }> => {
  const folder = await mkdtemp(path.join(tmpdir(), `tidegate-bench-${name}-`));
  return { path: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
};

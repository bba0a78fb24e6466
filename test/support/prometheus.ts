import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { atExit, tiedToUs } from './at-exit.ts';
import { type Component, demand } from './component.ts';
import { freePort } from './free-port.ts';
import { temporaryFolder } from './temporary-folder.ts';

const root = join(import.meta.dirname, '../..');
const script = join(root, 'scripts/components/prometheus');
const startWithin = 30_000;

export const prometheus: Component = {
  name: 'Prometheus',
  absence: () =>
    ['promtool', 'prometheus'].every((each) => spawnSync(each, ['--version']).error === undefined)
      ? undefined
      : 'no Prometheus here; as root: scripts/components/install-packages prometheus',
};

export interface Checked {
  readonly code: number | null;
  readonly output: string;
}

/** What promtool says of something. */
export const promtool = (
  what: 'check-metrics' | 'check-rules' | 'test-rules',
  { file, input }: { file?: string; input?: string },
): Checked => {
  demand(prometheus);
  const { status, stdout, stderr } = spawnSync(
    script,
    [what, ...(file === undefined ? [] : [join(root, file)])],
    {
      encoding: 'utf8',
      ...(input === undefined ? {} : { input }),
    },
  );
  return { code: status, output: stdout + stderr };
};

export interface Answered {
  readonly status: string;
  readonly error?: string;
  readonly data?: { readonly result: readonly unknown[] };
}

/** A real Prometheus that reads /metrics of one target every second, under the job tidegate. */
export class Prometheus implements AsyncDisposable {
  readonly #url: string;
  readonly #stop: () => Promise<void>;

  private constructor(url: string, stop: () => Promise<void>) {
    this.#url = url;
    this.#stop = stop;
  }

  static async start(target: string): Promise<Prometheus> {
    demand(prometheus);
    const folder = temporaryFolder();
    const config = join(folder.path, 'prometheus.yaml');
    writeFileSync(
      config,
      JSON.stringify({
        global: { scrape_interval: '1s', scrape_timeout: '1s' },
        scrape_configs: [{ job_name: 'tidegate', static_configs: [{ targets: [target] }] }],
      }),
    );
    const address = `127.0.0.1:${await freePort()}`;
    const [command, ...args] = tiedToUs([script, 'run', config, join(folder.path, 'data'), address], 'TERM');
    let said = '';
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    const exited = once(child, 'exit');
    const forget = atExit(() => child.kill('SIGKILL'));
    const url = `http://${address}`;
    const isReady = async (): Promise<boolean> =>
      (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok ?? false;
    for (const deadline = Date.now() + startWithin; !(await isReady()); await sleep(50))
      if (child.exitCode !== null || Date.now() > deadline)
        throw new Error(`Prometheus did not start:\n${said}`);
    return new Prometheus(url, async () => {
      child.kill('SIGTERM');
      await exited;
      forget();
      folder[Symbol.dispose]();
    });
  }

  async query(expression: string): Promise<Answered> {
    const response = await fetch(`${this.#url}/api/v1/query?${new URLSearchParams({ query: expression })}`);
    return (await response.json()) as Answered;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stop();
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { atExit, tiedToUs } from './at-exit.ts';
import { ClientRoom, clients, type Surroundings } from './clients.ts';
import { type Component, demand } from './component.ts';
import type { RunOptions, Turn } from './transcript.ts';

/** How the engine keeps images: its classic graph driver, or containerd's snapshotter (the default of new installs). */
export type ImageStore = 'overlay2' | 'containerd';

export const dockerEngineOf = (suite: string): Component => ({
  ...clients(['docker', 'dockerd', 'containerd', 'runc'], suite),
  name: 'docker engine',
});

export const dockerEngine: Component = dockerEngineOf('sid');

const startWithin = 60_000;
const stopWithin = 20_000;

/** A docker engine with an empty image store, and the docker CLI that talks to it. */
export class DockerEngine implements AsyncDisposable {
  readonly room: ClientRoom;
  readonly #forget = atExit(() => this.#child?.kill('SIGTERM'));
  #child: ChildProcess | undefined;
  #log = '';

  constructor(surroundings?: Surroundings, suite = 'sid') {
    this.room = new ClientRoom(suite, surroundings);
  }

  /** Runs `docker ARGS`. Its credentials are the room's own. */
  readonly docker = (args: readonly string[], options?: RunOptions): Promise<Turn> =>
    this.room.run(['docker', '--host', this.socket, ...args], { ...options });

  async start(store: ImageStore): Promise<void> {
    const { home } = this.room;
    const images = join(home, 'images');
    mkdirSync(join(this.room.outside, 'images'));
    const config = this.room.write('daemon.json', JSON.stringify(this.#settings(store)));
    // The image store is memory, and so fresh, fit for overlay mounts on any machine, and gone with the engine.
    const script = 'mount -t tmpfs -o mode=711 tidegate-test "$1" && exec dockerd --config-file "$2"';
    const argv = this.room.inTree(['/bin/sh', '-c', script, 'docker-engine', images, config]);
    const [command, ...args] = tiedToUs(argv, 'TERM');
    const child = spawn(command, args, { env: this.room.env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#log += text;
      });
    }
    child.once('close', () => {
      this.#child = undefined;
    });
    for (
      const deadline = Date.now() + startWithin;
      (await this.docker(['version'])).code !== 0;
      await sleep(200)
    ) {
      if (!this.#child) throw new Error(`dockerd ended instead of listening:\n${this.#log}`);
      if (Date.now() > deadline) throw new Error(`dockerd does not answer:\n${this.#log}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child) {
      const closed = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGTERM');
      const late = setTimeout(() => this.#killAll(child), stopWithin);
      await closed;
      clearTimeout(late);
    }
    this.#forget();
    this.room[Symbol.dispose]();
  }

  /** Its address, for a docker CLI of another room. */
  get socket(): string {
    return `unix://${this.room.home}/docker.sock`;
  }

  #settings(store: ImageStore) {
    const { home } = this.room;
    return {
      hosts: [this.socket],
      'data-root': join(home, 'images'),
      'exec-root': join(home, 'run/docker'),
      pidfile: join(home, 'docker.pid'),
      'insecure-registries': ['127.0.0.0/8'],
      // Containers share the machine's network, so the engine need not touch it.
      bridge: 'none',
      iptables: false,
      ip6tables: false,
      features: { 'containerd-snapshotter': store === 'containerd' },
      ...(store === 'overlay2' ? { 'storage-driver': 'overlay2' } : {}),
    };
  }

  /** The engine takes its containerd down with it, except when it is killed. */
  #killAll(child: ChildProcess): void {
    child.kill('SIGKILL');
    const pidFile = join(this.room.outside, 'run/docker/containerd/containerd.pid');
    try {
      process.kill(Number.parseInt(readFileSync(pidFile, 'utf8'), 10), 'SIGKILL');
    } catch {
      // It never started, or is gone already.
    }
  }
}

/** Starts an engine; it takes some seconds. `needs(dockerEngine)` says beforehand whether it can. */
export const startDockerEngine = async (
  store: ImageStore,
  surroundings?: Surroundings,
  suite = 'sid',
): Promise<DockerEngine> => {
  demand(dockerEngineOf(suite));
  const engine = new DockerEngine(surroundings, suite);
  try {
    await engine.start(store);
    return engine;
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
};

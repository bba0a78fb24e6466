import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../src/clock.ts';
import { loadRegions } from '../../src/config/regions.ts';
import { Platform, SAMPLES } from '../identity/platform.ts';
import { ClientRoom, clients } from '../support/clients.ts';
import type { Component } from '../support/component.ts';
import { type DockerEngine, dockerEngine, startDockerEngine } from '../support/docker-engine.ts';
import { Lab, labNetwork } from '../support/lab.ts';
import { startRegistryProcess } from '../support/registry-process.ts';
import { succeeded } from '../support/transcript.ts';
import { Terminal } from './terminal.ts';

const root = join(import.meta.dirname, '../..');
const CLIENTS = ['podman', 'skopeo', 'crane', 'oras', 'jq'] as const;

/** What the pages type beside clients, from this machine. */
const PROGRAMS = ['npm', 'curl', 'tar', 'sqlite3', 'script'] as const;

const programs: Component = {
  name: PROGRAMS.join(', '),
  absence() {
    const missing = PROGRAMS.filter(
      (name) => spawnSync('/bin/sh', ['-c', `command -v ${name}`]).status !== 0,
    );
    return missing.length > 0 ? `${missing.join(', ')} not on this machine` : undefined;
  },
};

export const NEEDED: readonly Component[] = [labNetwork, dockerEngine, clients(CLIENTS), programs];

const install = (folder: string, name: string, script: string): void => {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/bash\nset -eu\n${script}\n`);
  chmodSync(file, 0o755);
};

/** Where the programs are that only this person has. */
const programsIn = ({ folder }: Lab): string => {
  const programs = join(folder, 'programs');
  mkdirSync(programs, { recursive: true });
  return programs;
};

/** The working copy as a clone of it would be; its packages, which `npm start` would install, are those of this one. */
const GIT_CLONE = `
[ "$1" = clone ]
mkdir "$3"
tar -C '${root}' --exclude=./node_modules --exclude=./.cache --exclude=./.git --exclude=./data -cf - . | tar -C "$3" -xf -
ln -s '${root}/node_modules' "$3/node_modules"`;

/** The clone shares the packages of this checkout: `npm ci` in it would remove them from under everything that runs here. */
const NPM = `
[ "$1" != ci ] || { echo 'npm ci would remove the packages of this checkout' >&2; exit 1; }
PATH="\${PATH#*:}" exec npm "$@"`;

/** A cluster's keys, and a token of its service account prod/deploy, as kubectl prints them. */
const installKubectl = async (folder: string): Promise<void> => {
  await using cluster = await Platform.start(SAMPLES.kubernetes.iss, systemClock);
  const aud = ['https://registry.example.com'];
  writeFileSync(join(folder, 'jwks.json'), JSON.stringify(cluster.jwks));
  writeFileSync(join(folder, 'token.jwt'), await cluster.token({ ...SAMPLES.kubernetes, aud }));
  install(folder, 'kubectl', `[ "$1" = get ] && cat '${folder}/jwks.json' || cat '${folder}/token.jwt'`);
};

/** Runs a program of the client tree in the folder the shell is in. */
const inRoom = (room: ClientRoom, program: readonly string[]): string => {
  const env = Object.entries({ ...room.env, PODMAN_IGNORE_CGROUPSV1_WARNING: '1' }).map(
    ([name, value]) => `'${name}=${value}'`,
  );
  const words = room.inTree(['env', '-i']).map((word) => `'${word}'`);
  return ['exec', ...words, '--chdir="$PWD"', ...env, ...program, '"$@"'].join(' ');
};

/**
 * A person who has found this repository: an empty home and a machine with docker and other clients. The machine has a
 * network of its own, so port 5000 is free. There are two terminals, as the README asks for.
 */
export class Newcomer implements AsyncDisposable {
  readonly #opened = new AsyncDisposableStack();
  readonly #lab: Lab;
  readonly #env: NodeJS.ProcessEnv;
  #regions: Terminal | undefined;
  readonly home: string;
  /** The home, as this process sees it. */
  readonly outside: string;
  readonly terminal: Terminal;
  /** The one the server runs in. */
  readonly server: Terminal;

  private constructor(lab: Lab, engine: DockerEngine, room: ClientRoom) {
    this.#lab = this.#opened.use(lab);
    this.#opened.use(engine);
    this.#opened.use(room);
    this.home = room.home;
    this.outside = room.outside;
    this.#opened.defer(() => rmdir(room.home));
    const folder = programsIn(lab);
    install(folder, 'git', GIT_CLONE);
    install(folder, 'npm', NPM);
    install(folder, 'docker', inRoom(room, ['docker', '--host', engine.socket]));
    for (const name of CLIENTS) install(folder, name, inRoom(room, [name]));
    this.#env = {
      PATH: `${folder}:${process.env.PATH}`,
      HOME: this.home,
      SHELL: '/bin/bash',
      LANG: 'C.UTF-8',
      TERM: 'xterm',
    };
    this.terminal = this.#terminal(this.#env);
    this.server = this.#terminal(this.#env);
  }

  static async arrives(): Promise<Newcomer> {
    const regions = loadRegions(join(root, 'examples/regions.yaml')).regions;
    const lab = await Lab.open(regions.flatMap(({ hosts }) => hosts));
    await installKubectl(programsIn(lab));
    const room = new ClientRoom('sid', lab.surroundings);
    // the room under the path that its clients see: a file has the same name for them and for the shell
    await mkdir(room.home);
    succeeded(await lab.run(['mount', '--bind', room.outside, room.home]));
    return new Newcomer(lab, await startDockerEngine('containerd', lab.surroundings), room);
  }

  /** A terminal beside a second server, the one that examples/regions.yaml describes; its owner's key is in the environment. */
  async regions(): Promise<Terminal> {
    this.#regions ??= await this.#openRegions();
    return this.#regions;
  }

  async #openRegions(): Promise<Terminal> {
    const { enter, address, certificate, folder } = this.#lab;
    const env = {
      TIDEGATE_LISTEN: `${address}:443`,
      TIDEGATE_TLS_CERT: certificate.certFile,
      TIDEGATE_TLS_KEY: certificate.keyFile,
      TIDEGATE_EXTERNAL_URL: 'https://us.icr.io',
      TIDEGATE_REGIONS_FILE: join(root, 'examples/regions.yaml'),
    };
    const command = [...enter, process.execPath, join(root, 'src/main.ts'), 'serve'];
    const server = this.#opened.use(await startRegistryProcess({ command, env }));
    return this.#terminal({
      ...this.#env,
      PATH: `${this.home}/.local/bin:${this.#env.PATH}`,
      TIDEGATE_HOME: join(folder, 'regions'),
      NODE_EXTRA_CA_CERTS: certificate.authorityFile,
      IBMCLOUD_API_KEY: server.apikey,
    });
  }

  #terminal(env: NodeJS.ProcessEnv): Terminal {
    const { enter, folder } = this.#lab;
    return this.#opened.use(new Terminal({ enter, env, home: this.home, folder }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened.disposeAsync();
  }
}

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadRegions } from '../../src/config/regions.ts';
import { HOUR } from '../support/clock.ts';
import { type DockerEngine, startDockerEngine } from '../support/docker-engine.ts';
import { Lab } from '../support/lab.ts';
import { type RegistryProcess, startRegistryProcess } from '../support/registry-process.ts';
import { succeeded } from '../support/transcript.ts';
import { type ClientName, type Holder, openHolder } from './holder.ts';
import { Shell } from './shell.ts';

const root = join(import.meta.dirname, '../..');

/** The first host of the 2017 page's list, in the default region: for whatever is the same in all of them. */
export const HOST = 'registry.ng.bluemix.net';

/** Which page is played: the name its command line goes by, and the host it shows. */
export interface Page {
  readonly program: 'bx' | 'ibmcloud';
  readonly host: string;
}

export const TOKENS_PAGE: Page = { program: 'bx', host: HOST };
export const ACCESS_PAGE: Page = { program: 'ibmcloud', host: 'us.icr.io' };

interface Parts {
  readonly lab: Lab;
  readonly server: RegistryProcess;
  readonly engine: DockerEngine;
  readonly owner: Shell;
  /** Publishes the images that others pull, with the owner's key. */
  readonly publisher: Holder;
  /** Of the owner, in the region of HOST, for whatever does not need one to itself. */
  readonly namespace: string;
}

/**
 * The stage of a page: a server with IBM's hosts and a clock that can be moved, a docker engine, the account's owner
 * with the command line, and holders of secrets, all in a lab.
 */
export class PageLab implements AsyncDisposable {
  readonly #opened = new AsyncDisposableStack();
  readonly secrets = new Set<string>();
  #parts: Parts | undefined;
  #ahead = 0;
  #loggedInAt = 0;

  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async open(): Promise<void> {
    const regions = join(root, 'examples/regions.yaml');
    const hosts = loadRegions(regions).regions.flatMap((region) => region.hosts);
    const lab = this.#opened.use(await Lab.open(hosts));
    writeFileSync(join(lab.folder, 'clock'), '0');
    const server = await this.#serve(lab, regions);
    const engine = this.#opened.use(await startDockerEngine('containerd', lab.surroundings));
    const { program, host } = this.page;
    this.#install(lab, program, `exec -a ${program} ${process.execPath} ${join(root, 'src/main.ts')} "$@"`);
    const owner = this.#shell(lab);
    await owner.logIn(server.apikey);
    const publisher = this.#opened.use(openHolder('skopeo', engine, lab.surroundings));
    succeeded(await publisher.login(host, server.apikey, 'iamapikey'));
    this.#parts = { lab, server, engine, owner, publisher, namespace: await owner.addNamespace() };
  }

  get lab(): Lab {
    return this.#open.lab;
  }

  get server(): RegistryProcess {
    return this.#open.server;
  }

  get engine(): DockerEngine {
    return this.#open.engine;
  }

  /** The shell of the account's owner; its session outlives no more than an hour of the server's time. */
  async owner(): Promise<Shell> {
    const { owner, server } = this.#open;
    if (this.#ahead - this.#loggedInAt > HOUR) {
      await owner.logIn(server.apikey);
      this.#loggedInAt = this.#ahead;
    }
    return owner;
  }

  /** Another shell, where nobody is logged in. */
  newShell(): Shell {
    return this.#shell(this.lab);
  }

  /** The shell of the owner of an account made for this. */
  async newAccount(name: string): Promise<{ shell: Shell; apikey: string; id: string }> {
    const owner = await this.owner();
    const { stdout } = succeeded(await owner.types(`${this.page.program} account-create '${name}' -o json`));
    const { apikey, account_id: id } = JSON.parse(stdout) as { apikey: string; account_id: string };
    const shell = this.newShell();
    await shell.logIn(apikey);
    return { shell, apikey, id };
  }

  /** The id of the account a shell works in. */
  async accountOf(shell: Shell): Promise<string> {
    const { stdout } = succeeded(await shell.types(`${this.page.program} target`));
    return /^Account: +(\S+)$/m.exec(stdout)?.[1] ?? assert.fail(stdout);
  }

  holder(client: ClientName = 'docker'): Holder {
    return openHolder(client, this.engine, this.lab.surroundings);
  }

  /** A holder who is logged in at the page's host. */
  async loggedIn(value: string, client: ClientName = 'docker'): Promise<Holder> {
    const holder = this.holder(client);
    succeeded(await holder.login(this.page.host, value));
    return holder;
  }

  /** Publishes an image in a namespace of the owner's, a lasting one if none is named; its reference. */
  async published({ namespace = this.#open.namespace, runnable = false } = {}): Promise<string> {
    const reference = `${this.page.host}/${namespace}/${randomUUID()}:1`;
    succeeded(await this.#open.publisher.push(reference, runnable));
    return reference;
  }

  /** Moves the server's clock on. */
  advance(ms: number): void {
    this.#ahead += ms;
    const staged = join(this.lab.folder, 'clock.new');
    writeFileSync(staged, String(this.#ahead));
    renameSync(staged, join(this.lab.folder, 'clock'));
  }

  /** The server's time, in milliseconds since the epoch. */
  now(): number {
    return Date.now() + this.#ahead;
  }

  /** Makes `docker`, as this holder has it, a program of every shell. */
  installDocker({ room }: Holder): void {
    const env = Object.entries(room.env).map(([name, value]) => `${name}=${value}`);
    const argv = room.inTree(['env', '-i', ...env, 'docker', '--host', this.engine.socket]);
    this.#install(this.lab, 'docker', `exec ${argv.map((word) => `'${word}'`).join(' ')} "$@"`);
  }

  /** The line of the server's log about a request. */
  async logged(requestId: string): Promise<Record<string, unknown>> {
    const line = await this.loggedLine(
      (each) => each.includes(`"id":"${requestId}"`) && each.includes('"status"'),
    );
    return JSON.parse(line);
  }

  /** The first line of the server's log that is meant. Lines may be some time on their way. */
  async loggedLine(isMeant: (line: string) => boolean): Promise<string> {
    for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(50)) {
      const line = this.server.logs().split('\n').find(isMeant);
      if (line) return line;
    }
    return assert.fail('the server did not log it');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened.disposeAsync();
  }

  get #open(): Parts {
    if (!this.#parts) throw new Error('the lab is not open');
    return this.#parts;
  }

  #shell(lab: Lab): Shell {
    return new Shell({
      lab,
      programs: join(lab.folder, 'bin'),
      secrets: this.secrets,
      program: this.page.program,
    });
  }

  #install({ folder }: Lab, name: string, script: string): void {
    const file = join(folder, 'bin', name);
    mkdirSync(join(folder, 'bin'), { recursive: true });
    writeFileSync(file, `#!/bin/bash\n${script}\n`);
    chmodSync(file, 0o755);
  }

  async #serve(lab: Lab, regions: string): Promise<RegistryProcess> {
    const command = [...lab.enter, process.execPath, join(root, 'test/seeds/lab-server.ts')];
    const env = {
      TIDEGATE_LISTEN: `${lab.address}:443`,
      TIDEGATE_TLS_CERT: lab.certificate.certFile,
      TIDEGATE_TLS_KEY: lab.certificate.keyFile,
      TIDEGATE_EXTERNAL_URL: 'https://us.icr.io',
      TIDEGATE_REGIONS_FILE: regions,
      LAB_CLOCK: join(lab.folder, 'clock'),
    };
    return this.#opened.use(await startRegistryProcess({ command, env }));
  }
}

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atExit, tiedToUs } from './at-exit.ts';
import { clients, type Surroundings, treeOf } from './clients.ts';
import { type Component, demand } from './component.ts';
import { type LabCertificate, makeLabCertificate } from './lab-certificate.ts';
import { type RunOptions, run, type Turn } from './transcript.ts';

/** The right to make a network, and the client tree, whose busybox knows how to bring its loopback up. */
export const labNetwork: Component = {
  name: 'a network of our own',
  absence() {
    const missing = clients(['busybox']).absence();
    if (missing !== undefined) return missing;
    const { status } = spawnSync('unshare', ['--net', '--mount', 'true']);
    return status === 0 ? undefined : 'making a network namespace is not permitted here';
  },
};

/**
 * On the loopback interface but outside 127.0.0.0/8 (it is a network for documents, RFC 5737): docker takes any
 * certificate from what is inside, and falls back to plain HTTP there.
 */
const ADDRESS = '198.51.100.1';

/** Brings loopback up, gives the lab its host names, says so, and stays. */
const HOLD = [
  '"$1" ip link set lo up',
  `"$1" ip address add ${ADDRESS}/32 dev lo`,
  'mount --bind "$2" /etc/hosts',
  'echo ready',
  'exec sleep infinity',
].join('; ');

/** Which network a process is in; undefined where it is gone meanwhile. */
const networkOf = (pid: string): string | undefined => {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
};

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

/**
 * A network and a hosts file of a test's own, with an authority for its host names: port 443 and names that belong to
 * somebody else can be used in it, and nothing of it is seen outside. Whatever is to be in it is started through it.
 */
export class Lab implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'tidegate-lab-'));
  /** What all its host names lead to. */
  readonly address = ADDRESS;
  readonly certificate: LabCertificate;
  readonly #hosts: string;
  readonly #forget: () => void;
  #holder: ChildProcess | undefined;

  private constructor(hosts: readonly string[]) {
    this.#forget = atExit(() => this.#close());
    this.#hosts = ['127.0.0.1 localhost', ...hosts.map((host) => `${ADDRESS} ${host}`), ''].join('\n');
    writeFileSync(join(this.folder, 'hosts'), this.#hosts);
    this.certificate = makeLabCertificate(this.folder, hosts);
  }

  /** A lab with these host names. `needs(labNetwork)` says beforehand whether there can be one. */
  static async open(hosts: readonly string[]): Promise<Lab> {
    demand(labNetwork);
    const lab = new Lab(hosts);
    try {
      await lab.#hold();
      return lab;
    } catch (error) {
      lab[Symbol.dispose]();
      throw error;
    }
  }

  /** What a command line begins with to be run in the lab, from its root folder. */
  get enter(): readonly string[] {
    return ['nsenter', '--target', String(this.#holder?.pid), '--net', '--mount', '--'];
  }

  /** For rooms of the client tree: in the lab, with its host names, and trusting its authority and no other. */
  get surroundings(): Surroundings {
    const authority = readFileSync(this.certificate.authorityFile, 'utf8');
    return {
      enter: this.enter,
      files: { '/etc/hosts': this.#hosts, '/etc/ssl/certs/ca-certificates.crt': authority },
    };
  }

  /** Runs a program of this machine in the lab. */
  run(argv: readonly string[], options: RunOptions = {}): Promise<Turn> {
    return run([...this.enter, ...argv], { shownAs: argv.join(' '), ...options });
  }

  /** What `ps` says in the lab: the command line of everything that runs in it. */
  commandLines(): string[] {
    const network = networkOf(String(this.#holder?.pid));
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && networkOf(name) === network)
      .map((pid) => textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' '));
  }

  [Symbol.dispose](): void {
    this.#forget();
    this.#close();
  }

  async #hold(): Promise<void> {
    const files = [join(treeOf('sid'), 'usr/bin/busybox'), join(this.folder, 'hosts')];
    const argv = ['unshare', '--net', '--mount', '/bin/sh', '-euc', HOLD, 'lab', ...files];
    const [command, ...args] = tiedToUs(argv);
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#holder = child;
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    const ended = once(child, 'close').then(() => {
      throw new Error(`the lab could not be opened: ${complaint}`);
    });
    ended.catch(() => {}); // at its proper end nobody waits for it
    await Promise.race([once(child.stdout, 'data'), ended]);
  }

  #close(): void {
    this.#holder?.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeJwt } from 'jose';
import { atExit, tiedToUs } from './at-exit.ts';
import { type Certificate, makeCertificate, trust } from './certificate.ts';
import { freshEngines } from './engines.ts';

export interface RegistryProcessOptions {
  /** Added to the server's environment; an undefined value takes a variable away. */
  readonly env?: NodeJS.ProcessEnv;
  /** Added to `tidegate serve`. */
  readonly args?: readonly string[];
  /** Listen with TLS, with a certificate made for this server that this process then trusts. */
  readonly tls?: boolean;
  /** The command line that runs in the place of `tidegate serve`, such as one that enters another network first. */
  readonly command?: readonly string[];
  /** Tell the server where its probe listens, if `command` loads one (turn-probe.ts). */
  readonly probe?: boolean;
  /** Milliseconds that a start may take. */
  readonly startWithin?: number;
  /** The folder its own folder is made in; the system's temporary one unless given. */
  readonly folder?: string;
}

export interface SignedIn {
  readonly accessToken: string;
  readonly accountId: string;
  readonly iamId: string;
}

const root = join(import.meta.dirname, '../..');
const START_WITHIN = 30_000;
const FREE_PORT = '127.0.0.1:0';
const SERVE = [process.execPath, 'src/main.ts', 'serve'];

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
};

/** A real server as a child process, with a data folder of its own. End it with `await using`. */
export class RegistryProcess implements AsyncDisposable {
  /** The owner's API key: 44 characters, chosen for this server. */
  readonly apikey = randomBytes(33).toString('base64url');
  readonly dataDir: string;
  readonly certificate: Certificate | undefined;
  readonly #folder: string;
  readonly #command: readonly string[];
  readonly #env: NodeJS.ProcessEnv;
  readonly #startWithin: number;
  readonly #forget: () => void;
  #child: ChildProcess | undefined;
  #url = '';
  #logs = '';

  constructor(options: RegistryProcessOptions) {
    const { env = {}, args = [], tls = false, command = SERVE, folder = tmpdir(), probe } = options;
    this.#folder = mkdtempSync(join(folder, 'tidegate-test-'));
    this.#forget = atExit(() => this.#endNow());
    this.dataDir = join(this.#folder, 'data');
    mkdirSync(this.dataDir, { mode: 0o700 });
    if (tls) this.certificate = makeCertificate(this.#folder);
    if (this.certificate) trust(this.certificate);
    this.#command = [...command, ...args];
    this.#startWithin = options.startWithin ?? START_WITHIN;
    this.#env = { ...this.#ownSettings(), ...env };
    if (probe) this.#env.TIDEGATE_TEST_PROBE = this.probe;
  }

  get probe(): string {
    return join(this.#folder, 'probe');
  }

  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  get url(): string {
    return this.#url;
  }

  /** `127.0.0.1:PORT`, as image names begin with it. */
  get host(): string {
    return new URL(this.#url).host;
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('the server is not running');
    return this.#child.pid;
  }

  /** What an operator's command needs in its environment to work on what this server keeps. */
  get settings(): Record<string, string> {
    const names = /^(TIDEGATE_(DATA|DATABASE_URL|BLOBS_URL|MASTER_KEY|EXTERNAL_URL)$|AWS_)/;
    return Object.fromEntries(
      Object.entries(this.#env).flatMap(([name, value]) =>
        names.test(name) && value !== undefined ? [[name, value]] : [],
      ),
    );
  }

  /** Everything the server has written to both its outputs, over all its restarts. */
  logs(): string {
    return this.#logs;
  }

  /** Starts the server where it is down; comes back when it listens. */
  async start(): Promise<void> {
    if (this.#child) return;
    const listening = join(this.dataDir, 'listening');
    rmSync(listening, { force: true }); // a killed server leaves its own behind
    const [command, ...args] = tiedToUs(this.#command);
    const child = spawn(command, args, { cwd: root, env: this.#env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    const hear = (text: string) => {
      this.#logs += text;
    };
    child.stdout.setEncoding('utf8').on('data', hear);
    child.stderr.setEncoding('utf8').on('data', hear);
    child.once('error', (error) => hear(`${error.message}\n`));
    child.once('close', () => {
      if (this.#child === child) this.#child = undefined;
    });
    for (const deadline = Date.now() + this.#startWithin; ; ) {
      this.#url = textOf(listening);
      if (this.#url) break;
      if (!this.#child) throw new Error(`the server ended instead of listening:\n${this.#logs}`);
      if (Date.now() > deadline) throw new Error(`the server did not write ${listening}:\n${this.#logs}`);
      await sleep(20);
    }
    // a restart keeps the address, so that clients stay logged in
    if (this.#env.TIDEGATE_LISTEN === FREE_PORT) this.#env.TIDEGATE_LISTEN = this.host;
  }

  /** Sends a signal and waits until the process is gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (!child) return;
    const closed = new Promise((resolve) => child.once('close', resolve));
    child.kill(signal);
    await closed;
  }

  /** Down with `signal` and up again on the same address and data. */
  async restart(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.kill(signal);
    await this.start();
  }

  /** Exchanges an API key, the owner's unless another is given, for an access token. */
  async signIn(apikey = this.apikey): Promise<SignedIn> {
    const response = await fetch(`${this.#url}/identity/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'urn:ibm:params:oauth:grant-type:apikey', apikey }),
    });
    if (!response.ok) throw new Error(`sign in: ${response.status} ${await response.text()}`);
    const { access_token: accessToken } = (await response.json()) as { access_token: string };
    const claims = decodeJwt<{ iam_id: string; account: { bss: string } }>(accessToken);
    return { accessToken, accountId: claims.account.bss, iamId: claims.iam_id };
  }

  async accountId(): Promise<string> {
    return (await this.signIn()).accountId;
  }

  /** A request as the owner, in the owner's account. */
  async request(path: string, init: RequestInit = {}): Promise<Response> {
    const { accessToken, accountId } = await this.signIn();
    const headers = new Headers(init.headers);
    headers.set('Authorization', `Bearer ${accessToken}`);
    headers.set('Account', accountId);
    return fetch(this.#url + path, { ...init, headers });
  }

  async namespaceAdd(name: string): Promise<void> {
    const response = await this.request(`/api/v1/namespaces/${name}`, { method: 'PUT' });
    const answer = await response.text();
    if (!response.ok) throw new Error(`namespace-add ${name}: ${response.status} ${answer}`);
  }

  /** Ends the server at once and removes its data. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    // many files take a while; meanwhile connections to other servers may end, and this process must hear of it
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 });
    this.#forget();
  }

  #ownSettings(): NodeJS.ProcessEnv {
    // A server under test must not hear of this shell's settings, nor of the test runner.
    const inherited = Object.entries(process.env).filter(([name]) => !/^(TIDEGATE_|NODE_TEST)/.test(name));
    return {
      ...Object.fromEntries(inherited),
      TIDEGATE_LISTEN: FREE_PORT,
      TIDEGATE_DATA: this.dataDir,
      TIDEGATE_BOOTSTRAP_APIKEY: this.apikey,
      TIDEGATE_TLS_CERT: this.certificate?.certFile,
      TIDEGATE_TLS_KEY: this.certificate?.keyFile,
    };
  }

  #endNow(): void {
    this.#child?.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Starts a server on a free loopback port with fresh data; a failed start leaves nothing behind. */
export const startRegistryProcess = async (
  options: RegistryProcessOptions = {},
): Promise<RegistryProcess> => {
  const engines = await freshEngines(options.tls ? 'https' : 'http');
  const registry = new RegistryProcess({ ...options, env: { ...engines, ...options.env } });
  try {
    await registry.start();
    return registry;
  } catch (error) {
    await registry[Symbol.asyncDispose]();
    throw error;
  }
};

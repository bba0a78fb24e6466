import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type App, startApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { ReadObserver } from '../../src/database/database.ts';
import { createLog } from '../../src/observe/log.ts';
import type { RegionSettings } from '../../src/tenancy/room.ts';
import { MovableClock } from './clock.ts';
import { freshDataFolder } from './empty-database.ts';
import { freshEngines } from './engines.ts';
import { StatementGuard } from './statement-guard.ts';
import { sharedThreads } from './writer-threads.ts';

const LOCAL: RegionSettings = {
  default: 'local',
  anyHost: true,
  regions: [{ name: 'local', aliases: [], hosts: [] }],
};

export interface RegistryOptions {
  readonly env?: Record<string, string>;
  readonly regions?: RegionSettings;
  /** A data folder that is there already; it is removed at the end like any other. */
  readonly data?: string;
  /** The owner's key, where the folder knows one. */
  readonly apikey?: string;
  /** Also told of every statement that reads rows. */
  readonly onRead?: ReadObserver;
}

/** A real registry in this process, on a free port and a fresh folder, with a clock the test moves. */
export class TestRegistry implements AsyncDisposable {
  readonly clock = new MovableClock();
  /** The owner's API key. */
  readonly apikey: string;
  /** Everything it logged, a line each. */
  readonly logged: string[] = [];
  readonly data: string;
  readonly #guard = new StatementGuard();
  readonly #options: RegistryOptions;
  readonly #engines: Record<string, string>;
  #app: App | undefined;

  private constructor(data: string, options: RegistryOptions, engines: Record<string, string>) {
    this.data = data;
    this.apikey = options.apikey ?? randomBytes(33).toString('base64url');
    this.#options = options;
    this.#engines = engines;
  }

  static async start(options: RegistryOptions = {}): Promise<TestRegistry> {
    const engines = options.data === undefined ? await freshEngines() : {};
    const isEmbedded = (options.env?.TIDEGATE_DATABASE_URL ?? engines.TIDEGATE_DATABASE_URL) === undefined;
    const data = options.data ?? (await freshDataFolder({ withDatabase: isEmbedded }));
    const registry = new TestRegistry(data, options, engines);
    await registry.#start();
    return registry;
  }

  get url(): string {
    return this.#running.url;
  }

  /** The embedded database's file, or the URL of the PostgreSQL database in its place: what test/support/rows.ts opens. */
  get database(): string {
    return this.#setting('TIDEGATE_DATABASE_URL') ?? join(this.data, 'tidegate.db');
  }

  /** The address of the bucket; undefined where bytes lie in the data folder. */
  get blobs(): string | undefined {
    return this.#setting('TIDEGATE_BLOBS_URL');
  }

  get host(): string {
    return new URL(this.url).host;
  }

  /** The routes of the JSON doors. */
  get routes(): App['routes'] {
    return this.#running.routes;
  }

  get accountId(): string {
    return this.#running.first.account.id;
  }

  get ownerIamId(): string {
    return this.#running.first.account.ownerIamId;
  }

  /** Stops and starts it again on the same folder, with the same bootstrap settings; the port changes. */
  async restart(): Promise<void> {
    await this.#running[Symbol.asyncDispose]();
    await this.#start();
  }

  /** Runs a job at once, as its turn would. */
  async runJob(name: string): Promise<void> {
    const job = this.#running.jobs.find((each) => each.name === name);
    if (!job) throw new Error(`there is no job ${name}`);
    await job.run(new AbortController().signal);
  }

  /** A request to any door. A path is taken relative to the registry; redirects are not followed. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(new URL(path, this.url), { redirect: 'manual', ...init });
  }

  /** A docker bearer for these scopes, through /oauth/token with Basic. */
  bearer(scopes: string | string[], userName?: string, password?: string): Promise<string> {
    return bearerOf(this, scopes, userName, password);
  }

  /** The answer of /identity/token for an API key; `client` bx also brings a refresh token. */
  async login(apikey = this.apikey, client?: 'bx'): Promise<{ access_token: string; refresh_token: string }> {
    const response = await this.fetch('/identity/token', {
      method: 'POST',
      headers: client ? { Authorization: basic(client, client) } : {},
      body: new URLSearchParams({ grant_type: 'urn:ibm:params:oauth:grant-type:apikey', apikey }),
    });
    if (response.status !== 200)
      throw new Error(`/identity/token answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as { access_token: string; refresh_token: string };
  }

  /** A request to a JSON door with a fresh access token and the Account header. */
  async api(
    method: string,
    path: string,
    body?: object,
    apikey = this.apikey,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const { access_token: token } = await this.login(apikey);
    return this.fetch(path, {
      method,
      headers: {
        Authorization: `Bearer ${token}`,
        Account: this.accountId,
        ...(body ? { 'Content-Type': 'application/json' } : {}),
        ...headers,
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  }

  async namespaceAdd(name: string): Promise<void> {
    const response = await this.api('PUT', `/api/v1/namespaces/${name}`);
    if (response.status !== 201)
      throw new Error(`namespace ${name}: ${response.status} ${await response.text()}`);
  }

  /** Another API key of the owner. */
  async createKey(name = 'ci'): Promise<{ id: string; apikey: string }> {
    const response = await this.api('POST', '/v1/apikeys', {
      name,
      iam_id: this.ownerIamId,
      account_id: this.accountId,
    });
    if (response.status !== 201) throw new Error(`api key: ${response.status} ${await response.text()}`);
    return (await response.json()) as { id: string; apikey: string };
  }

  /** A request at /v2/ with the owner's key by Basic: for tests that are not about tokens. */
  v2(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (!headers.has('Authorization')) headers.set('Authorization', basic('iamapikey', this.apikey));
    return this.fetch(`/v2/${path}`, { ...init, method, headers });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#app?.[Symbol.asyncDispose]();
    await rm(this.data, { recursive: true, force: true });
    this.#guard.end();
  }

  get #running(): App {
    if (!this.#app) throw new Error('the registry is not running');
    return this.#app;
  }

  #setting(name: string): string | undefined {
    return this.#options.env?.[name] ?? this.#engines[name];
  }

  async #start(): Promise<void> {
    const env = {
      TIDEGATE_LISTEN: '127.0.0.1:0',
      TIDEGATE_DATA: this.data,
      TIDEGATE_BOOTSTRAP_APIKEY: this.apikey,
      TIDEGATE_DRAIN: '1s',
      ...this.#engines,
      ...this.#options.env,
    };
    const { config } = loadConfig({}, env);
    const log = createLog('info', { write: (line) => void this.logged.push(line) });
    this.#app = await startApp(config, this.#options.regions ?? LOCAL, {
      clock: this.clock,
      log,
      threads: sharedThreads,
      onRead: (statement) => {
        this.#guard.note(statement);
        this.#options.onRead?.(statement);
      },
    });
  }
}

/** A registry, in this process or another one, and a key to it. */
export interface Spoken {
  readonly url: string;
  readonly apikey: string;
}

/** A docker bearer for these scopes, through /oauth/token with Basic. */
export const bearerOf = async (
  registry: Spoken,
  scopes: string | string[],
  userName = 'iamapikey',
  password = registry.apikey,
): Promise<string> => {
  const query = new URLSearchParams({ service: 'registry' });
  for (const scope of [scopes].flat()) query.append('scope', scope);
  const response = await fetch(new URL(`/oauth/token?${query}`, registry.url), {
    headers: { Authorization: basic(userName, password) },
  });
  if (response.status !== 200)
    throw new Error(`/oauth/token answered ${response.status}: ${await response.text()}`);
  const { token } = (await response.json()) as { token: string };
  return token;
};

export const basic = (userName: string, password: string): string =>
  `Basic ${Buffer.from(`${userName}:${password}`).toString('base64')}`;

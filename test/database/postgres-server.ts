import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client, type QueryResultRow } from 'pg';
import type { Change, Database } from '../../src/database/database.ts';
import { PostgresDatabase } from '../../src/database/postgres.ts';
import { needs } from '../support/component.ts';
import { type PostgresServer, postgres, startPostgres } from '../support/postgres.ts';
import { unique } from './database-rows.ts';

const script = join(import.meta.dirname, '../../scripts/components/postgres');
const run = promisify(execFile);

/** Bounds every wait of these tests; nothing is asserted about how long anything takes. */
const PATIENCE_MS = 60_000;

export const { skip } = needs(postgres);

/** A server for the tests of one file. */
export const serverForTests = (): (() => PostgresServer) => {
  let server: PostgresServer | undefined;
  before(async () => {
    if (!skip) server = await startPostgres();
  });
  after(() => server?.[Symbol.asyncDispose]());
  return () => {
    if (!server) throw new Error('the PostgreSQL server has not started');
    return server;
  };
};

/** An empty database whose own order is that of English, where the server can: ours must not depend on it. */
export const newDatabase = async (server: PostgresServer): Promise<string> => {
  const name = unique('tidegate');
  await using session = await Session.open(server.url);
  const [row] = await session.rows<{ icu: boolean }>(
    `select current_setting('server_version_num')::int >= 150000
     and exists (select from pg_collation where collprovider = 'i') as icu`,
  );
  const english = row?.icu ? `template template0 locale_provider icu icu_locale 'en'` : '';
  await session.rows(`create database "${name}" ${english}`);
  return Object.assign(new URL(server.url), { pathname: name }).href;
};

const templates = new WeakMap<PostgresServer, Promise<string>>();

const makeTemplate = async (server: PostgresServer): Promise<string> => {
  const url = await newDatabase(server);
  await (await PostgresDatabase.open(url))[Symbol.asyncDispose]();
  return new URL(url).pathname.slice(1);
};

/** The same with the schema in it, for rules that are not about bringing it up to date: the migrations run once. */
export const newDatabaseWithSchema = async (server: PostgresServer): Promise<string> => {
  const template = templates.get(server) ?? makeTemplate(server);
  templates.set(server, template);
  return server.createDatabase(unique('tidegate'), await template);
};

/** A connection beside the program's. */
export class Session implements AsyncDisposable {
  readonly client: Client;

  private constructor(client: Client) {
    this.client = client;
  }

  static async open(url: string): Promise<Session> {
    const client = new Client(url);
    client.on('error', () => undefined);
    await client.connect();
    return new Session(client);
  }

  async rows<Row extends QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.client.query<Row>(text, values)).rows;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.end();
  }
}

/** Ends the program's connections to this database, from the server's side. */
export const cutConnections = async (url: string): Promise<void> => {
  await using session = await Session.open(url);
  await session.rows(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name like 'tidegate replica %' and datname = current_database()`,
  );
};

/** A server that can be stopped and started again with its data. */
export class ServerControl {
  readonly #directory: string;
  readonly #port: number;

  private constructor(directory: string, port: number) {
    this.#directory = directory;
    this.#port = port;
  }

  static async of({ url, port }: PostgresServer): Promise<ServerControl> {
    await using session = await Session.open(url);
    const [row] = await session.rows<{ data_directory: string }>('show data_directory');
    return new ServerControl(row?.data_directory ?? '', port);
  }

  async stop(): Promise<void> {
    await run(script, ['stop', this.#directory]);
  }

  async start(): Promise<void> {
    await run(script, ['start', this.#directory, String(this.#port), '-c', 'fsync=off']);
  }

  /** Ends the server at once, as if its machine had gone: what it had not written down is lost. */
  async crash(): Promise<void> {
    const file = join(this.#directory, 'postmaster.pid');
    const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
    process.kill(pid, 'SIGQUIT');
    await until(() => !isAlive(pid), 'the server has ended');
  }
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Waits until a condition is true, for longer than a slow machine needs. */
export const until = async (condition: () => boolean | Promise<boolean>, what: string): Promise<void> => {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`it never came about that ${what}`);
    await sleep(10);
  }
};

/** Everything a database's listeners are told, as `kind id`. */
export const listenTo = (database: Database): string[] => {
  const told: string[] = [];
  database.onChange((changes: readonly Change[]) => {
    for (const { kind, id } of changes) told.push(`${kind} ${id}`);
  });
  return told;
};

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { atExit } from './at-exit.ts';
import { type Component, demand } from './component.ts';
import { freePort } from './free-port.ts';
import { run, succeeded } from './transcript.ts';

const script = join(import.meta.dirname, '../../scripts/components/postgres');

const hasServerPrograms = (folder: string) =>
  existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres'));

const isInstalled = (): boolean => {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian)
    ? readdirSync(debian).map((version) => join(debian, version, 'bin'))
    : [];
  const { stdout } = spawnSync('pg_config', ['--bindir'], { encoding: 'utf8' });
  return [...versions, ...(stdout ? [stdout.trim()] : [])].some(hasServerPrograms);
};

export const postgres: Component = {
  name: 'PostgreSQL',
  absence: () =>
    isInstalled()
      ? undefined
      : 'no PostgreSQL server here; as root: scripts/components/install-packages postgresql',
};

/** A PostgreSQL server of its own, on loopback. */
export interface PostgresServer extends AsyncDisposable {
  readonly port: number;
  /** Of the maintenance database; tests take one of their own. */
  readonly url: string;
  /** Creates an empty database, or a copy of one that no program is connected to, and returns its URL. */
  createDatabase(name: string, copyOf?: string): Promise<string>;
}

const query = async (url: string, sql: string): Promise<void> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
};

/** Starts a server with empty data; its data outlives no test, so it does not wait for the disk. */
export const startPostgres = async (): Promise<PostgresServer> => {
  demand(postgres);
  const directory = mkdtempSync(join(tmpdir(), 'tidegate-postgres-'));
  const end = () => {
    execFileSync(script, ['stop', directory], { stdio: ['ignore', 'ignore', 'inherit'] });
    rmSync(directory, { recursive: true, force: true });
  };
  const forget = atExit(end);
  const port = await freePort();
  const { stdout } = succeeded(await run([script, 'start', directory, String(port), '-c', 'fsync=off']));
  const url = stdout.trim();
  return {
    port,
    url,
    async createDatabase(name, copyOf) {
      await query(url, `CREATE DATABASE "${name}"${copyOf === undefined ? '' : ` TEMPLATE "${copyOf}"`}`);
      return Object.assign(new URL(url), { pathname: name }).href;
    },
    async [Symbol.asyncDispose]() {
      forget();
      end();
    },
  };
};

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Client } from 'pg';
import { TestRegistry } from '../support/registry.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** What populate.ts printed when it filled the installation. */
export interface Known {
  readonly accountId: string;
  readonly owner: string;
  readonly ciKey: string;
  readonly disabledKey: string;
  readonly registryToken: string;
  readonly serviceId: string;
  readonly profileId: string;
  readonly writerPolicyId: string;
  readonly index: string;
  readonly platforms: readonly string[];
  readonly sbom: string;
  readonly oakBefore: string;
  readonly oak: string;
}

const fixtures = join(import.meta.dirname, '6e5a00d');

export const known: {
  readonly masterKey: string;
  readonly folder: Known;
  readonly postgres: Known;
} = JSON.parse(readFileSync(join(fixtures, 'known.json'), 'utf8'));

/** A new folder with the content of an archive. */
export const unpacked = (archive: string): string => {
  const folder = temporaryFolder().path;
  execFileSync('tar', ['-xzf', join(fixtures, archive), '-C', folder]);
  return folder;
};

/** Fills an empty PostgreSQL database with what the installation had in its own. */
export const fillDatabase = async (url: string): Promise<void> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(gunzipSync(readFileSync(join(fixtures, 'postgres.sql.gz'))).toString('utf8'));
  await client.end();
};

/** This version over that database and the blobs of the installation. */
export const startOver = (url: string): Promise<TestRegistry> =>
  TestRegistry.start({
    data: unpacked('postgres-blobs.tar.gz'),
    apikey: known.postgres.owner,
    env: {
      TIDEGATE_DATABASE_URL: url,
      TIDEGATE_MASTER_KEY: known.masterKey,
      TIDEGATE_EXTERNAL_URL: 'http://127.0.0.1:5933',
    },
  });

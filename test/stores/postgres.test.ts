import { after, before } from 'node:test';
import { PostgresMetadata } from '../../src/metadata/postgres.ts';
import { needs } from '../support/component.ts';
import { type PostgresServer, postgres, startPostgres } from '../support/postgres.ts';
import { metadataContract } from './metadata.contract.ts';
import { unique } from './metadata-rows.ts';

const { skip } = needs(postgres);
let server: PostgresServer;
if (!skip) {
  before(async () => {
    server = await startPostgres();
  });
  after(() => server[Symbol.asyncDispose]());
}

metadataContract(
  'PostgreSQL',
  async () => {
    const url = await server.createDatabase(unique('tidegate'));
    return () => PostgresMetadata.open(url);
  },
  { skip },
);

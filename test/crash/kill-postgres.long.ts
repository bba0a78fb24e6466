import { after, before, suite } from 'node:test';
import { needs } from '../support/component.ts';
import { useEngines } from '../support/engines.ts';
import { type PostgresServer, postgres, startPostgres } from '../support/postgres.ts';
import { killed200Times } from './killed-200-times.ts';

suite('with its rows in PostgreSQL', needs(postgres), () => {
  let server: PostgresServer;
  let count = 0;
  before(async () => {
    server = await startPostgres();
    useEngines(async () => ({ TIDEGATE_DATABASE_URL: await server.createDatabase(`killed_${++count}`) }));
  });
  after(() => server[Symbol.asyncDispose]());

  killed200Times();
});

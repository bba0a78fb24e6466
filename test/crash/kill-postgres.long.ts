import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { needs } from '../support/component.ts';
import { useEngines } from '../support/engines.ts';
import { type PostgresServer, postgres, startPostgres } from '../support/postgres.ts';
import { killRounds } from './rounds.ts';

suite('with its rows in PostgreSQL', needs(postgres), () => {
  let server: PostgresServer;
  let count = 0;
  before(async () => {
    server = await startPostgres();
    useEngines(async () => ({ TIDEGATE_DATABASE_URL: await server.createDatabase(`killed_${++count}`) }));
  });
  after(() => server[Symbol.asyncDispose]());

  test('P5: killed 200 times while clients push, upload, tag, mount and delete: nothing acknowledged is lost', async (t) => {
    const { promised, resumed, inRows } = await killRounds(200);
    t.diagnostic(`${promised} promises kept, ${resumed} uploads resumed, ${inRows} blobs in rows`);
    assert.ok(promised > 1000 && resumed > 50 && inRows > 100, 'there was something to lose');
  });

  test('P5: killed 200 times while garbage is collected under pushes and deletes: nothing a manifest holds is lost', async (t) => {
    const { promised, collected, inRows } = await killRounds(200, { collecting: true });
    t.diagnostic(
      `${promised} promises kept, ${collected} blobs collected since the last start, ${inRows} blobs in rows`,
    );
    assert.ok(promised > 1000 && collected > 0, 'there was something to lose, and something to collect');
  });
});

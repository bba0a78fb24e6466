import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import test, { after, before, describe, type TestContext } from 'node:test';
import { Caller } from '../access/caller.ts';
import { type Holder, Identities } from '../access/identities.ts';
import { jsonOf, newBytes, OCI_INDEX } from '../spec/content.ts';
import { basic, TestRegistry } from '../support/registry.ts';

const MANIFESTS = 60;
const REFERENCES = 1000;

/** Many manifests that refer to very much, in a namespace. */
const fill = (file: string, namespace: string): void => {
  const database = new DatabaseSync(file);
  const numbers = (name: string, count: number): string =>
    `${name}(n) as (select 0 union all select n + 1 from ${name} where n + 1 < ${count})`;
  const digest = `'sha256:' || printf('%064x', m.n)`;
  database.exec(`
    pragma busy_timeout = 60000; begin;
    insert into repositories (id, namespace_id, region_id, name, created_at)
      select 'large', id, region_id, name || '/large', 0 from namespaces where name = '${namespace}';
    with recursive ${numbers('m', MANIFESTS)}
    insert into manifests (repository_id, digest, media_type, annotations, image_size, content, created_at, created_by)
      select 'large', ${digest}, '${OCI_INDEX}', '{}', 7, x'7b7d', 0, 'x' from m;
    with recursive ${numbers('m', MANIFESTS)}, ${numbers('r', REFERENCES)}
    insert into manifest_references (repository_id, manifest_digest, target_digest, kind)
      select 'large', ${digest}, 'sha256:' || printf('%064x', m.n * ${REFERENCES} + r.n), 'blob' from m cross join r;
    commit`);
  database.close();
};

const p99 = (times: number[]): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Number.NaN;

describe('a key is disabled and an image pulled while a very large namespace is removed', () => {
  let registry: TestRegistry;
  let victim: Holder;
  before(async () => {
    registry = await TestRegistry.start();
    victim = await new Identities(registry).stranger();
    const caller = await Caller.login(registry, victim.apikey);
    const headers = { Account: victim.accountId };
    await caller.send('PUT', '/api/v1/namespaces/victims', undefined, headers);
    const { status } = await registry.fetch('/v2/victims/image/manifests/1', {
      method: 'PUT',
      headers: { Authorization: basic('iamapikey', victim.apikey), 'Content-Type': OCI_INDEX },
      body: jsonOf({
        schemaVersion: 2,
        mediaType: OCI_INDEX,
        manifests: [],
        annotations: { a: newBytes(4).toString('hex') },
      }),
    });
    assert.equal(status, 201);
    await registry.namespaceAdd('attack');
    fill(registry.database, 'attack');
  });
  after(() => registry[Symbol.asyncDispose]());

  /** How long pulls and disabling keys take until `over`, milliseconds. */
  const measure = async (over: () => boolean): Promise<{ pulls: number[]; disables: number[] }> => {
    const caller = await Caller.login(registry, victim.apikey);
    const { body: key } = await caller.post('/v1/apikeys', {
      name: 'key',
      iam_id: victim.iamId,
      account_id: victim.accountId,
    });
    const [pulls, disables]: [number[], number[]] = [[], []];
    const timed = async (into: number[], work: () => Promise<{ status: number }>, wanted: number) => {
      const begun = performance.now();
      const { status } = await work();
      into.push(performance.now() - begun);
      assert.equal(status, wanted);
    };
    for (let count = 0; !over() || count < 100; count++) {
      await timed(
        pulls,
        () =>
          registry.v2('GET', 'victims/image/manifests/1', {
            headers: { Authorization: basic('iamapikey', victim.apikey) },
          }),
        200,
      );
      const path = `/v1/apikeys/${key.id}/disable`;
      await timed(disables, () => (count % 2 === 0 ? caller.post(path, {}) : caller.delete(path)), 204);
    }
    return { pulls, disables };
  };

  test('both take at most ten times as long as on an idle server, and at most 100 ms', async (t: TestContext) => {
    const idle = await measure(() => true);
    await registry.api('DELETE', '/api/v1/namespaces/attack');
    const isCleared = (): boolean => {
      const database = new DatabaseSync(registry.database, { readOnly: true });
      const { left } = database.prepare('select count(*) as left from repositories').get() as {
        left: number;
      };
      database.close();
      return left === 1;
    };
    const busy = await measure(isCleared);
    for (const what of ['pulls', 'disables'] as const) {
      const [before, meanwhile] = [p99(idle[what]), p99(busy[what])];
      t.diagnostic(
        `${what}: p99 ${before.toFixed(1)} ms idle, ${meanwhile.toFixed(1)} ms (${busy[what].length})`,
      );
      assert.ok(meanwhile <= Math.min(100, 10 * before), `${what}: ${meanwhile} ms, idle ${before} ms`);
    }
  });
});

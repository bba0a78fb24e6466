import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { digestOf } from '../../src/oci/digest.ts';
import { PostgresProxy } from '../database/postgres-proxy.ts';
import { needs } from '../support/component.ts';
import { postgres } from '../support/postgres.ts';
import { basic, TestRegistry } from '../support/registry.ts';
import { s3 } from '../support/s3.ts';
import { installations, type Pair } from './replica-pair.ts';
import { observe, prepareTrial } from './revocations.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const manifestOf = (mark: string): string =>
  JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [], annotations: { mark } });

suite('equal replicas over PostgreSQL and S3', needs(postgres, s3), () => {
  const { next: installation, pair: replicas } = installations();

  const pair = async (): Promise<Pair & { owner: string }> => {
    const { a, b } = await replicas();
    return { a, b, owner: basic('iamapikey', a.apikey) };
  };

  test('replicas that start at once make one account and one set of keys', async () => {
    const env = await installation();
    const replicas = await Promise.all([1, 2, 3].map(() => TestRegistry.start({ env })));
    await using _all = new AsyncDisposableStack();
    for (const replica of replicas) _all.use(replica);
    assert.equal(new Set(replicas.map(({ accountId }) => accountId)).size, 1);
    let valid = 0;
    for (const { apikey } of replicas) {
      const { status } = await (replicas[0] as TestRegistry).fetch('/oauth/token', {
        headers: { Authorization: basic('iamapikey', apikey) },
      });
      if (status === 200) valid++;
    }
    assert.equal(valid, 1);
    const published = await Promise.all(
      replicas.map(async (each) => (await each.fetch('/identity/keys')).text()),
    );
    assert.equal(new Set(published).size, 1);
  });

  test('push a tag on A, pull it from B at once: the new image, always', async () => {
    const { a, b, owner } = await pair();
    await using _a = a;
    await using _b = b;
    await a.namespaceAdd('birds');
    const headers = { Authorization: owner };
    for (let round = 0; round < 30; round++) {
      const manifest = manifestOf(`round ${round}`);
      const [writer, reader] = round % 2 === 0 ? [a, b] : [b, a];
      const put = await writer.v2('PUT', 'birds/a/manifests/latest', {
        headers: { ...headers, 'Content-Type': INDEX },
        body: manifest,
      });
      assert.equal(put.status, 201);
      assert.equal(await (await reader.v2('GET', 'birds/a/manifests/latest', { headers })).text(), manifest);
    }
    assert.equal((await a.v2('DELETE', 'birds/a/manifests/latest', { headers })).status, 202);
    assert.equal((await b.v2('HEAD', 'birds/a/manifests/latest', { headers })).status, 404);
  });

  test('every request of an upload may reach another replica', async () => {
    const { a, b, owner } = await pair();
    await using _a = a;
    await using _b = b;
    await a.namespaceAdd('birds');
    const bytes = randomBytes(7 << 20);
    const parts = [bytes.subarray(0, 3 << 20), bytes.subarray(3 << 20, 6 << 20), bytes.subarray(6 << 20)];
    const headers = { Authorization: owner };
    const begun = await a.v2('POST', 'birds/a/blobs/uploads/', { headers });
    const location = (begun.headers.get('location') ?? '').replace('/v2/', '');
    let offset = 0;
    for (const [index, part] of parts.entries()) {
      const range = `${offset}-${offset + part.length - 1}`;
      const sent = await (index % 2 === 0 ? b : a).v2('PATCH', location, {
        headers: { ...headers, 'Content-Range': range },
        body: part,
      });
      offset += part.length;
      assert.equal(sent.status, 202);
      assert.equal(sent.headers.get('range'), `0-${offset - 1}`);
    }
    const digest = digestOf(bytes);
    assert.equal((await a.v2('PUT', `${location}?digest=${digest}`, { headers })).status, 201);
    const read = await b.v2('GET', `birds/a/blobs/${digest}`, { headers });
    assert.ok(Buffer.from(await read.arrayBuffer()).equals(bytes));
  });

  test('P1: what is revoked on A is refused on B within a second, whatever B has cached', async () => {
    const { a, b } = await pair();
    await using _a = a;
    await using _b = b;
    await a.namespaceAdd('birds');
    for (let round = 0; round < 10; round++) {
      const { id, apikey } = await a.createKey(`round ${round}`);
      const bearer = await b.bearer('repository:birds/a:pull', 'iamapikey', apikey);
      const pull = async (): Promise<number> =>
        (await b.fetch('/v2/birds/a/tags/list', { headers: { Authorization: `Bearer ${bearer}` } })).status;
      assert.equal(await pull(), 404);
      assert.equal((await a.api('DELETE', `/v1/apikeys/${id}`)).status, 204);
      await sleep(1000);
      assert.equal(await pull(), 401);
    }
  });

  test('P1: a replica that hears nothing of the change feed refuses what was revoked elsewhere a second ago', async () => {
    const env = await installation();
    await using proxy = await PostgresProxy.to(env.TIDEGATE_DATABASE_URL ?? '');
    await using a = await TestRegistry.start({ env });
    await using b = await TestRegistry.start({ env: { ...env, TIDEGATE_DATABASE_URL: proxy.url } });
    await a.namespaceAdd('birds');
    for (let round = 0; round < 2; round++) {
      const trials = [];
      for (let trial = 0; trial < 10; trial++)
        trials.push(await prepareTrial(a, b, `round ${round}, ${trial}`));
      proxy.silenceFeed();
      const outcomes = await Promise.all(trials.map((trial) => observe(trial, { andLate: true })));
      assert.ok(outcomes.every(({ late, lateAccepted }) => late > 0 && lateAccepted === 0));
      proxy.resumeFeed();
    }
  });

  test('two replicas that race to add a namespace, finish an upload or remove a token: exactly one outcome', async () => {
    const { a, b, owner } = await pair();
    await using _a = a;
    await using _b = b;
    const headers = { Authorization: owner };
    const { access_token } = await a.login();
    const asOwner = { Authorization: `Bearer ${access_token}`, Account: a.accountId };
    for (let round = 0; round < 5; round++) {
      const name = `birds${round}`;
      const added = await Promise.all(
        [a, b].map((each) => each.fetch(`/api/v1/namespaces/${name}`, { method: 'PUT', headers: asOwner })),
      );
      assert.deepEqual(added.map(({ status }) => status).sort(), [200, 201]);

      const bytes = randomBytes(100);
      const begun = await a.v2('POST', `${name}/a/blobs/uploads/`, { headers });
      const location = (begun.headers.get('location') ?? '').replace('/v2/', '');
      assert.equal((await a.v2('PATCH', location, { headers, body: bytes })).status, 202);
      const target = `${location}?digest=${digestOf(bytes)}`;
      const finished = await Promise.all([a, b].map((each) => each.v2('PUT', target, { headers })));
      assert.equal(
        finished.filter(({ status }) => status === 201).length,
        1,
        finished.map(({ status }) => status).join(),
      );
      assert.ok(finished.every(({ status }) => status < 500));

      const created = await a.fetch('/api/v1/tokens', { method: 'POST', headers: asOwner });
      const { token } = (await created.json()) as { token: string };
      const { jti } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64').toString());
      const removed = await Promise.all(
        [a, b].map((each) => each.fetch(`/api/v1/tokens/${jti}`, { method: 'DELETE', headers: asOwner })),
      );
      assert.deepEqual(removed.map(({ status }) => status).sort(), [200, 404]);
    }
  });

  test('replicas answer under one external URL: another is refused beside them, and one that starts alone changes it', async () => {
    const env = await installation();
    const other = { ...env, TIDEGATE_EXTERNAL_URL: 'http://elsewhere.test' };
    {
      await using _first = await TestRegistry.start({ env });
      await using _second = await TestRegistry.start({ env });
      await assert.rejects(
        TestRegistry.start({ env: other }),
        /other replicas answer as http:\/\/registry\.test, .* here is http:\/\/elsewhere\.test/,
      );
    }
    await using moved = await TestRegistry.start({ env: other });
    assert.ok(moved.logged.some((line) => line.includes('the external URL has changed')));
    await assert.rejects(TestRegistry.start({ env }), /other replicas answer as http:\/\/elsewhere\.test/);
  });

  test('a replica with another master key or another blob store does not start, and says which it is', async () => {
    const env = await installation();
    await using _first = await TestRegistry.start({ env });
    const otherKey = { ...env, TIDEGATE_MASTER_KEY: randomBytes(32).toString('base64') };
    await assert.rejects(TestRegistry.start({ env: otherKey }), /master key does not open the signing keys/);
    const { TIDEGATE_BLOBS_URL } = await installation();
    await assert.rejects(
      TestRegistry.start({ env: { ...env, TIDEGATE_BLOBS_URL: TIDEGATE_BLOBS_URL ?? '' } }),
      /blob store is not the one/,
    );
  });
});

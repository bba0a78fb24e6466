import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { needs } from '../support/component.ts';
import { postgres, startPostgres } from '../support/postgres.ts';
import { basic, TestRegistry } from '../support/registry.ts';
import { fillDatabase, type Known, known, startOver, unpacked } from './installation.ts';

const pull = (registry: TestRegistry, path: string, user: string, secret: string): Promise<Response> =>
  registry.fetch(`/v2/${path}`, { headers: { Authorization: basic(user, secret) } });

/** Everything that the installation could do before, and that it goes on working. */
const holdsAll = async (registry: TestRegistry, was: Known): Promise<void> => {
  assert.equal(registry.accountId, was.accountId);

  // content, byte for byte
  const byTag = await registry.v2('GET', 'birds/finch/manifests/1.0');
  assert.equal(byTag.headers.get('docker-content-digest'), was.index);
  for (const digest of [...was.platforms, was.sbom]) {
    const manifest = await registry.v2('GET', `birds/finch/manifests/${digest}`);
    assert.equal(manifest.status, 200, digest);
    const { config, layers } = (await manifest.json()) as {
      config: { digest: string };
      layers: { digest: string; size: number }[];
    };
    for (const each of [config.digest, ...layers.map((layer) => layer.digest)])
      assert.equal((await registry.v2('GET', `birds/finch/blobs/${each}`)).status, 200, each);
  }
  const referrers = (await (await registry.v2('GET', `birds/finch/referrers/${was.index}`)).json()) as {
    manifests: { digest: string }[];
  };
  assert.deepEqual(
    referrers.manifests.map(({ digest }) => digest),
    [was.sbom],
  );
  const oak = await registry.v2('GET', 'trees/oak/manifests/v1');
  assert.equal(oak.headers.get('docker-content-digest'), was.oak);
  assert.equal((await registry.v2('GET', `trees/oak/manifests/${was.oakBefore}`)).status, 200);

  // secrets and rights
  assert.equal((await pull(registry, 'birds/finch/manifests/1.0', 'iamapikey', was.ciKey)).status, 200);
  assert.equal((await pull(registry, 'trees/oak/manifests/v1', 'iamapikey', was.ciKey)).status, 200);
  assert.equal((await pull(registry, 'birds/finch/manifests/1.0', 'token', was.registryToken)).status, 200);
  assert.equal((await pull(registry, 'birds/finch/manifests/1.0', 'iamapikey', was.disabledKey)).status, 401);
  const write = (repository: string): Promise<Response> =>
    registry.fetch(`/v2/${repository}/blobs/uploads/`, {
      method: 'POST',
      headers: { Authorization: basic('iamapikey', was.ciKey) },
    });
  assert.equal((await write('birds/finch')).status, 202);
  assert.equal((await write('trees/oak')).status, 401, 'the group gives the custom role Puller, not more');

  // management goes on: a policy is deleted and counts at once
  const removed = await registry.api('DELETE', `/v1/policies/${was.writerPolicyId}`);
  assert.equal(removed.status, 204);
  assert.equal((await write('birds/finch')).status, 401);
  const quota = (await (await registry.api('GET', '/api/v1/quotas')).json()) as {
    limit: { storage_bytes: number };
  };
  assert.equal(quota.limit.storage_bytes, 500 * 1_048_576);
  assert.equal((await registry.api('DELETE', '/api/v1/namespaces/trees')).status, 204);
  assert.equal((await registry.v2('GET', 'trees/oak/manifests/v1')).status, 401);
};

suite('an installation of 6e5a00d opens and works on', () => {
  test('SQLite and files', async () => {
    const data = unpacked('folder.tar.gz');
    await using registry = await TestRegistry.start({ data, apikey: known.folder.owner });
    await holdsAll(registry, known.folder);
    await registry.restart();
    assert.equal((await registry.v2('GET', 'birds/finch/manifests/1.0')).status, 200);
  });

  test('PostgreSQL', needs(postgres), async () => {
    await using server = await startPostgres();
    const url = await server.createDatabase('upgraded');
    await fillDatabase(url);
    await using registry = await startOver(url);
    await holdsAll(registry, known.postgres);
  });
});

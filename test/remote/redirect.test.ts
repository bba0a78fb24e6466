import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { digestOf } from '../../src/oci/digest.ts';
import { contentInLayout, contentInRegistry } from '../clients/content.ts';
import { makeImageSource, writeImageLayout } from '../clients/image.ts';
import { client, clients } from '../support/clients.ts';
import { needs } from '../support/component.ts';
import { dockerEngine, startDockerEngine } from '../support/docker-engine.ts';
import { basic } from '../support/registry.ts';
import { type RegistryProcess, startRegistryProcess } from '../support/registry-process.ts';
import { type S3Server, s3, startS3 } from '../support/s3.ts';
import { succeeded } from '../support/transcript.ts';

/** The registry is 127.0.0.1 to clients, and the bucket is localhost: another name, as a redirect needs. */
const seenFromOutside = (server: S3Server): string => {
  const url = new URL(server.url);
  const address = new URL(server.endpoint);
  address.hostname = 'localhost';
  url.searchParams.set('public_endpoint', address.origin);
  return url.href;
};

suite('TIDEGATE_BLOB_REDIRECT', needs(s3), () => {
  let bucket: S3Server;
  let registry: RegistryProcess;

  before(async () => {
    bucket = await startS3();
    registry = await startRegistryProcess({
      env: { ...bucket.env, TIDEGATE_BLOBS_URL: seenFromOutside(bucket), TIDEGATE_BLOB_REDIRECT: '60s' },
    });
    await registry.namespaceAdd('birds');
  });

  after(async () => {
    await registry[Symbol.asyncDispose]();
    await bucket[Symbol.asyncDispose]();
  });

  const v2 = (method: string, path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${registry.url}/v2/${path}`, {
      redirect: 'manual',
      ...init,
      method,
      headers: { Authorization: basic('iamapikey', registry.apikey), ...init.headers },
    });

  /** What the account has pulled this month, in bytes. */
  const pulled = async (): Promise<number> => {
    const response = await registry.request('/api/v1/quotas');
    assert.equal(response.status, 200);
    return ((await response.json()) as { usage: { traffic_bytes: number } }).usage.traffic_bytes;
  };

  const push = async (bytes: Buffer): Promise<string> => {
    const digest = digestOf(bytes);
    const put = await v2('POST', `birds/a/blobs/uploads/?digest=${digest}`, { body: new Uint8Array(bytes) });
    assert.equal(put.status, 201);
    return digest;
  };

  test('GET of a large blob is 307 to an address of another host that holds for the time set, in whole and by range', async () => {
    const bytes = randomBytes(200_000);
    const answer = await v2('GET', `birds/a/blobs/${await push(bytes)}`);
    assert.equal(answer.status, 307);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    const address = new URL(answer.headers.get('location') ?? '');
    assert.equal(address.hostname, 'localhost');
    assert.equal(address.searchParams.get('X-Amz-Expires'), '60');
    assert.ok(Buffer.from(await (await fetch(address)).arrayBuffer()).equals(bytes));
    const part = await fetch(address, { headers: { Range: 'bytes=1000-1999' } });
    assert.equal(part.status, 206);
    assert.ok(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(1000, 2000)));
    address.searchParams.set('X-Amz-Signature', '0'.repeat(64));
    assert.equal((await fetch(address)).status, 403);
  });

  test('a pull that is sent away counts the range it asked for against the traffic of the month', async () => {
    const size = 200_000;
    const path = `birds/a/blobs/${await push(randomBytes(size))}`;
    for (const [range, asked] of [
      [undefined, size],
      ['bytes=1000-1999', 1000],
      ['bytes=-500', 500],
      ['bytes=0-9,20-29', 20],
      ['bytes=0-,0-', size],
      [`bytes=${size}-`, 0],
    ] as const) {
      const before = await pulled();
      const answer = await v2('GET', path, range === undefined ? {} : { headers: { Range: range } });
      assert.equal(answer.status, 307);
      assert.equal((await pulled()) - before, asked, `${range}`);
    }
  });

  test('HEAD, small blobs and refusals stay here', async () => {
    const large = await push(randomBytes(200_000));
    const head = await v2('HEAD', `birds/a/blobs/${large}`);
    assert.equal(head.status, 200);
    assert.equal(head.headers.get('content-length'), '200000');
    assert.equal((await v2('GET', `birds/a/blobs/${await push(randomBytes(1000))}`)).status, 200);
    const held = await v2('GET', `birds/a/blobs/${large}`, { headers: { 'If-None-Match': `"${large}"` } });
    assert.equal(held.status, 304);
    assert.equal((await v2('GET', `birds/b/blobs/${large}`)).status, 404);
    const stranger = { headers: { Authorization: basic('iamapikey', 'x'.repeat(44)) } };
    assert.equal((await v2('GET', `birds/a/blobs/${large}`, stranger)).status, 401);
  });

  test('a bucket under the registry’s own host name is refused at the start', async () => {
    const env = { ...bucket.env, TIDEGATE_BLOBS_URL: bucket.url, TIDEGATE_BLOB_REDIRECT: '60s' };
    await assert.rejects(
      startRegistryProcess({ env }),
      /127\.0\.0\.1, which is this registry's own host name/,
    );
  });

  test(
    'skopeo, crane, podman and docker follow it',
    needs(clients(['skopeo', 'crane', 'podman']), dockerEngine),
    async () => {
      using skopeo = client('skopeo');
      const source = makeImageSource(skopeo.room);
      writeImageLayout(skopeo.room, source, 'source', 'made');
      const reference = `${registry.host}/birds/image:1`;
      const login = ['-u', 'iamapikey', '--password-stdin', registry.host];
      const stdin = { stdin: registry.apikey };
      succeeded(await skopeo.run(['login', '--tls-verify=false', ...login], stdin));
      succeeded(
        await skopeo.run(['copy', '--dest-tls-verify=false', 'oci:source:made', `docker://${reference}`]),
      );
      const content = await contentInLayout(join(skopeo.room.outside, 'source'));

      succeeded(
        await skopeo.run(['copy', '--src-tls-verify=false', `docker://${reference}`, 'oci:pulled:pulled']),
      );
      assert.deepEqual(await contentInLayout(join(skopeo.room.outside, 'pulled')), content);

      using crane = client('crane');
      succeeded(await crane.run(['auth', 'login', '--insecure', ...login], stdin));
      succeeded(await crane.run(['pull', '--insecure', '--format=oci', reference, 'pulled']));
      assert.deepEqual(await contentInLayout(join(crane.room.outside, 'pulled')), content);

      using podman = client('podman');
      succeeded(await podman.run(['login', '--tls-verify=false', ...login], stdin));
      succeeded(await podman.run(['pull', '--tls-verify=false', reference]));

      for (const store of ['overlay2', 'containerd'] as const) {
        await using engine = await startDockerEngine(store);
        succeeded(await engine.docker(['login', ...login], stdin));
        succeeded(await engine.docker(['pull', reference]));
      }
      assert.deepEqual(await contentInRegistry(registry, 'birds/image', '1'), content);
      await registry.restart(); // an orderly end writes what it logs
      const redirects = registry
        .logs()
        .split('\n')
        .filter((line) => /birds\/image/.test(line) && /"status":307/.test(line));
      // three layers, two of them large, for each of five clients
      assert.ok(redirects.length >= 10, `${redirects.length} redirects`);
      assert.doesNotMatch(registry.logs(), /X-Amz-Signature/);
    },
  );
});

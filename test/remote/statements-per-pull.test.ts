import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { digestOf } from '../../src/oci/digest.ts';
import {
  CONFIG,
  type Descriptor,
  DOCKER_MANIFEST,
  descriptorOf,
  LAYER,
  newBytes,
  newManifest,
  OCI_MANIFEST,
} from '../spec/content.ts';
import { newAccount } from '../spec/principals.ts';
import { needs } from '../support/component.ts';
import { postgres } from '../support/postgres.ts';
import { TestRegistry } from '../support/registry.ts';
import { s3 } from '../support/s3.ts';
import { StatementLog } from '../support/statement-log.ts';
import { until } from '../support/until.ts';
import { installations } from './replica-pair.ts';

const REPOSITORY = 'birds/owl';

/** An image with a tag and a layer, and a client that is logged in to pull it. */
class Pulling {
  readonly manifest: Buffer;
  readonly layer: Buffer;
  readonly config: Descriptor;
  readonly #config = newBytes(200);
  #headers: Record<string, string> = {};

  constructor(fields: object = {}, layerBytes = 4096) {
    this.layer = newBytes(layerBytes);
    this.config = descriptorOf(CONFIG, this.#config);
    this.manifest = newManifest({
      config: this.config,
      layers: [descriptorOf(LAYER, this.layer)],
      ...fields,
    });
  }

  get digest(): string {
    return digestOf(this.manifest);
  }

  async prepare(registry: TestRegistry): Promise<void> {
    await registry.namespaceAdd('birds');
    await this.push(registry, REPOSITORY);
    const token = await registry.bearer(`repository:${REPOSITORY}:pull`);
    this.#headers = { Authorization: `Bearer ${token}` };
  }

  /** The image with the tag v1, as the owner or as another. */
  async push(
    registry: TestRegistry,
    repository: string,
    headers: Record<string, string> = {},
  ): Promise<void> {
    for (const body of [this.layer, this.#config]) {
      const path = `${repository}/blobs/uploads/?digest=${digestOf(body)}`;
      assert.equal((await registry.v2('POST', path, { headers, body })).status, 201);
    }
    const typed = { ...headers, 'Content-Type': OCI_MANIFEST };
    const path = `${repository}/manifests/v1`;
    assert.equal((await registry.v2('PUT', path, { headers: typed, body: this.manifest })).status, 201);
  }

  async tag(registry: TestRegistry, body: Buffer, mediaType = OCI_MANIFEST, tag = 'v1'): Promise<void> {
    const headers = { 'Content-Type': mediaType };
    const put = await registry.v2('PUT', `${REPOSITORY}/manifests/${tag}`, { headers, body });
    assert.equal(put.status, 201);
  }

  /** With the token that this client has, or with other headers. */
  fetch(registry: TestRegistry, path: string, headers = this.#headers, method = 'GET'): Promise<Response> {
    return registry.fetch(`/v2/${path}`, { method, headers });
  }

  pull(registry: TestRegistry, method: string, path: string): Promise<Response> {
    return this.fetch(registry, `${REPOSITORY}/${path}`, this.#headers, method);
  }

  /** Every way to read it, with what it must answer. */
  get ways(): readonly (readonly [string, string, Buffer])[] {
    const { manifest, layer, digest } = this;
    return [
      ['GET', 'manifests/v1', manifest],
      ['HEAD', 'manifests/v1', manifest],
      ['GET', `manifests/${digest}`, manifest],
      ['HEAD', `manifests/${digest}`, manifest],
      ['GET', `blobs/${digestOf(layer)}`, layer],
      ['HEAD', `blobs/${digestOf(layer)}`, layer],
    ];
  }
}

/** How many statements the process reads with for each way, once it has been used before. */
const statementsOf = async (
  pulling: Pulling,
  registry: TestRegistry,
  statements: StatementLog,
  kinds: readonly string[] = ['manifests', 'blobs'],
): Promise<Record<string, readonly string[]>> => {
  const found: Record<string, readonly string[]> = {};
  for (const [method, path, bytes] of pulling.ways) {
    if (!kinds.some((kind) => path.startsWith(kind))) continue;
    const way = `${method} ${path.replace(/\/.*/, '')} by ${path.endsWith('/v1') ? 'tag' : 'digest'}`;
    await (await pulling.pull(registry, method, path)).arrayBuffer();
    found[way] = await statements.fewest(async () => {
      const response = await pulling.pull(registry, method, path);
      assert.equal(response.status, 200);
      assert.equal(Number(response.headers.get('content-length')), bytes.length);
      if (method === 'GET') assert.ok(bytes.equals(Buffer.from(await response.arrayBuffer())));
    });
  }
  return found;
};

test('on SQLite a pull of what was pulled before reads nothing from the database', async () => {
  const statements = new StatementLog();
  await using registry = await TestRegistry.start({ onRead: statements.note });
  const pulling = new Pulling();
  await pulling.prepare(registry);
  for (const [way, read] of Object.entries(await statementsOf(pulling, registry, statements)))
    assert.deepEqual(read, [], way);
});

suite('what a pull asks PostgreSQL', needs(postgres, s3), () => {
  const { next } = installations();

  test('on PostgreSQL a pull of what was pulled before is one statement: what its tag or digest stands for now', async () => {
    const env = await next();
    const statements = new StatementLog();
    await using a = await TestRegistry.start({ env });
    await using b = await TestRegistry.start({ env, onRead: statements.note });
    const pulling = new Pulling();
    await pulling.prepare(a);
    for (const [way, read] of Object.entries(await statementsOf(pulling, b, statements))) {
      assert.equal(read.length, 1, `${way}: ${read.join('\n')}`);
      assert.match(read[0] ?? '', /"repositories"/, way);
    }
  });

  test('what a replica keeps of a manifest is its bytes: which tag it has, its media type and its removal count at once', async () => {
    const env = await next();
    await using a = await TestRegistry.start({ env });
    await using b = await TestRegistry.start({ env });
    const pulling = new Pulling({ mediaType: undefined });
    await pulling.prepare(a);
    const told = async (path: string): Promise<unknown[]> => {
      const { status, headers } = await pulling.pull(b, 'GET', path);
      return [status, headers.get('docker-content-digest'), headers.get('content-type')];
    };
    const { manifest, digest } = pulling;
    const byDigest = `manifests/${digest}`;
    for (const path of ['manifests/v1', byDigest])
      assert.deepEqual(await told(path), [200, digest, OCI_MANIFEST]);
    const other = newManifest({ config: pulling.config, layers: [] });
    await pulling.tag(a, other);
    assert.deepEqual(await told('manifests/v1'), [200, digestOf(other), OCI_MANIFEST]);
    assert.equal((await a.v2('DELETE', `${REPOSITORY}/${byDigest}`)).status, 202);
    assert.equal((await told(byDigest))[0], 404);
    await pulling.tag(a, manifest, DOCKER_MANIFEST);
    for (const path of ['manifests/v1', byDigest])
      assert.deepEqual(await told(path), [200, digest, DOCKER_MANIFEST]);
    assert.equal((await a.v2('DELETE', `${REPOSITORY}/manifests/v1`)).status, 202);
    assert.equal((await told('manifests/v1'))[0], 404);
    assert.equal((await a.api('DELETE', '/api/v1/namespaces/birds')).status, 204);
    await until('the namespace is gone', async () => (await told(byDigest))[0] !== 200);
  });

  test('pulls that come at once are each answered for themselves, and ask with no more statements than there are pulls', async () => {
    const env = await next();
    const statements = new StatementLog();
    await using a = await TestRegistry.start({ env });
    await using b = await TestRegistry.start({ env, onRead: statements.note });
    const pulling = new Pulling();
    await pulling.prepare(a);
    const other = newManifest({ config: pulling.config, layers: [], annotations: { of: 'another' } });
    await pulling.tag(a, other, OCI_MANIFEST, 'v2');
    const Authorization = await newAccount(a, 'fish');
    const theirs = new Pulling();
    await theirs.push(a, 'fish/cod', { Authorization });
    const foreign = { Authorization };
    const { manifest, digest } = pulling;
    const asked: [path: string, headers: Record<string, string> | undefined, expected: Buffer | number][] = [
      ['birds/owl/manifests/v1', undefined, manifest],
      ['birds/owl/manifests/v2', undefined, other],
      ['birds/owl/manifests/absent', undefined, 404],
      [`birds/owl/manifests/${digest}`, undefined, manifest],
      [`birds/owl/manifests/${theirs.digest}`, undefined, 404],
      ['birds/owl/manifests/v1', foreign, 401],
      ['fish/cod/manifests/v1', foreign, theirs.manifest],
      [`fish/cod/manifests/${theirs.digest}`, foreign, theirs.manifest],
      ['fish/cod/manifests/v1', undefined, 401],
      [`birds/owl/blobs/${digestOf(pulling.layer)}`, undefined, pulling.layer],
      [`fish/cod/blobs/${digestOf(theirs.layer)}`, foreign, theirs.layer],
      [`fish/cod/blobs/${digestOf(pulling.layer)}`, foreign, 404],
    ];
    const pullAll = () =>
      Promise.all(
        asked.map(async ([path, headers, expected]) => {
          const response = await pulling.fetch(b, path, headers);
          const bytes = Buffer.from(await response.arrayBuffer());
          if (typeof expected === 'number') assert.equal(response.status, expected, path);
          else assert.ok(response.status === 200 && bytes.equals(expected), `${path}: ${response.status}`);
        }),
      );
    await pullAll();
    const read = await statements.fewest(pullAll);
    assert.ok(read.length > 0 && read.length <= asked.length, read.join('\n'));
  });

  test('a limit of pull traffic costs no statement of its own, and counts what another replica wrote of its pulls', async () => {
    const env = await next();
    const statements = new StatementLog();
    await using a = await TestRegistry.start({ env });
    await using b = await TestRegistry.start({ env, onRead: statements.note });
    const pulling = new Pulling({}, 1 << 20);
    await pulling.prepare(a);
    assert.equal((await a.api('PATCH', '/api/v1/quotas', { traffic_megabytes: 1 })).status, 200);
    for (const [way, read] of Object.entries(await statementsOf(pulling, b, statements, ['manifests'])))
      assert.equal(read.length, 1, `${way}: ${read.join('\n')}`);
    const layer = `blobs/${digestOf(pulling.layer)}`;
    await (await pulling.pull(a, 'GET', layer)).arrayBuffer();
    assert.equal((await pulling.pull(a, 'GET', 'manifests/v1')).status, 403);
    await a.runJob('record-traffic');
    await until('the other replica knows', async () => {
      const response = await pulling.pull(b, 'GET', 'manifests/v1');
      await response.arrayBuffer();
      return response.status === 403;
    });
    assert.equal((await a.api('PATCH', '/api/v1/quotas', { traffic_megabytes: 5 })).status, 200);
    await until('the new limit holds', async () => {
      const response = await pulling.pull(b, 'GET', 'manifests/v1');
      await response.arrayBuffer();
      return response.status === 200;
    });
  });
});

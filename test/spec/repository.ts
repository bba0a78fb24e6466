import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before } from 'node:test';
import { type Digest, type DigestAlgorithm, digestOf } from '../../src/oci/digest.ts';
import { basic, bearerOf, type RegistryOptions, type Spoken, TestRegistry } from '../support/registry.ts';
import { answered, assertHeaders, bytesOf, headerOf } from './answers.ts';
import {
  CONFIG,
  type Descriptor,
  descriptorOf,
  EMPTY_JSON,
  jsonOf,
  LAYER,
  newBytes,
  OCI_INDEX,
  OCI_MANIFEST,
} from './content.ts';

export interface PushedImage {
  readonly bytes: Buffer;
  /** What an index writes of it. */
  readonly descriptor: Descriptor;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** One repository, spoken to with the owner's key by Basic unless a request brings its own Authorization. */
export class TestRepository {
  readonly registry: Spoken;
  readonly name: string;

  constructor(registry: Spoken, name: string) {
    this.registry = registry;
    this.name = name;
  }

  /** `path` is below the repository (`tags/list`), or absolute as in a Location. */
  request(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (!headers.has('Authorization')) headers.set('Authorization', basic('iamapikey', this.registry.apikey));
    const absolute = /^(\/|https?:)/.test(path) ? path : `/v2/${this.name}/${path}`;
    return fetch(new URL(absolute, this.registry.url), { redirect: 'manual', ...init, method, headers });
  }

  /** A request with a bearer for these actions here. */
  async as(actions: string, method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const token = await bearerOf(this.registry, `repository:${this.name}:${actions}`);
    return this.request(method, path, {
      ...init,
      headers: { ...init.headers, Authorization: `Bearer ${token}` },
    });
  }

  /** Begins an upload and answers its Location. */
  async begin(query = ''): Promise<string> {
    return headerOf(await answered(await this.request('POST', `blobs/uploads/${query}`), 202), 'location');
  }

  /** Sends a chunk; with `first` it says where it begins. */
  patch(location: string, bytes: Uint8Array, first?: number): Promise<Response> {
    return this.request('PATCH', location, { body: bytes, headers: chunkHeaders(bytes, first) });
  }

  /** Ends an upload, with its last bytes if there are any. */
  finish(location: string, digest: string, bytes?: Uint8Array, first?: number): Promise<Response> {
    const target = `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
    return this.request('PUT', target, bytes ? { body: bytes, headers: chunkHeaders(bytes, first) } : {});
  }

  async pushBlob(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Promise<Digest> {
    const digest = digestOf(bytes, algorithm);
    await answered(await this.finish(await this.begin(), digest, bytes), 201);
    return digest;
  }

  /** `type` null: without a Content-Type. */
  putManifest(
    reference: string,
    content: object | Buffer,
    type: string | null = OCI_MANIFEST,
  ): Promise<Response> {
    const body = Buffer.isBuffer(content) ? content : jsonOf(content);
    return this.request('PUT', `manifests/${reference}`, {
      body: new Uint8Array(body),
      headers: type === null ? {} : { 'Content-Type': type },
    });
  }

  /**
   * An image that was never pushed before, under `reference`, else under its digest. `fields` are added to the manifest; a
   * config or layers among them are there already.
   */
  async pushImage(reference?: string, fields: object = {}, layerCount = 1): Promise<PushedImage> {
    const config = jsonOf({ architecture: 'amd64', os: 'linux', nonce: newBytes(8).toString('hex') });
    const layers = 'layers' in fields ? [] : Array.from({ length: layerCount }, () => newBytes());
    for (const bytes of [...('config' in fields ? [] : [config]), ...layers]) await this.pushBlob(bytes);
    const manifest = {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: descriptorOf(CONFIG, config),
      layers: layers.map((bytes) => descriptorOf(LAYER, bytes)),
      ...fields,
    };
    const bytes = jsonOf(manifest);
    await answered(await this.putManifest(reference ?? digestOf(bytes), bytes), 201);
    const { config: configDescriptor, layers: layerDescriptors } = manifest;
    return {
      bytes,
      descriptor: descriptorOf(OCI_MANIFEST, bytes),
      config: configDescriptor,
      layers: layerDescriptors,
    };
  }

  /** An index of these manifests under `reference`, else under its digest. */
  async pushIndex(manifests: readonly Descriptor[], reference?: string): Promise<Descriptor> {
    const bytes = jsonOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
    await answered(await this.putManifest(reference ?? digestOf(bytes), bytes, OCI_INDEX), 201);
    return descriptorOf(OCI_INDEX, bytes);
  }

  async tags(): Promise<string[]> {
    const response = await answered(await this.request('GET', 'tags/list'), 200);
    return ((await response.json()) as { tags: string[] }).tags;
  }

  /** Fails unless the repository serves this blob, byte for byte. */
  async assertHolds(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Promise<void> {
    const digest = digestOf(bytes, algorithm);
    const served = await bytesOf(await answered(await this.request('GET', `blobs/${digest}`), 200));
    assert.ok(served.equals(bytes), `${digest} came back with other bytes`);
  }

  /** Fails unless the manifest is served under `reference` exactly as it was pushed, by GET and by HEAD. */
  async assertServes(reference: string, bytes: Buffer, type = OCI_MANIFEST): Promise<void> {
    const digest = digestOf(bytes, reference.startsWith('sha512:') ? 'sha512' : 'sha256');
    for (const method of ['GET', 'HEAD']) {
      const response = await answered(await this.request(method, `manifests/${reference}`), 200);
      assertHeaders(response, {
        'content-type': type,
        'content-length': String(bytes.length),
        'docker-content-digest': digest,
        etag: `"${digest}"`,
        'transfer-encoding': null,
      });
      const body = await bytesOf(response);
      assert.ok(body.equals(method === 'GET' ? bytes : Buffer.alloc(0)), `${method} ${reference}`);
    }
  }

  /** Fails unless the upload stands at `size` bytes, as GET tells it. */
  async assertStandsAt(location: string, size: number): Promise<void> {
    assertHeaders(await answered(await this.request('GET', location), 204), {
      range: `0-${Math.max(size - 1, 0)}`,
      location,
      'docker-upload-uuid': location.split('/').at(-1) ?? '',
      'content-length': null,
    });
  }

  /** The status of a HEAD: 200 or 404. */
  async statusOf(path: string): Promise<number> {
    return (await this.request('HEAD', path)).status;
  }
}

const chunkHeaders = (bytes: Uint8Array, first: number | undefined): Record<string, string> => ({
  'Content-Type': 'application/octet-stream',
  ...(first === undefined ? {} : { 'Content-Range': `${first}-${first + bytes.length - 1}` }),
});

export interface Stage {
  readonly registry: TestRegistry;
  /** A repository nobody has used before. */
  repository(): TestRepository;
  /** One that holds the blob {}: all that `newManifest` needs. */
  artifactRepository(): Promise<TestRepository>;
  /** A namespace that no other test uses. */
  namespace(): Promise<string>;
}

/** One registry for the tests of a file, each of which works in repositories of its own, in the namespace birds. */
export const stage = (options: RegistryOptions = {}): Stage => {
  let started: TestRegistry | undefined;
  const running = (): TestRegistry => {
    if (!started) throw new Error('the registry is not running');
    return started;
  };
  const repository = (): TestRepository => new TestRepository(running(), `birds/${randomUUID()}`);
  before(async () => {
    started = await TestRegistry.start(options);
    await started.namespaceAdd('birds');
  });
  after(() => started?.[Symbol.asyncDispose]());
  return {
    get registry() {
      return running();
    },
    repository,
    namespace: async () => {
      const name = `ns-${randomUUID().slice(0, 8)}`;
      await running().namespaceAdd(name);
      return name;
    },
    artifactRepository: async () => {
      const created = repository();
      await created.pushBlob(EMPTY_JSON);
      return created;
    },
  };
};

import { equal, ok } from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { basic, type TestRegistry } from '../support/registry.ts';

/** A manifest or a blob, as another manifest names it. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export const IMAGE = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX = 'application/vnd.oci.image.index.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';

const digestOf = (bytes: string): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

export interface ImageOptions {
  readonly layer?: string;
  readonly architecture?: string;
  readonly variant?: string;
  readonly config?: object;
  readonly annotations?: Readonly<Record<string, string>>;
  /** The type of what is no image, and what it hangs on. */
  readonly artifactType?: string;
  readonly subject?: Descriptor;
}

/** Pushes through the registry protocol, as a client of images does. */
export class Pusher {
  readonly #registry: TestRegistry;
  readonly #apikey: string;

  /** As the owner, or by another key. */
  constructor(registry: TestRegistry, apikey = registry.apikey) {
    this.#registry = registry;
    this.#apikey = apikey;
  }

  /** An image of one layer; under its tags, or by its digest alone. */
  async image(repository: string, tags: readonly string[], options: ImageOptions = {}): Promise<Descriptor> {
    const { layer = 'a layer', architecture = 'amd64', variant, config, annotations } = options;
    const { artifactType, subject } = options;
    const settings = {
      created: new Date(this.#registry.clock.now()).toISOString(),
      architecture,
      ...(variant === undefined ? {} : { variant }),
      os: 'linux',
      ...(config ? { config } : {}),
      rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
    };
    const manifest = {
      schemaVersion: 2,
      mediaType: IMAGE,
      ...(artifactType === undefined ? {} : { artifactType }),
      config: await this.#blob(repository, CONFIG, JSON.stringify(settings)),
      layers: [await this.#blob(repository, LAYER, layer)],
      ...(annotations ? { annotations } : {}),
      ...(subject ? { subject } : {}),
    };
    return this.#manifest(repository, tags, IMAGE, JSON.stringify(manifest));
  }

  /** An index of images that were pushed. */
  index(
    repository: string,
    tags: readonly string[],
    manifests: readonly (Descriptor & { platform?: object; annotations?: object })[],
  ): Promise<Descriptor> {
    const index = { schemaVersion: 2, mediaType: INDEX, manifests };
    return this.#manifest(repository, tags, INDEX, JSON.stringify(index));
  }

  /** The id of the request that refuses a push, as docker asks: with a bearer that the token service gave for it. */
  async refused(repository: string): Promise<string> {
    const token = await this.#registry.bearer(
      `repository:${repository}:pull,push`,
      'iamapikey',
      this.#apikey,
    );
    const headers = { Authorization: `Bearer ${token}` };
    const answer = await this.#registry.v2('POST', `${repository}/blobs/uploads/`, { headers });
    equal(answer.status, 403);
    return answer.headers.get('x-request-id') ?? '';
  }

  async #manifest(
    repository: string,
    tags: readonly string[],
    mediaType: string,
    manifest: string,
  ): Promise<Descriptor> {
    const digest = digestOf(manifest);
    for (const name of tags.length > 0 ? tags : [digest]) {
      const answer = await this.#send('PUT', `${repository}/manifests/${name}`, manifest, mediaType);
      equal(answer.status, 201, await answer.text());
    }
    return { mediaType, digest, size: Buffer.byteLength(manifest) };
  }

  async #blob(repository: string, mediaType: string, bytes: string): Promise<Descriptor> {
    const digest = digestOf(bytes);
    const path = `${repository}/blobs/uploads/?digest=${digest}`;
    const answer = await this.#send('POST', path, bytes, 'application/octet-stream');
    ok(answer.status === 201, `${path}: ${answer.status} ${await answer.text()}`);
    return { mediaType, digest, size: Buffer.byteLength(bytes) };
  }

  #send(method: string, path: string, body?: string, type?: string): Promise<Response> {
    return this.#registry.v2(method, path, {
      headers: { Authorization: basic('iamapikey', this.#apikey), ...(type ? { 'Content-Type': type } : {}) },
      ...(body === undefined ? {} : { body }),
    });
  }
}

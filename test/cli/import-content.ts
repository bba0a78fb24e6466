import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';

export const digestOf = (bytes: Buffer | string): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

const IMAGE = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

export interface Made {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** Pushes to any registry that takes a user and a password, as no client of ours does. */
export class Pusher {
  readonly #url: string;
  readonly #authorization: string;

  constructor(url: string, user: string, password: string) {
    this.#url = url;
    this.#authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  }

  async blob(repository: string, mediaType: string, content: Buffer | string): Promise<Made> {
    const begun = await this.send('POST', `/v2/${repository}/blobs/uploads/`);
    const upload = new URL(begun.headers.get('location') ?? '', this.#url);
    const digest = digestOf(content);
    upload.searchParams.set('digest', digest);
    await this.send('PUT', upload.href, 'application/octet-stream', content);
    return { mediaType, digest, size: Buffer.byteLength(content) };
  }

  /** An image that is like no other. */
  async image(repository: string, tag?: string, layers = [randomBytes(20_000)]): Promise<Made> {
    const config = await this.blob(
      repository,
      'application/vnd.oci.image.config.v1+json',
      JSON.stringify({ architecture: 'amd64', os: 'linux', author: randomBytes(8).toString('hex') }),
    );
    const pushed: Made[] = [];
    for (const layer of layers)
      pushed.push(await this.blob(repository, 'application/vnd.oci.image.layer.v1.tar', layer));
    return this.manifest(repository, { mediaType: IMAGE, config, layers: pushed }, tag);
  }

  index(repository: string, manifests: readonly Made[], tag: string): Promise<Made> {
    return this.manifest(repository, { mediaType: INDEX, manifests }, tag);
  }

  /** Something that refers to a manifest, as a signature does. */
  async attach(repository: string, subject: Made): Promise<Made> {
    const config = await this.blob(repository, 'application/vnd.oci.empty.v1+json', '{}');
    const layers = [await this.blob(repository, 'text/plain', `signed ${subject.digest}`)];
    const { mediaType, digest, size } = subject;
    return this.manifest(repository, {
      mediaType: IMAGE,
      artifactType: 'application/vnd.example.signature',
      config,
      layers,
      subject: { mediaType, digest, size },
    });
  }

  async manifest(
    repository: string,
    content: { readonly mediaType: string; readonly [name: string]: unknown },
    tag?: string,
  ): Promise<Made> {
    const bytes = JSON.stringify({ schemaVersion: 2, ...content });
    const digest = digestOf(bytes);
    await this.send('PUT', `/v2/${repository}/manifests/${tag ?? digest}`, content.mediaType, bytes);
    return { mediaType: content.mediaType, digest, size: bytes.length };
  }

  async send(
    method: string,
    path: string,
    type = 'application/octet-stream',
    body?: Buffer | string,
  ): Promise<Response> {
    const response = await fetch(new URL(path, this.#url), {
      method,
      headers: { authorization: this.#authorization, 'content-type': type },
      ...(body === undefined ? {} : { body }),
    });
    assert.ok(
      response.ok,
      `${method} ${path}: ${response.status} ${response.ok ? '' : await response.text()}`,
    );
    return response;
  }
}

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { digestOf, type Made } from './import-content.ts';

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const IMAGE = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

/** A registry whose lists answer what a test says: in pages, with refusals, or as one that lacks an API. Each tag is one image. */
export class ScriptedSource implements AsyncDisposable {
  readonly image: Made;
  /** Signatures of the image. */
  readonly signatures: readonly Made[];
  /** The answer to a path, with its query; undefined for the usual one. */
  script: (url: string) => Answer | undefined = () => undefined;
  repositories: readonly string[] = ['birds/app'];
  readonly #contents = new Map<string, Buffer>();
  readonly #server: Server;

  private constructor() {
    const config = this.#keep('application/vnd.oci.image.config.v1+json', '{}');
    const layer = this.#keep('application/vnd.oci.image.layer.v1.tar', 'a layer');
    const manifest = (more: object): Made =>
      this.#keep(
        IMAGE,
        JSON.stringify({ schemaVersion: 2, mediaType: IMAGE, config, layers: [layer], ...more }),
      );
    this.image = manifest({});
    this.signatures = [1, 2, 3].map((number) =>
      manifest({ artifactType: `application/x-${number}`, subject: this.image }),
    );
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async start(): Promise<ScriptedSource> {
    const source = new ScriptedSource();
    await once(source.#server.listen(0, '127.0.0.1'), 'listening');
    return source;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A list of referrers, as the API and the tag of older clients give it. */
  list(manifests: readonly Made[], link?: string): Answer {
    return {
      status: 200,
      headers: { 'content-type': INDEX, ...(link ? { link: `<${link}>; rel="next"` } : {}) },
      body: { schemaVersion: 2, mediaType: INDEX, manifests },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #keep(mediaType: string, content: string): Made {
    const made = { mediaType, digest: digestOf(content), size: Buffer.byteLength(content) };
    this.#contents.set(made.digest, Buffer.from(content));
    return made;
  }

  #answer({ url = '' }: IncomingMessage, response: ServerResponse): void {
    const { status, headers, body } = this.script(url) ?? this.#usual(url);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body instanceof Buffer ? body : JSON.stringify(body ?? {}));
  }

  #usual(url: string): Answer {
    if (url.startsWith('/v2/_catalog')) return { status: 200, body: { repositories: this.repositories } };
    if (url.includes('/tags/list')) return { status: 200, body: { tags: ['1'] } };
    if (url.includes('/referrers/')) return this.list([]);
    const reference = url.split('/').at(-1) ?? '';
    const body = this.#contents.get(reference === '1' ? this.image.digest : reference);
    if (body === undefined) return { status: 404 };
    return { status: 200, headers: url.includes('/manifests/') ? { 'content-type': IMAGE } : {}, body };
  }
}

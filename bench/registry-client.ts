/** The requests a docker client makes, one by one, each held to its status. */
import { type Blob, type Image, MANIFEST_TYPE } from './content.ts';
import type { Actions, Credentials } from './credentials.ts';
import { type Answer, expectStatus, HttpClient, type Request } from './http-client.ts';

export class RegistryClient implements Disposable {
  readonly #http: HttpClient;
  readonly #credentials: Credentials;

  constructor(url: URL, credentials: Credentials, connections: number) {
    this.#http = new HttpClient(url, connections);
    this.#credentials = credentials;
  }

  async getManifest(repository: string, reference: string): Promise<Answer> {
    const answer = await this.#pull(repository, {
      method: 'GET',
      path: `/v2/${repository}/manifests/${reference}`,
    });
    return expectStatus(answer, 200, 'manifest GET');
  }

  async headManifest(repository: string, digest: string): Promise<Answer> {
    const answer = await this.#pull(repository, {
      method: 'HEAD',
      path: `/v2/${repository}/manifests/${digest}`,
    });
    return expectStatus(answer, 200, 'manifest HEAD');
  }

  async getBlob(repository: string, blob: Blob, onData?: (bytes: Uint8Array) => void): Promise<void> {
    const path = `/v2/${repository}/blobs/${blob.digest}`;
    const answer = await this.#pull(repository, {
      method: 'GET',
      path,
      ...(onData === undefined ? {} : { onData }),
    });
    expectStatus(answer, 200, 'blob GET');
    if (answer.length !== blob.length)
      throw new Error(`blob GET: ${answer.length} of ${blob.length} bytes came`);
  }

  /** What docker asks before it pushes a blob; the content being new, the answer is 404. */
  async expectAbsent(repository: string, blob: Blob): Promise<void> {
    const path = `/v2/${repository}/blobs/${blob.digest}`;
    expectStatus(await this.#send(repository, 'pull,push', { method: 'HEAD', path }), 404, 'blob HEAD');
  }

  /** end-4a, POST: where to send the blob. */
  async beginUpload(repository: string): Promise<string> {
    const path = `/v2/${repository}/blobs/uploads/`;
    return locationOf(
      expectStatus(await this.#push(repository, { method: 'POST', path }), 202, 'upload POST'),
    );
  }

  /** end-5, PATCH with the whole blob; answers where to finish. `body` stands in for the blob where it comes slowly. */
  async sendUpload(
    repository: string,
    location: string,
    blob: Blob,
    body: Request['body'] = blob,
  ): Promise<string> {
    const headers = { 'content-type': 'application/octet-stream' };
    const answer = await this.#push(repository, {
      method: 'PATCH',
      path: location,
      headers,
      ...(body && { body }),
    });
    return locationOf(expectStatus(answer, 202, 'upload PATCH'));
  }

  /** end-6, PUT without a body. */
  async finishUpload(repository: string, location: string, blob: Blob): Promise<void> {
    const path = `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(blob.digest)}`;
    const answer = await this.#push(repository, { method: 'PUT', path, body: new Uint8Array() });
    expectStatus(answer, 201, 'upload PUT');
  }

  async pushBlob(repository: string, blob: Blob): Promise<void> {
    const location = await this.beginUpload(repository);
    await this.finishUpload(repository, await this.sendUpload(repository, location, blob), blob);
  }

  async putManifest(repository: string, tag: string, manifest: Uint8Array): Promise<void> {
    const path = `/v2/${repository}/manifests/${tag}`;
    const headers = { 'content-type': MANIFEST_TYPE };
    expectStatus(
      await this.#push(repository, { method: 'PUT', path, headers, body: manifest }),
      201,
      'manifest PUT',
    );
  }

  /** Layers and config one after the other, then the manifest, as docker does for a small image. */
  async pushImage(repository: string, tag: string, image: Image): Promise<void> {
    for (const blob of [...image.layers, image.config]) {
      await this.expectAbsent(repository, blob);
      await this.pushBlob(repository, blob);
    }
    await this.putManifest(repository, tag, image.manifest);
  }

  #pull(repository: string, request: Request): Promise<Answer> {
    return this.#send(repository, 'pull', request);
  }

  #push(repository: string, request: Request): Promise<Answer> {
    return this.#send(repository, 'pull,push', request);
  }

  async #send(repository: string, actions: Actions, request: Request): Promise<Answer> {
    const credentials = await this.#credentials.headers(repository, actions);
    return this.#http.send({ ...request, headers: { accept: ACCEPT, ...request.headers, ...credentials } });
  }

  [Symbol.dispose](): void {
    this.#http[Symbol.dispose]();
  }
}

const ACCEPT = `${MANIFEST_TYPE}, application/vnd.oci.image.index.v1+json`;

const locationOf = (answer: Answer): string => {
  const location = answer.headers.location;
  if (location === undefined) throw new Error('the registry took the upload but gave no Location');
  return location;
};

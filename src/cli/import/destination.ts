import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { ATTEMPTS, complaintOf, type RegistryHttp } from './registry-http.ts';
import { BrokenOff, type Descriptor, MANIFEST_TYPES, type Manifest } from './source.ts';

/** The registry of the person who is logged in, over the same doors as any client. */
export class Destination {
  readonly #http: RegistryHttp;
  /** In which repository a content that was sent is: the next one takes it from there. */
  readonly #homes = new Map<string, string>();

  constructor(http: RegistryHttp) {
    this.#http = http;
  }

  /** The digest under a tag or digest; undefined where there is nothing. */
  async digestAt(repository: string, reference: string): Promise<string | undefined> {
    const response = await this.#http.send({
      method: 'HEAD',
      path: `/v2/${repository}/manifests/${reference}`,
      scope: scopeOf(repository),
      headers: { accept: MANIFEST_TYPES.join(', ') },
    });
    if (response.status === 404) return undefined;
    if (!response.ok) throw await refusal(response, repository);
    return response.headers.get('docker-content-digest') ?? undefined;
  }

  async hasBlob(repository: string, { digest }: Descriptor): Promise<boolean> {
    const path = `/v2/${repository}/blobs/${digest}`;
    const response = await this.#http.send({ method: 'HEAD', path, scope: scopeOf(repository) });
    if (response.status === 404) return false;
    if (!response.ok) throw await refusal(response, repository);
    this.#homes.set(digest, repository);
    return true;
  }

  /**
   * Sends a content, or takes it from another repository of the registry. Answers how many bytes were sent. Where the way
   * breaks, it begins again with a new upload: what a half of the first one left is not added to.
   */
  async putBlob(
    repository: string,
    blob: Descriptor,
    open: () => Promise<ReadableStream<Uint8Array>>,
  ): Promise<number> {
    for (let attempt = 1; ; attempt++) {
      try {
        const sent = await this.#upload(repository, blob, open);
        this.#homes.set(blob.digest, repository);
        return sent;
      } catch (error) {
        const isBroken =
          error instanceof BrokenOff || (error instanceof CliError && error.exitCode === EXIT.UNREACHABLE);
        if (!isBroken || attempt === ATTEMPTS) throw error;
        await this.#http.pause(attempt);
      }
    }
  }

  async #upload(
    repository: string,
    { digest, size }: Descriptor,
    open: () => Promise<ReadableStream<Uint8Array>>,
  ): Promise<number> {
    const home = this.#homes.get(digest);
    const mount = home ? `?${new URLSearchParams({ mount: digest, from: home })}` : '';
    const scope = scopeOf(repository);
    const path = `/v2/${repository}/blobs/uploads/${mount}`;
    const begun = await this.#http.send({ method: 'POST', path, scope });
    if (begun.status === 201) return 0;
    const location = begun.headers.get('location');
    if (begun.status !== 202 || location === null) throw await refusal(begun, repository);
    await begun.body?.cancel();
    const url = new URL(location, this.#http.origin);
    if (url.origin !== this.#http.origin)
      throw new CliError(
        EXIT.FAILED,
        `${this.#http.origin} takes uploads at another address: ${url.origin}.`,
      );
    url.searchParams.set('digest', digest);
    const headers = { 'content-type': 'application/octet-stream' };
    const ended = await this.#http.send({
      method: 'PUT',
      path: url.href,
      scope,
      headers,
      body: open,
      once: true,
    });
    if (ended.status !== 201) throw await refusal(ended, repository);
    await ended.body?.cancel();
    return size;
  }

  async putManifest(repository: string, reference: string, { bytes, mediaType }: Manifest): Promise<void> {
    const response = await this.#http.send({
      method: 'PUT',
      path: `/v2/${repository}/manifests/${reference}`,
      scope: scopeOf(repository),
      headers: { 'content-type': mediaType },
      body: async () => new Uint8Array(bytes),
    });
    if (response.status !== 201) throw await refusal(response, repository);
    await response.body?.cancel();
  }
}

const scopeOf = (repository: string): string => `repository:${repository}:pull,push`;

const refusal = async (response: Response, repository: string): Promise<CliError> => {
  const code = { 401: EXIT.REFUSED, 403: EXIT.REFUSED, 404: EXIT.NOT_FOUND }[response.status] ?? EXIT.FAILED;
  return new CliError(code, `${repository}: ${await complaintOf(response)}.`);
};

import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { digestOf } from '../../src/oci/digest.ts';
import { basic } from '../support/registry.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const TRIES = 40;

/** What a push whose manifest was answered with 201 promised. */
export interface Acknowledged {
  readonly repository: string;
  readonly tag: string;
  readonly manifest: string;
  readonly blobs: readonly string[];
}

/** What was wrong in a way no repetition excuses. */
export class BrokenPromise extends Error {}

/**
 * A client that does what real ones do: repeats a request that was not answered or was answered with 5xx, begins a push again
 * when an upload is lost, and compares every digest.
 */
export class Client {
  readonly #url: string;
  readonly #authorization: string;
  /** How often something had to be done again. */
  repeated = 0;

  constructor(url: string, apikey: string) {
    this.#url = url;
    this.#authorization = basic('iamapikey', apikey);
  }

  /** A new image of a few blobs, one of them of several parts. */
  async push(repository: string): Promise<Acknowledged> {
    const contents = [randomBytes(500), randomBytes(90_000), randomBytes(6 << 20)];
    const [config, ...layers] = contents.map((bytes) => ({
      mediaType: 'application/vnd.oci.image.layer.v1.tar',
      digest: digestOf(bytes),
      size: bytes.length,
    }));
    const manifest = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config, layers });
    const tag = randomUUID();
    await this.#untilDone(`push of ${repository}:${tag}`, async () => {
      for (const bytes of contents) await this.#pushBlob(repository, bytes);
      const put = await this.#request('PUT', `${repository}/manifests/${tag}`, {
        headers: { 'Content-Type': MANIFEST },
        body: manifest,
      });
      if (put.status !== 201) throw new Error(`manifest: ${put.status} ${await put.text()}`);
      await put.arrayBuffer();
    });
    return { repository, tag, manifest, blobs: contents.map((bytes) => digestOf(bytes)) };
  }

  /** Everything of it, byte for byte. */
  async pull({ repository, tag, manifest, blobs }: Acknowledged): Promise<void> {
    const read = await this.#read(`${repository}/manifests/${tag}`);
    if (read.toString() !== manifest) throw new BrokenPromise(`${repository}:${tag} is another manifest`);
    for (const digest of blobs) {
      if (digestOf(await this.#read(`${repository}/blobs/${digest}`)) !== digest)
        throw new BrokenPromise(`${repository}@${digest} has other bytes`);
    }
  }

  async #pushBlob(repository: string, bytes: Buffer): Promise<void> {
    const digest = digestOf(bytes);
    if ((await this.#request('HEAD', `${repository}/blobs/${digest}`)).status === 200) return;
    const begun = await this.#request('POST', `${repository}/blobs/uploads/`);
    await begun.arrayBuffer();
    if (begun.status !== 202) throw new Error(`POST: ${begun.status}`);
    let location = begun.headers.get('location') ?? '';
    const half = bytes.length >> 1;
    for (const part of [bytes.subarray(0, half), bytes.subarray(half)]) {
      const sent = await this.#request('PATCH', location, { body: new Uint8Array(part) });
      await sent.arrayBuffer();
      if (sent.status !== 202) throw new Error(`PATCH: ${sent.status}`);
      location = sent.headers.get('location') ?? location;
    }
    const ended = await this.#request('PUT', `${location}?digest=${digest}`);
    await ended.arrayBuffer();
    if (ended.status !== 201) throw new Error(`PUT: ${ended.status}`);
  }

  async #read(path: string): Promise<Buffer> {
    let bytes: Buffer | undefined;
    await this.#untilDone(path, async () => {
      const answer = await this.#request('GET', path, { headers: { Accept: MANIFEST } });
      if (answer.status === 404) throw new BrokenPromise(`${path} was acknowledged and is gone`);
      if (answer.status !== 200) throw new Error(`GET: ${answer.status}`);
      bytes = Buffer.from(await answer.arrayBuffer());
    });
    return bytes ?? Buffer.alloc(0);
  }

  #request(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { Authorization: this.#authorization, ...init.headers };
    const url = new URL(path.startsWith('/') || path.startsWith('http') ? path : `/v2/${path}`, this.#url);
    return fetch(url, { ...init, method, headers, signal: AbortSignal.timeout(60_000) });
  }

  async #untilDone(what: string, work: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        if (error instanceof BrokenPromise || attempt === TRIES)
          throw new Error(`${what}, try ${attempt}: ${(error as Error).message}`, { cause: error });
        this.repeated++;
        await sleep(Math.min(2000, 100 * attempt));
      }
    }
  }
}

import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Digest, digestOf } from '../../src/oci/digest.ts';
import { CONFIG, descriptorOf, jsonOf, LAYER, OCI_MANIFEST } from '../spec/content.ts';
import { basic } from '../support/registry.ts';
import type { RegistryProcess } from '../support/registry-process.ts';
import type { Promises } from './promises.ts';

/** An upload whose end was not acknowledged. */
export interface OpenUpload {
  readonly repository: string;
  readonly location: string;
  readonly bytes: Buffer;
  /** Bytes whose chunks were acknowledged. */
  acknowledged: number;
  /** Bytes that were sent at all. */
  sent: number;
  /** The closing PUT is on its way. */
  closing: boolean;
}

/** The server is gone: what was on its way stays unanswered. */
export class Cut extends Error {}

const REPOSITORIES = ['birds/a', 'birds/b', 'birds/c'];

const anyRepository = (): string => REPOSITORIES[randomInt(REPOSITORIES.length)] ?? 'birds/a';

/** Mostly small, some large enough to be killed in the middle. */
const anyBytes = (): Buffer => randomBytes(randomInt(6) === 0 ? randomInt(3_000_000) : randomInt(20_000));

interface Init {
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly headers?: Record<string, string>;
}

/** Clients that push, upload in chunks, tag, mount and delete at once, and write down what they were promised. */
export class Workload {
  readonly #registry: RegistryProcess;
  readonly #promises: Promises;
  readonly uploads = new Set<OpenUpload>();
  readonly #collecting: boolean;
  #over = false;

  /** `collecting`: garbage collection runs all the while, so that what no manifest holds may be gone. */
  constructor(registry: RegistryProcess, promises: Promises, collecting = false) {
    this.#collecting = collecting;
    this.#registry = registry;
    this.#promises = promises;
  }

  /** Runs until the server does not answer any more; `over` must have been called by then. */
  async run(): Promise<void> {
    const pushes = [this.#pushWhole, this.#pushChunked, this.#pushChunked, this.#pushImages];
    const tasks = [
      ...pushes,
      this.#mount,
      this.#remove,
      this.#restore,
      ...(this.#collecting ? [this.#collect] : []),
    ];
    await Promise.all(tasks.map((task) => this.#repeat(task)));
  }

  /** From now on a failed request is what is expected. */
  over(): void {
    this.#over = true;
  }

  /** One request as the owner; its body is read, so that the connection is free again. */
  async request(
    method: string,
    path: string,
    init: Init = {},
  ): Promise<{ status: number; headers: Headers; body: Buffer }> {
    const Authorization = basic('iamapikey', this.#registry.apikey);
    const headers = { ...init.headers, Authorization };
    try {
      const response = await fetch(this.#registry.url + path, { ...init, method, headers });
      const { status } = response;
      // the status line is the promise: a body that breaks off takes nothing back
      const body = await response.arrayBuffer().catch((error) => {
        if (status === 200) throw error;
        return new ArrayBuffer();
      });
      return { status, headers: response.headers, body: Buffer.from(body) };
    } catch (error) {
      if (this.#over) throw new Cut(`${method} ${path}`, { cause: error });
      throw error;
    }
  }

  /** Takes up an upload where the server says it stands, and ends it. */
  async resume(upload: OpenUpload): Promise<void> {
    const { repository, location, bytes, acknowledged, sent, closing } = upload;
    const path = `/v2/${repository}/blobs/${digestOf(bytes)}`;
    const { status, headers } = await this.request('GET', location);
    this.uploads.delete(upload);
    if (status === 404 && closing) return; // it may have ended; whether the blob is there, the promises tell
    assert.equal(status, 204, `${location} with ${acknowledged} acknowledged bytes`);
    const last = Number(/^0-(\d+)$/.exec(headers.get('range') ?? '')?.[1]);
    const offset = last === 0 ? 0 : last + 1;
    assert.ok(
      offset >= acknowledged && offset <= sent,
      `${offset} of ${acknowledged} acknowledged, ${sent} sent`,
    );
    if (offset < bytes.length) {
      const rest = new Uint8Array(bytes.subarray(offset));
      const range = { 'Content-Range': `${offset}-${bytes.length - 1}` };
      const chunk = await this.request('PATCH', location, { body: rest, headers: range });
      assert.equal(chunk.status, 202, String(chunk.body));
    }
    this.#promises.asked(path, bytes);
    this.#mayGo([path]);
    const end = await this.request('PUT', `${location}?digest=${digestOf(bytes)}`);
    assert.equal(end.status, 201, String(end.body));
    this.#promises.promised(path, bytes);
  }

  /**
   * The same after a power cut, which takes chunks that were not synced, or parts of them: they were no promise. What
   * may not happen is that the upload ends well with other bytes.
   */
  async resumeWhatIsLeft(upload: OpenUpload): Promise<void> {
    const { repository, location, bytes } = upload;
    const path = `/v2/${repository}/blobs/${digestOf(bytes)}`;
    const { status, headers } = await this.request('GET', location);
    this.uploads.delete(upload);
    assert.ok(status === 204 || status === 404, `${location}: ${status}`);
    const last = Number(/^0-(\d+)$/.exec(headers.get('range') ?? '0-0')?.[1]);
    const offset = last === 0 ? 0 : last + 1;
    assert.ok(offset <= upload.sent, `${offset} bytes of ${upload.sent} that were sent`);
    if (status === 404) return;
    this.#promises.asked(path, bytes);
    this.#mayGo([path]);
    const body = new Uint8Array(bytes.subarray(offset));
    const end = await this.request('PUT', `${location}?digest=${digestOf(bytes)}`, { body });
    assert.ok(end.status === 201 || end.status === 400, `${end.status} ${end.body}`);
    if (end.status === 201) this.#promises.promised(path, bytes);
  }

  async #repeat(task: () => Promise<void>): Promise<void> {
    try {
      for (;;) await task.call(this);
    } catch (error) {
      if (!(error instanceof Cut)) throw error;
    }
  }

  async #change(
    method: string,
    path: string,
    status: number,
    outcome: ReadonlyMap<string, Buffer | undefined>,
    init: Init & { collected?: number } = {},
  ): Promise<boolean> {
    for (const [target, content] of outcome) this.#promises.asked(target, content);
    const answer = await this.request(method, path, init);
    // what it builds on was collected: a slow client is told so, and nothing was promised
    if (this.#collecting && answer.status === init.collected) return false;
    assert.equal(answer.status, status, `${method} ${path}: ${answer.body}`);
    for (const [target, content] of outcome) this.#promises.promised(target, content);
    return true;
  }

  #mayGo(paths: readonly string[]): void {
    if (this.#collecting) this.#promises.mayGo(paths);
  }

  /** As the operator does, again and again. */
  async #collect(): Promise<void> {
    const init = { method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json' } };
    try {
      const { status } = await this.#registry.request('/api/v1/gc/runs', init);
      assert.ok(status === 202 || status === 409, String(status));
      await sleep(20);
    } catch (error) {
      if (this.#over && !(error instanceof assert.AssertionError)) throw new Cut('collect', { cause: error });
      throw error;
    }
  }

  async #pushBlob(repository: string, bytes: Buffer): Promise<Digest> {
    const digest = digestOf(bytes, randomInt(4) === 0 ? 'sha512' : 'sha256');
    const path = `/v2/${repository}/blobs/${digest}`;
    const outcome = new Map([[path, bytes]]);
    this.#mayGo([path]);
    const body = new Uint8Array(bytes);
    await this.#change('POST', `/v2/${repository}/blobs/uploads/?digest=${digest}`, 201, outcome, { body });
    return digest;
  }

  async #pushWhole(): Promise<void> {
    await this.#pushBlob(anyRepository(), anyBytes());
  }

  async #pushChunked(): Promise<void> {
    const repository = anyRepository();
    // half of them begin in a row, and some of these outgrow it
    const bytes = randomBytes(randomInt(2) === 0 ? randomInt(100, 40_000) : randomInt(2, 1_500_000));
    const begun = await this.request('POST', `/v2/${repository}/blobs/uploads/`);
    assert.equal(begun.status, 202, String(begun.body));
    const location = begun.headers.get('location') ?? '';
    const upload = { repository, location, bytes, acknowledged: 0, sent: 0, closing: false };
    this.uploads.add(upload);
    const size = Math.ceil(bytes.length / randomInt(1, 6));
    for (let at = 0; at < bytes.length; at += size) {
      const chunk = new Uint8Array(bytes.subarray(at, at + size));
      upload.sent = at + chunk.length;
      const headers = { 'Content-Range': `${at}-${upload.sent - 1}` };
      const { status, body } = await this.request('PATCH', location, { body: chunk, headers });
      assert.equal(status, 202, String(body));
      upload.acknowledged = upload.sent;
    }
    upload.closing = true;
    const outcome = new Map([[`/v2/${repository}/blobs/${digestOf(bytes)}`, bytes]]);
    this.#mayGo([...outcome.keys()]);
    await this.#change('PUT', `${location}?digest=${digestOf(bytes)}`, 201, outcome);
    this.uploads.delete(upload);
  }

  /** Images under a tag of their own and one that moves. */
  async #pushImages(): Promise<void> {
    const repository = anyRepository();
    const manifest = await this.#newImage(repository);
    await this.#putManifest(repository, 'latest', manifest);
    await this.#putManifest(repository, `t${randomInt(20)}`, manifest);
  }

  async #newImage(repository: string): Promise<Buffer> {
    const [config, layer] = [jsonOf({ nonce: randomInt(2 ** 40) }), randomBytes(randomInt(5000))];
    const blobs = [await this.#pushBlob(repository, config), await this.#pushBlob(repository, layer)];
    const [configDigest, layerDigest] = blobs;
    return jsonOf({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: { ...descriptorOf(CONFIG, config), digest: configDigest },
      layers: [{ ...descriptorOf(LAYER, layer), digest: layerDigest }],
    });
  }

  /** False where what it refers to was collected before. */
  async #putManifest(repository: string, tag: string, manifest: Buffer): Promise<boolean> {
    const base = `/v2/${repository}/manifests`;
    const outcome = new Map([
      [`${base}/${tag}`, manifest],
      [`${base}/${digestOf(manifest)}`, manifest],
    ]);
    const headers = { 'Content-Type': OCI_MANIFEST };
    const init = { body: new Uint8Array(manifest), headers, collected: 400 };
    if (!(await this.#change('PUT', `${base}/${tag}`, 201, outcome, init))) return false;
    this.#promises.held(blobsOf(repository, manifest));
    return true;
  }

  async #mount(): Promise<void> {
    const bytes = anyBytes();
    const digest = await this.#pushBlob('birds/a', bytes);
    const outcome = new Map([[`/v2/birds/mounted/blobs/${digest}`, bytes]]);
    const query = `mount=${digest}&from=birds/a`;
    this.#mayGo([...outcome.keys()]);
    const init = { collected: 202 };
    await this.#change('POST', `/v2/birds/mounted/blobs/uploads/?${query}`, 201, outcome, init);
  }

  /** In a repository of its own, so that no other task moves its tag. */
  async #remove(): Promise<void> {
    const repository = 'birds/removed';
    const digest = await this.#pushBlob(repository, anyBytes());
    const blob = `/v2/${repository}/blobs/${digest}`;
    await this.#change('DELETE', blob, 202, new Map([[blob, undefined]]), { collected: 404 });
    const manifest = await this.#newImage(repository);
    await this.#putManifest(repository, 'gone', manifest);
    const [tag, byDigest] = ['gone', digestOf(manifest)].map((each) => `/v2/${repository}/manifests/${each}`);
    assert.ok(tag && byDigest);
    const isByTag = randomInt(2) === 0;
    const gone = isByTag ? [tag] : [tag, byDigest];
    if (!isByTag) this.#mayGo(blobsOf(repository, manifest));
    await this.#change(
      'DELETE',
      isByTag ? tag : byDigest,
      202,
      new Map(gone.map((each) => [each, undefined])),
      { collected: 404 },
    );
  }

  /** Deletes an image and takes it back from the trash, which holds its blobs whatever is collected meanwhile. */
  async #restore(): Promise<void> {
    const repository = 'birds/restored';
    const tag = `r${randomInt(2 ** 40)}`;
    const manifest = await this.#newImage(repository);
    if (!(await this.#putManifest(repository, tag, manifest))) return;
    const digest = digestOf(manifest);
    const paths = [tag, digest].map((each) => `/v2/${repository}/manifests/${each}`);
    const blobs = blobsOf(repository, manifest);
    this.#mayGo(blobs);
    const gone = new Map(paths.map((each) => [each, undefined]));
    await this.#change('DELETE', `/v2/${repository}/manifests/${digest}`, 202, gone);
    for (const path of paths) this.#promises.asked(path, manifest);
    const image = encodeURIComponent(`${repository}@${digest}`);
    const { status, body } = await this.#manage('POST', `/api/v1/trash/${image}/restore`);
    assert.equal(status, 200, body);
    for (const path of paths) this.#promises.promised(path, manifest);
    this.#promises.held(blobs);
  }

  async #manage(method: string, path: string): Promise<{ status: number; body: string }> {
    try {
      const response = await this.#registry.request(path, { method });
      return { status: response.status, body: await response.text() };
    } catch (error) {
      if (this.#over) throw new Cut(`${method} ${path}`, { cause: error });
      throw error;
    }
  }
}

/** Where the blobs of an image lie. */
const blobsOf = (repository: string, manifest: Buffer): string[] => {
  const { config, layers } = JSON.parse(manifest.toString()) as {
    config: { digest: string };
    layers: { digest: string }[];
  };
  return [config, ...layers].map(({ digest }) => `/v2/${repository}/blobs/${digest}`);
};

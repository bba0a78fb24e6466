import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { S3BlobStore } from '../../src/blobs/s3.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { makeCertificate, trust } from '../support/certificate.ts';
import { needs } from '../support/component.ts';
import { type S3Server, s3, startS3 } from '../support/s3.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { chunks, MIB, newRegion, noise, readBlob, refusedWith } from './blob-fixtures.ts';

const { skip } = needs(s3);

/** What a request to the server behind brought of its body. */
interface Seen {
  readonly url: string;
  readonly hash: string;
  readonly crc: string | undefined;
  readonly bytes: number;
}

/** Ends TLS before the server, and may damage what passes through. It may compare CRCs, as servers do that know them. */
class TlsWay implements AsyncDisposable {
  /** Requests with a body. */
  readonly seen: Seen[] = [];
  comparesCrc = true;
  /** How many of the next bodies above 1 MiB are damaged. */
  damaged = 0;
  readonly #onward: URL;
  readonly #server: ReturnType<typeof createServer>;

  private constructor(onward: string, files: { cert: Buffer; key: Buffer }) {
    this.#onward = new URL(onward);
    this.#server = createServer(files, (incoming, answer) => void this.#pass(incoming, answer));
  }

  static async start(onward: string, folder: string): Promise<TlsWay> {
    const certificate = makeCertificate(folder);
    trust(certificate);
    const cert = readFileSync(certificate.certFile);
    const way = new TlsWay(onward, { cert, key: readFileSync(certificate.keyFile) });
    await new Promise<void>((resolve) => way.#server.listen(0, '127.0.0.1', resolve));
    return way;
  }

  /** The address of the bucket through here. */
  through(url: string): string {
    const address = new URL(url);
    const { port } = this.#server.address() as AddressInfo;
    address.searchParams.set('endpoint', `https://127.0.0.1:${port}`);
    return address.href;
  }

  async #pass(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = Buffer.concat(await incoming.toArray());
    const { headers } = incoming;
    const crc = headers['x-amz-checksum-crc32'];
    const hash = String(headers['x-amz-content-sha256']);
    if (incoming.method === 'PUT' && body.length > 0)
      this.seen.push({ url: incoming.url ?? '', hash, crc: crc?.toString(), bytes: body.length });
    if (this.damaged > 0 && body.length > MIB) {
      this.damaged--;
      body[MIB] = (body[MIB] ?? 0) ^ 1;
    }
    if (this.comparesCrc && crc !== undefined && crc !== encoded(body)) {
      answer.writeHead(400, { 'Content-Type': 'application/xml' });
      answer.end('<?xml version="1.0"?><Error><Code>BadDigest</Code><Message>CRC32</Message></Error>');
      return;
    }
    const { hostname, port } = this.#onward;
    const { method, url: path } = incoming;
    const onward = request({ hostname, port, method, path, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 500, response.headers);
      response.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    onward.end(body);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

const encoded = (body: Buffer): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(body));
  return bytes.toString('base64');
};

suite('the blob store on s3 over TLS', { skip }, () => {
  const region = newRegion();
  const folder = temporaryFolder();
  let server: S3Server;
  let way: TlsWay;
  before(async () => {
    server = await startS3();
    Object.assign(process.env, server.env);
    way = await TlsWay.start(server.endpoint, folder.path);
  });
  after(async () => {
    await way[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const open = async (comparesCrc: boolean, retryMs = 5000): Promise<S3BlobStore> => {
    way.comparesCrc = comparesCrc;
    way.damaged = 0;
    const store = await S3BlobStore.open({ url: way.through(server.url), partBytes: 5 * MIB, retryMs });
    way.seen.length = 0;
    return store;
  };

  const pushed = async (store: S3BlobStore, bytes: Buffer): Promise<Buffer> => {
    const id = await store.begin(region);
    await store.append(id, 0, chunks(bytes));
    const { key } = await store.seal(id, digestOf(bytes));
    return readBlob(store, key);
  };

  test('with a server that compares CRCs, every body brings one and is not hashed for the signature', async () => {
    await using store = await open(true);
    for (const size of [11 * MIB + 1, 1000]) {
      const bytes = noise(size);
      assert.ok((await pushed(store, bytes)).equals(bytes));
    }
    assert.ok(way.seen.filter(({ url }) => url.includes('partNumber=')).length >= 2);
    for (const { hash, crc } of way.seen) {
      assert.equal(hash, 'UNSIGNED-PAYLOAD');
      assert.match(crc ?? '', /^[\w+/]{6}==$/);
    }
  });

  test('with a server that ignores CRCs, bodies are signed', async () => {
    await using store = await open(false);
    const bytes = noise(6 * MIB);
    assert.ok((await pushed(store, bytes)).equals(bytes));
    assert.ok(way.seen.length > 0);
    for (const { hash, crc } of way.seen) {
      assert.match(hash, /^[0-9a-f]{64}$/);
      assert.equal(crc, undefined);
    }
  });

  for (const comparesCrc of [true, false]) {
    const how = comparesCrc ? 'with CRCs' : 'with signed bodies';

    test(`a part that is damaged on the way is sent again (${how})`, async () => {
      await using store = await open(comparesCrc);
      const bytes = noise(11 * MIB);
      way.damaged = 1;
      assert.ok((await pushed(store, bytes)).equals(bytes));
      assert.equal(way.damaged, 0);
    });

    test(`a part that is damaged each time is refused, and nothing of it is there (${how})`, async () => {
      await using store = await open(comparesCrc, 300);
      const id = await store.begin(region);
      way.damaged = 1000;
      await assert.rejects(store.append(id, 0, chunks(noise(6 * MIB))), refusedWith('UNAVAILABLE'));
      way.damaged = 0;
      assert.equal(await store.staged(id), 0);
      assert.ok((await pushed(store, noise(6 * MIB))).equals(noise(6 * MIB)));
    });
  }

  test('an upload whose digest was wrong goes on with copies of its parts, and with signed ones', async () => {
    await using store = await open(true);
    const bytes = noise(12 * MIB);
    const id = await store.begin(region);
    await store.append(id, 0, chunks(bytes.subarray(0, 6 * MIB)));
    await using other = await open(true);
    // a process that did not hash these bytes completes them before it can compare
    await assert.rejects(other.seal(id, digestOf(bytes)), refusedWith('DIGEST_INVALID'));
    way.seen.length = 0;
    await other.append(id, 6 * MIB, chunks(bytes.subarray(6 * MIB)));
    const parts = way.seen.filter(({ url }) => url.includes('partNumber='));
    assert.ok(parts.length > 0 && parts.every(({ crc }) => crc === undefined));
    const { key } = await other.seal(id, digestOf(bytes));
    assert.ok((await readBlob(other, key)).equals(bytes));
  });
});

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { S3 } from '@aws-sdk/client-s3';
import { S3BlobStore } from '../../src/blobs/s3.ts';
import { copyRanges } from '../../src/blobs/s3-upload.ts';
import { parseS3Url } from '../../src/blobs/s3-url.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { type BrittleWay, brittleWay } from '../database/brittle-way.ts';
import { needs } from '../support/component.ts';
import { type S3Server, s3, startS3 } from '../support/s3.ts';
import { adoptContract } from './adopt.contract.ts';
import {
  Collector,
  chunks,
  keysOf,
  MIB,
  newRegion,
  noise,
  pushBlob,
  readBlob,
  refusedWith,
} from './blob-fixtures.ts';
import { blobStoreContract } from './blob-store.contract.ts';

const { skip } = needs(s3);
let server: S3Server;
let raw: S3;
if (!skip) {
  before(async () => {
    server = await startS3();
    Object.assign(process.env, server.env);
    raw = new S3({
      endpoint: server.endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
    });
  });
  after(async () => {
    raw.destroy();
    await server[Symbol.asyncDispose]();
  });
}

const partBytes = 5 * MIB;
const open = (url = server.url): Promise<S3BlobStore> => S3BlobStore.open({ url, partBytes, retryMs: 5000 });

blobStoreContract('s3', () => open(), { histories: 20, skip });
adoptContract('s3', () => open(), skip);

/** The outcomes of what two replicas do at once: how many succeeded, and the codes of the others. */
const outcomes = (results: PromiseSettledResult<unknown>[]): { won: number; codes: string[] } => ({
  won: results.filter(({ status }) => status === 'fulfilled').length,
  codes: results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason.code)] : [])),
});

suite('the blob store on s3 with more than one replica', { skip }, () => {
  const region = newRegion();
  let [one, two]: S3BlobStore[] = [];
  const replicas = (): [S3BlobStore, S3BlobStore] => {
    assert.ok(one && two);
    return [one, two];
  };
  before(async () => {
    [one, two] = await Promise.all([open(), open()]);
  });
  after(() => Promise.all(replicas().map((store) => store[Symbol.asyncDispose]())));

  for (const [what, size] of [
    ['a few bytes', 1000],
    ['parts', 6 * MIB],
  ] as const) {
    test(`append: of two replicas at one offset exactly one wins (${what})`, async () => {
      const [first, second] = replicas();
      for (let round = 0; round < 3; round++) {
        const id = await first.begin(region);
        await first.append(id, 0, chunks(noise(round * 3 * MIB)));
        const offset = round * 3 * MIB;
        const results = await Promise.allSettled([
          first.append(id, offset, chunks(noise(size, offset))),
          second.append(id, offset, chunks(noise(size, offset))),
        ]);
        assert.deepEqual(outcomes(results), { won: 1, codes: ['RANGE_INVALID'] });
        assert.equal(await second.staged(id), offset + size);
        const { key } = await second.seal(id, digestOf(noise(offset + size)));
        assert.ok((await readBlob(first, key)).equals(noise(offset + size)));
      }
    });
  }

  test('append: a replica that knows an old state harms nothing', async () => {
    const [first, second] = replicas();
    const id = await first.begin(region);
    await first.append(id, 0, chunks(noise(11 * MIB)));
    assert.equal(await second.append(id, 11 * MIB, chunks(noise(11 * MIB, 11 * MIB))), 22 * MIB);
    await assert.rejects(first.append(id, 11 * MIB, chunks(noise(6 * MIB))), refusedWith('RANGE_INVALID'));
    await assert.rejects(first.append(id, 0, chunks(noise(10))), refusedWith('RANGE_INVALID'));
    assert.equal(await first.append(id, 22 * MIB, chunks(noise(5, 22 * MIB))), 22 * MIB + 5);
    const { key } = await second.seal(id, digestOf(noise(22 * MIB + 5)));
    assert.ok((await readBlob(first, key)).equals(noise(22 * MIB + 5)));
  });

  test('seal: of two replicas that seal one upload no two return the same name', async () => {
    const [first, second] = replicas();
    for (const size of [6 * MIB, 6 * MIB + 1, 100]) {
      const id = await first.begin(region);
      await first.append(id, 0, chunks(noise(size)));
      const results = await Promise.allSettled(
        [first, second].map((store) => store.seal(id, digestOf(noise(size)))),
      );
      const keys = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.key] : []));
      assert.ok(keys.length > 0, outcomes(results).codes.join());
      assert.equal(new Set(keys).size, keys.length);
      for (const key of keys) assert.ok((await readBlob(first, key)).equals(noise(size)));
      assert.equal(await first.staged(id), undefined);
    }
  });

  test('seal: an upload whose sealer died after completing it is sealed by the next', async () => {
    const [first, second] = replicas();
    const [parted, size] = [10 * MIB, 10 * MIB + 5];
    const id = await first.begin(region);
    await first.append(id, 0, chunks(noise(size)));
    const { Bucket, Prefix } = bucketOf(server.url);
    const { Uploads = [] } = await raw.listMultipartUploads({ Bucket, Prefix: `${Prefix}${region}/` });
    const [{ Key, UploadId } = {}] = Uploads;
    const upload = { Bucket, Key, UploadId };
    await raw.uploadPart({ ...upload, PartNumber: 3, Body: noise(size - parted, parted) });
    const { Parts = [] } = await raw.listParts(upload);
    await raw.completeMultipartUpload({ ...upload, MultipartUpload: { Parts } });
    const { key } = await second.seal(id, digestOf(noise(size)));
    assert.ok((await readBlob(second, key)).equals(noise(size)));
    await assert.rejects(first.seal(id, digestOf(noise(size))), refusedWith('BLOB_UPLOAD_UNKNOWN'));
  });

  test('abort: on one replica is known to the other, whatever it remembers', async () => {
    const [first, second] = replicas();
    for (const size of [10, 6 * MIB]) {
      const id = await first.begin(region);
      await first.append(id, 0, chunks(noise(size)));
      await second.abort(id);
      await assert.rejects(first.append(id, size, chunks(noise(10))), refusedWith('BLOB_UPLOAD_UNKNOWN'));
      await assert.rejects(
        first.append(id, size, chunks(noise(6 * MIB))),
        refusedWith('BLOB_UPLOAD_UNKNOWN'),
      );
      await assert.rejects(first.seal(id, digestOf(noise(size))), refusedWith('BLOB_UPLOAD_UNKNOWN'));
    }
  });

  test('sealed and aborted uploads leave nothing behind but their sealed bytes', async () => {
    const [store] = replicas();
    const place = newRegion();
    for (const size of [0, 10, 6 * MIB, 11 * MIB]) {
      await pushBlob(store, place, noise(size));
      const id = await store.begin(place);
      await store.append(id, 0, chunks(noise(size)));
      await store.abort(id);
    }
    const { Bucket, Prefix } = bucketOf(server.url);
    const { Uploads } = await raw.listMultipartUploads({ Bucket, Prefix: `${Prefix}${place}/` });
    assert.equal(Uploads?.length ?? 0, 0);
    const { Contents = [] } = await raw.listObjectsV2({ Bucket, Prefix: `${Prefix}${place}/` });
    assert.deepEqual(
      Contents.map(({ Key = '' }) => Key.slice(Prefix.length)).sort(),
      await keysOf(store, place),
    );
    assert.equal(Contents.length, 4);
  });

  test('list: goes on behind the first page', async () => {
    const [store] = replicas();
    const { Bucket, Prefix } = bucketOf(server.url);
    const place = newRegion();
    const names = Array.from({ length: 15 * 67 }, () => `${place}/sealed/${randomUUID()}`);
    for (let from = 0; from < names.length; from += 67) {
      await Promise.all(
        names
          .slice(from, from + 67)
          .map((name) => raw.putObject({ Bucket, Key: Prefix + name, Body: Buffer.alloc(1) })),
      );
    }
    assert.deepEqual(await keysOf(store, place), names.sort());
  });
});

const bucketOf = (url: string): { Bucket: string; Prefix: string } => {
  const { bucket, prefix } = parseS3Url(url);
  return { Bucket: bucket, Prefix: prefix };
};

/** A way to the server that can be broken, and the bucket's address on it. */
const brittleServer = async (): Promise<BrittleWay & { url: string }> => {
  const { port } = new URL(server.endpoint);
  const way = await brittleWay(Number(port));
  return { ...way, url: server.url.replace(port, String(way.port)) };
};

suite('the blob store on s3 in trouble', { skip }, () => {
  const region = newRegion();

  test('send: a body that breaks off goes on where it stopped', async () => {
    await using way = await brittleServer();
    await using store = await open(way.url);
    const key = await pushBlob(store, region, noise(8 * MIB));
    for (const [first, last] of [
      [0, 8 * MIB - 1],
      [MIB + 1, 7 * MIB],
    ] as const) {
      let cuts = 0;
      const sink: Collector = new Collector(async () => {
        if (sink.received.length < (cuts + 1) * 20 || cuts === 3) return;
        cuts += 1;
        way.cut(1);
      });
      await store.send(key, sink, { first, last });
      assert.equal(cuts, 3);
      assert.ok(sink.bytes.equals(noise(last + 1 - first, first)));
    }
  });

  test('append, seal: connections that break are made again and nothing is lost or doubled', async () => {
    await using way = await brittleServer();
    await using store = await open(way.url);
    const bytes = noise(24 * MIB);
    const id = await store.begin(region);
    let given = 0;
    const source = (async function* () {
      for await (const chunk of chunks(bytes)) {
        yield chunk;
        given += chunk.byteLength;
        if (given % (4 * MIB) === 0) way.cut(2);
      }
    })();
    assert.equal(await store.append(id, 0, source), bytes.byteLength);
    way.cut(2);
    const { key } = await store.seal(id, digestOf(bytes));
    way.cut(2);
    assert.ok((await readBlob(store, key)).equals(bytes));
  });

  test('begin, append, seal: requests that were heard and whose answers were lost are not done twice', async () => {
    await using way = await brittleServer();
    await using store = await open(way.url);
    way.loseAnswers();
    for (const size of [1000, 11 * MIB]) {
      const id = await store.begin(region);
      await store.append(id, 0, chunks(noise(size)));
      await store.append(id, size, chunks(noise(size, size)));
      assert.equal(await store.staged(id), 2 * size);
      const { key } = await store.seal(id, digestOf(noise(2 * size)));
      assert.equal(await store.stat(key), 2 * size);
    }
  });

  test('a server that is gone is UNAVAILABLE, and what was staged before is there when it is back', async () => {
    await using way = await brittleServer();
    await using store = await S3BlobStore.open({ url: way.url, partBytes, retryMs: 100 });
    const id = await store.begin(region);
    await store.append(id, 0, chunks(noise(6 * MIB)));
    way.cut(Number.POSITIVE_INFINITY);
    await assert.rejects(store.append(id, 6 * MIB, chunks(noise(6 * MIB))), refusedWith('UNAVAILABLE'));
    await assert.rejects(store.staged(id), refusedWith('UNAVAILABLE'));
    await assert.rejects(store.check(), refusedWith('UNAVAILABLE'));
    way.cut();
    await store.check();
    assert.equal(await store.staged(id), 6 * MIB);
    await store.append(id, 6 * MIB, chunks(noise(MIB, 6 * MIB)));
    await store.seal(id, digestOf(noise(7 * MIB)));
  });

  test('send: a signal ends the tries', async () => {
    await using way = await brittleServer();
    await using store = await S3BlobStore.open({ url: way.url, retryMs: 3_600_000 });
    const key = await pushBlob(store, region, noise(10));
    const controller = new AbortController();
    way.cut(Number.POSITIVE_INFINITY);
    const sending = store.send(key, new Collector(), undefined, controller.signal);
    setImmediate(() => controller.abort(new Error('drained')));
    await assert.rejects(sending, /drained/);
  });

  test('open: a bucket that is absent or not ours is UNAVAILABLE and says why, without a secret', async () => {
    const absent = server.url.replace(/\/\/[^/]+\//, '//absent/');
    await assert.rejects(open(absent), { code: 'UNAVAILABLE', reason: /NoSuchBucket/ });
    const { AWS_SECRET_ACCESS_KEY: secret } = server.env;
    process.env.AWS_SECRET_ACCESS_KEY = 'wrong';
    try {
      await assert.rejects(open(), (error: Error & { reason?: string }) => {
        assert.match(String(error.reason), /403/);
        assert.doesNotMatch(`${error.message}${error.reason}`, /wrong/);
        return refusedWith('UNAVAILABLE')(error);
      });
    } finally {
      process.env.AWS_SECRET_ACCESS_KEY = secret;
    }
  });
});

test('open: a server that ignores conditions is refused', async () => {
  const credulous = createHttpServer((request, response) => {
    request.resume().on('end', () => response.writeHead(200, { etag: '"1"' }).end());
  }).listen(0, '127.0.0.1');
  await once(credulous, 'listening');
  const { port } = credulous.address() as AddressInfo;
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
    ...(skip ? {} : server.env),
  });
  const url = `s3://b?endpoint=http://127.0.0.1:${port}&path_style=true`;
  await assert.rejects(S3BlobStore.open({ url, retryMs: 0 }), { code: 'UNAVAILABLE', reason: /If-Match/ });
  credulous.close();
});

test('parts: a copy covers every byte with ranges S3 accepts', () => {
  for (const size of [5 * MIB, 1024 * MIB, 1024 * MIB + 1, 1029 * MIB - 1, 1029 * MIB, 5000 * MIB + 7]) {
    let next = 0;
    for (const [first, last] of copyRanges(size)) {
      assert.equal(first, next);
      assert.ok(last - first + 1 >= 5 * MIB && last - first + 1 <= 5 * 1024 * MIB);
      next = last + 1;
    }
    assert.equal(next, size);
  }
});

test('address: bucket, prefix, endpoint, region and path style are read; anything else is refused', () => {
  assert.deepEqual(parseS3Url('s3://images'), { bucket: 'images', prefix: '', pathStyle: false });
  assert.deepEqual(parseS3Url('s3://images/a/b/?endpoint=http://127.0.0.1:9000&path_style=true'), {
    bucket: 'images',
    prefix: 'a/b/',
    endpoint: 'http://127.0.0.1:9000',
    region: 'us-east-1',
    pathStyle: true,
  });
  assert.equal(parseS3Url('s3://images?region=eu-central-1').region, 'eu-central-1');
  for (const wrong of [
    '',
    'images',
    'https://images/a',
    's3://',
    's3:///prefix',
    's3://key:secret@images',
    's3://images?pathstyle=true',
    's3://images?path_style=yes',
    's3://images?endpoint=127.0.0.1:9000',
    's3://images?endpoint=https://key:secret@127.0.0.1:9000',
    's3://images?endpoint=https://secret@127.0.0.1:9000',
    's3://images?public_endpoint=https://:secret@images.example.com',
    's3://images?endpoint=https://a.example&endpoint=https://key:secret@b.example',
    's3://images#secret',
  ]) {
    assert.throws(
      () => parseS3Url(wrong),
      (error: Error) => !error.message.includes('secret'),
      wrong,
    );
  }
});

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { digestOf } from '../../src/oci/digest.ts';
import { needs } from '../support/component.ts';
import { nginx, startNginx } from '../support/proxies.ts';
import { basic, TestRegistry } from '../support/registry.ts';
import { ProxiedRegistry } from './proxied-registry.ts';

const PREFIX = '/.tidegate-blobs/';
const SENDING = { TIDEGATE_SEND_FILE: `x-accel:${PREFIX}` };
/** Beyond the 64 KiB up to which blobs are sent from memory. */
const LARGE = randomBytes(300_000);
const SMALL = randomBytes(64 << 10);

/** nginx marks parts with 20 digits, the registry with a UUID: so an answer shows who wrote it. */
const PARTS_OF_NGINX = /^multipart\/byteranges; boundary=\d{20}$/;
const PARTS_OF_REGISTRY = /^multipart\/byteranges; boundary=[0-9a-f]{8}-[0-9a-f-]{27}$/;
const THREE_RANGES = 'bytes=0-9,1000-1009,-10';

const bytesIn = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());

const push = async ({ registry }: ProxiedRegistry, bytes: Buffer): Promise<string> => {
  const digest = digestOf(bytes);
  const put = await registry.v2('POST', `birds/app/blobs/uploads/?digest=${digest}`, {
    body: new Uint8Array(bytes),
  });
  assert.equal(put.status, 201, await put.text());
  return digest;
};

suite('O50: behind nginx, with TIDEGATE_SEND_FILE and the file of deploy/', needs(nginx), () => {
  let proxied: ProxiedRegistry;
  let digest: string;
  let path: string;

  before(async () => {
    proxied = await ProxiedRegistry.start({ start: startNginx }, SENDING);
    digest = await push(proxied, LARGE);
    path = `/v2/birds/app/blobs/${digest}`;
  });
  after(() => proxied[Symbol.asyncDispose]());

  /** What the server itself answers to a proxy, or to a client that is not one. */
  const asked = (headers: Record<string, string> = {}, blob = path): Promise<Response> =>
    proxied.registry.fetch(blob, {
      headers: { Authorization: basic('iamapikey', proxied.registry.apikey), ...headers },
    });

  const pulled = async (): Promise<number> => {
    const response = await proxied.registry.api('GET', '/api/v1/quotas');
    return ((await response.json()) as { usage: { traffic_bytes: number } }).usage.traffic_bytes;
  };

  const sameHeaders = (response: Response): void => {
    const { headers } = response;
    assert.equal(headers.get('docker-content-digest'), digest);
    assert.equal(headers.get('etag'), `"${digest}"`);
    assert.equal(headers.get('cache-control'), 'private, max-age=31536000, immutable');
    if (response.status === 200) assert.equal(headers.get('accept-ranges'), 'bytes');
    assert.equal(headers.get('docker-distribution-api-version'), 'registry/2.0');
    assert.match(headers.get('x-request-id') ?? '', /^[\w-]{10,}$/);
    assert.equal(headers.get('last-modified'), null, 'the date of the file says nothing about the content');
    assert.equal(headers.get('x-accel-redirect'), null);
  };

  test('a proxy is told of the file with no bytes; it sends the bytes with the headers of the registry', async () => {
    const handed = await asked({ 'X-Forwarded-For': '192.0.2.1' });
    assert.equal(handed.status, 200);
    assert.match(
      handed.headers.get('x-accel-redirect') ?? '',
      /^\/\.tidegate-blobs\/[a-z0-9-]+\/sha256\/[0-9a-f]{2}\/[0-9a-f.-]+$/,
    );
    assert.equal((await bytesIn(handed)).length, 0);
    const whole = await proxied.send(path);
    assert.equal(whole.status, 200);
    sameHeaders(whole);
    assert.equal(whole.headers.get('content-type'), 'application/octet-stream');
    assert.equal(whole.headers.get('content-length'), String(LARGE.length));
    assert.ok((await bytesIn(whole)).equals(LARGE));
  });

  test('one range and three ranges come as they were asked for', async () => {
    const one = await proxied.send(path, { headers: { Range: 'bytes=100000-100009' } });
    assert.equal(one.status, 206);
    sameHeaders(one);
    assert.equal(one.headers.get('content-range'), `bytes 100000-100009/${LARGE.length}`);
    assert.ok((await bytesIn(one)).equals(LARGE.subarray(100_000, 100_010)));
    const three = await proxied.send(path, { headers: { Range: THREE_RANGES } });
    assert.equal(three.status, 206);
    sameHeaders(three);
    assert.match(three.headers.get('content-type') ?? '', PARTS_OF_NGINX);
    const body = await bytesIn(three);
    for (const part of [LARGE.subarray(0, 10), LARGE.subarray(1000, 1010), LARGE.subarray(-10)])
      assert.ok(body.includes(part));
  });

  test('If-Range is answered by the digest: a part where it is the same, the whole where not', async () => {
    const part = { Range: 'bytes=0-9' };
    const same = await proxied.send(path, { headers: { ...part, 'If-Range': `"${digest}"` } });
    assert.equal(same.status, 206);
    assert.ok((await bytesIn(same)).equals(LARGE.subarray(0, 10)));
    for (const other of [`"${digest}x"`, 'Sat, 01 Jan 2050 00:00:00 GMT']) {
      const whole = await proxied.send(path, { headers: { ...part, 'If-Range': other } });
      assert.equal(whole.status, 200);
      assert.ok((await bytesIn(whole)).equals(LARGE));
    }
  });

  test('what nginx would understand otherwise is sent by the registry', async () => {
    const forwarded = { 'X-Forwarded-For': '192.0.2.1' };
    for (const headers of [
      { Range: 'bytes=5-1' },
      { Range: 'pages=1-2' },
      { 'If-Match': `"${digest}"` },
      { 'If-Modified-Since': 'Sat, 01 Jan 2050 00:00:00 GMT' },
      { 'If-Unmodified-Since': 'Sat, 01 Jan 2000 00:00:00 GMT' },
    ]) {
      const answer = await asked({ ...forwarded, ...headers });
      assert.equal(answer.headers.get('x-accel-redirect'), null, JSON.stringify(headers));
      await answer.arrayBuffer();
    }
    const beyond = await proxied.send(path, { headers: { Range: `bytes=${LARGE.length}-` } });
    assert.equal(beyond.status, 416);
    assert.equal(beyond.headers.get('content-range'), `bytes */${LARGE.length}`);
    const known = await proxied.send(path, { headers: { 'If-None-Match': `"${digest}"` } });
    assert.equal(known.status, 304);
  });

  test('HEAD and small blobs are answered by the registry', async () => {
    const head = await proxied.send(path, { method: 'HEAD' });
    assert.equal(head.status, 200);
    sameHeaders(head);
    assert.equal(head.headers.get('content-length'), String(LARGE.length));
    const small = `/v2/birds/app/blobs/${await push(proxied, SMALL)}`;
    assert.equal(
      (await asked({ 'X-Forwarded-For': '192.0.2.1' }, small)).headers.get('x-accel-redirect'),
      null,
    );
    assert.ok((await bytesIn(await proxied.send(small))).equals(SMALL));
  });

  test('bytes count against the quota when they are handed over, as many as the range asks for', async () => {
    const before = await pulled();
    await (await proxied.send(path)).arrayBuffer();
    await (await proxied.send(path, { headers: { Range: 'bytes=0-9' } })).arrayBuffer();
    await (await proxied.send(path, { headers: { Range: THREE_RANGES } })).arrayBuffer();
    assert.equal((await pulled()) - before, LARGE.length + 10 + 30);
  });

  test('only a trusted proxy is told of a file, and only for a client', async () => {
    const direct = await asked();
    assert.equal(direct.headers.get('x-accel-redirect'), null, "a program on the proxy's machine");
    assert.ok((await bytesIn(direct)).equals(LARGE));
    const sent = await proxied.send(path, { headers: { 'X-Accel-Redirect': '/etc/passwd' } });
    assert.equal(sent.headers.get('x-accel-redirect'), null);
    assert.ok((await bytesIn(sent)).equals(LARGE), 'what a client sends under that name counts nowhere');
  });

  test('the address of the files is closed to clients, and so is every way out of it', async () => {
    const handed = await asked({ 'X-Forwarded-For': '192.0.2.1' });
    const file = handed.headers.get('x-accel-redirect') ?? '';
    for (const address of [
      PREFIX,
      file,
      `${PREFIX}..%2f..%2fetc/passwd`,
      `${PREFIX}%2e%2e/master.key`,
      '/.tidegate-blobs%2f..%2fmaster.key',
      '/.tidegate-blobs../master.key',
      `/v2/..${file}`,
    ]) {
      const answer = await proxied.send(address);
      assert.match(String(answer.status), /^40[04]$/, address);
      assert.ok((await bytesIn(answer)).length < 1000, address);
    }
  });

  test('who has no right is refused as without a proxy, and so is a key from the moment that it is deleted', async () => {
    const as = (apikey: string): Promise<Response> =>
      proxied.send(path, { headers: { Authorization: basic('iamapikey', apikey) } });
    const anonymous = await fetch(new URL(path, proxied.url));
    assert.equal(anonymous.status, 401);
    assert.match(anonymous.headers.get('www-authenticate') ?? '', /^Bearer realm=/);
    await anonymous.arrayBuffer();
    const { registry } = proxied;
    const made = async (door: string, body: object): Promise<Record<'id' | 'iam_id' | 'apikey', string>> => {
      const response = await registry.api('POST', door, { account_id: registry.accountId, ...body });
      assert.equal(response.status, 201);
      return (await response.json()) as Record<'id' | 'iam_id' | 'apikey', string>;
    };
    const robot = await made('/v1/serviceids', { name: 'robot' });
    const { apikey: without } = await made('/v1/apikeys', { name: 'robot', iam_id: robot.iam_id });
    const key = await registry.createKey('soon gone');
    assert.ok((await bytesIn(await as(key.apikey))).equals(LARGE));
    assert.equal((await registry.api('DELETE', `/v1/apikeys/${key.id}`)).status, 204);
    for (const apikey of [without, key.apikey]) {
      const refused = await as(apikey);
      assert.equal(refused.status, 401);
      assert.equal(refused.headers.get('x-accel-redirect'), null);
      assert.ok((await bytesIn(refused)).length < 2000);
    }
  });

  test('a file that is cut short is not handed over: the answer breaks off', async () => {
    const damaged = randomBytes(200_000);
    const other = await push(proxied, damaged);
    const handed = await asked({ 'X-Forwarded-For': '192.0.2.1' }, `/v2/birds/app/blobs/${other}`);
    const file = (handed.headers.get('x-accel-redirect') ?? '').slice(PREFIX.length);
    truncateSync(join(proxied.registry.data, 'blobs', file), 100_000);
    await assert.rejects(async () => bytesIn(await proxied.send(`/v2/birds/app/blobs/${other}`)));
  });
});

suite('behind nginx, where something of it is missing', needs(nginx), () => {
  test('without the setting the registry sends everything, and names no file', async () => {
    await using proxied = await ProxiedRegistry.start({ start: startNginx });
    const path = `/v2/birds/app/blobs/${await push(proxied, LARGE)}`;
    const three = await proxied.send(path, { headers: { Range: THREE_RANGES } });
    assert.match(three.headers.get('content-type') ?? '', PARTS_OF_REGISTRY);
    await three.arrayBuffer();
    const passedOn = await proxied.registry.v2('GET', path.slice('/v2/'.length), {
      headers: { 'X-Forwarded-For': '192.0.2.1' },
    });
    assert.deepEqual(
      [...passedOn.headers.keys()].filter((name) => name.startsWith('x-accel')),
      [],
    );
    assert.ok((await bytesIn(passedOn)).equals(LARGE));
    assert.equal((await proxied.send(`${PREFIX}x`)).status, 404);
  });

  test('a caller that is no trusted proxy is not told of a file, whatever it says of itself', async () => {
    await using registry = await TestRegistry.start({
      env: { ...SENDING, TIDEGATE_TRUSTED_PROXIES: '192.0.2.9' },
    });
    await registry.namespaceAdd('birds');
    const digest = digestOf(LARGE);
    await registry.v2('POST', `birds/app/blobs/uploads/?digest=${digest}`, { body: new Uint8Array(LARGE) });
    const pulled = await registry.v2('GET', `birds/app/blobs/${digest}`, {
      headers: { 'X-Forwarded-For': '192.0.2.9', Forwarded: 'for=192.0.2.9', 'X-Real-IP': '192.0.2.9' },
    });
    assert.equal(pulled.headers.get('x-accel-redirect'), null);
    assert.ok((await bytesIn(pulled)).equals(LARGE));
  });

  test('where nginx may not read the files, a pull fails with 502 and no address in it', async () => {
    const start = (place: Parameters<typeof startNginx>[0]) =>
      startNginx({ ...place, user: 'nobody nogroup' });
    await using proxied = await ProxiedRegistry.start({ start }, SENDING);
    const answer = await proxied.send(`/v2/birds/app/blobs/${await push(proxied, LARGE)}`);
    assert.equal(answer.status, 502);
    assert.ok(!(await answer.text()).includes('tidegate'));
  });
});

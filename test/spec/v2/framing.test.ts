import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpServer } from '../../../src/http/server.ts';
import { silentLog } from '../../../src/observe/log.ts';
import { Metrics } from '../../../src/observe/metrics.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { basic } from '../../support/registry.ts';
import { answered } from '../answers.ts';
import { CONFIG, descriptorOf, jsonOf, newBytes, OCI_INDEX, OCI_MANIFEST } from '../content.ts';
import { type RawAnswer, RawConnection } from '../raw-connection.ts';
import { stage } from '../repository.ts';

const on = stage();

const owner = (): string => basic('iamapikey', on.registry.apikey);

const codeOf = ({ body }: RawAnswer): string => JSON.parse(body.toString()).errors[0].code;

const chunked = (bytes: Uint8Array, size: number): Uint8Array[] => {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    const chunk = bytes.subarray(at, at + size);
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'));
  }
  return [...parts, Buffer.from('0\r\n\r\n')];
};

/** Comes back when the server has logged the end of a request whose client went away. */
const noticed = async (location: string): Promise<void> => {
  const isIt = (line: string) => line.includes(`"path":"${location}"`) && line.includes('"cut":true');
  while (!on.registry.logged.some(isIt)) await sleep(5);
};

test('RFC 9110 10.1.1: Expect: 100-continue without credentials is 401 before the body is asked for', async () => {
  for (const [method, path] of [
    ['POST', `blobs/uploads/?digest=${digestOf(newBytes())}`],
    ['PUT', 'manifests/1'],
    ['PATCH', 'blobs/uploads/x'],
  ] as const) {
    await using connection = await RawConnection.open(on.registry.url);
    connection.sendHead(method, `/v2/birds/a/${path}`, {
      'Content-Length': 1_000_000,
      Expect: '100-continue',
    });
    const answer = await connection.answer(method);
    assert.equal(answer.status, 401, `${method} ${path}`);
    assert.ok(answer.headers.has('www-authenticate'));
  }
});

test('RFC 9110 10.1.1: Expect: 100-continue is answered 100 once the push is allowed, then the body is taken', async () => {
  const repository = on.repository();
  const bytes = newBytes(300_000);
  const location = await repository.begin();
  for (const [method, path, status] of [
    ['POST', `/v2/${repository.name}/blobs/uploads/?digest=${digestOf(bytes)}`, 201],
    ['PATCH', location, 202],
    ['PUT', `${await repository.begin()}?digest=${digestOf(bytes)}`, 201],
  ] as const) {
    await using connection = await RawConnection.open(on.registry.url);
    const headers = { Authorization: owner(), 'Content-Length': bytes.length, Expect: '100-continue' };
    connection.sendHead(method, path, headers);
    assert.equal((await connection.answer(method)).status, 100, method);
    connection.send(bytes);
    assert.equal((await connection.answer(method)).status, status, method);
  }
  await repository.assertHolds(bytes);
});

test('RFC 9110 10.1.1: Expect: 100-continue with what is refused by its head alone is refused before the body', async () => {
  const repository = on.repository();
  const location = await repository.begin();
  for (const [method, path, extra, status] of [
    ['PUT', `/v2/${repository.name}/manifests/1`, { 'Content-Length': 5 << 20 }, 413],
    ['PUT', `/v2/${repository.name}/manifests/.x`, { 'Content-Length': 100 }, 400],
    ['PATCH', location, { 'Content-Length': 100, 'Content-Range': '500-599' }, 416],
    ['PATCH', location, { 'Content-Length': 100, 'Content-Range': 'x' }, 416],
    ['PATCH', `${location}x`, { 'Content-Length': 100 }, 404],
    ['PUT', `${location}?digest=bad`, { 'Content-Length': 100 }, 400],
  ] as const) {
    await using connection = await RawConnection.open(on.registry.url);
    connection.sendHead(method, path, { Authorization: owner(), Expect: '100-continue', ...extra });
    assert.equal((await connection.answer(method)).status, status, `${method} ${path}`);
  }
});

test('end-4b, 5, 6, 7a: bodies come chunked and without a length: blobs by POST, PATCH and PUT, and manifests', async () => {
  const repository = on.repository();
  const bytes = newBytes(150_000);
  const config = jsonOf({});
  await repository.pushBlob(config);
  const manifest = jsonOf({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: descriptorOf(CONFIG, config),
    layers: [],
  });
  const digest = digestOf(bytes);
  await using connection = await RawConnection.open(on.registry.url);
  for (const [method, path, body, status] of [
    ['POST', `/v2/${repository.name}/blobs/uploads/?digest=${digest}`, bytes, 201],
    ['PATCH', await repository.begin(), bytes, 202],
    ['PUT', `${await repository.begin()}?digest=${digest}`, bytes, 201],
    ['PUT', `/v2/${repository.name}/manifests/1`, manifest, 201],
  ] as const) {
    connection.sendHead(method, path, { Authorization: owner(), 'Transfer-Encoding': 'chunked' });
    connection.send(...chunked(body, 1000));
    assert.equal((await connection.answer(method)).status, status, `${method} ${path}`);
  }
  await repository.assertHolds(bytes);
  assert.equal(await repository.statusOf('manifests/1'), 200);
});

test('end-7a: a chunked manifest is 413 as soon as it is above 4 MiB, while its client still sends', async () => {
  const repository = on.repository();
  const headers = { Authorization: owner(), 'Content-Type': OCI_MANIFEST, 'Transfer-Encoding': 'chunked' };
  for (const excess of [1, 500_000]) {
    await using connection = await RawConnection.open(on.registry.url);
    connection.sendHead('PUT', `/v2/${repository.name}/manifests/1`, headers);
    const [end = Buffer.alloc(0), ...parts] = chunked(
      Buffer.alloc((4 << 20) + excess, ' '),
      64 << 10,
    ).toReversed();
    connection.send(...parts.toReversed());
    const answer = await connection.answer('PUT');
    assert.equal(answer.status, 413);
    assert.equal(codeOf(answer), 'SIZE_INVALID');
    connection.send(end);
    assert.equal((await connection.request('GET', '/v2/')).status, 401, 'the connection goes on');
  }
});

test('end-5: a chunked chunk with a range is held to it: longer or shorter than it says is 400, and nothing of it stays', async () => {
  const repository = on.repository();
  const bytes = newBytes(1000);
  const location = await repository.begin();
  for (const range of ['100-599', '100-2099']) {
    const at = await repository.begin();
    await repository.patch(at, bytes.subarray(0, 100));
    await using connection = await RawConnection.open(on.registry.url);
    const headers = { Authorization: owner(), 'Content-Range': range, 'Transfer-Encoding': 'chunked' };
    connection.sendHead('PATCH', at, headers);
    connection.send(...chunked(bytes, 300));
    const answer = await connection.answer('PATCH');
    assert.equal(answer.status, 400, range);
    assert.equal(codeOf(answer), 'SIZE_INVALID');
    await repository.assertStandsAt(at, 100);
    await answered(await repository.finish(at, digestOf(bytes), bytes.subarray(100), 100), 201);
  }
  await using connection = await RawConnection.open(on.registry.url);
  const headers = { Authorization: owner(), 'Content-Range': '0-999', 'Transfer-Encoding': 'chunked' };
  connection.sendHead('PATCH', location, headers);
  connection.send(...chunked(bytes, 300));
  assert.equal((await connection.answer('PATCH')).status, 202);
});

test('a refused request with a small body is answered early and the connection goes on', async () => {
  const repository = on.repository();
  const location = await repository.begin();
  const bytes = newBytes(200_000);
  for (const [method, path, headers, status] of [
    ['POST', `/v2/birds/a/blobs/uploads/?digest=${digestOf(bytes)}`, {}, 401],
    ['PATCH', location, {}, 401],
    ['PATCH', location, { Authorization: owner(), 'Content-Range': '5-200004' }, 416],
    ['PATCH', `${location}x`, { Authorization: owner() }, 404],
    ['PUT', `/v2/${repository.name}/manifests/.x`, { Authorization: owner() }, 400],
    ['PUT', `/v2/${repository.name}/tags/list`, { Authorization: owner() }, 405],
  ] as const) {
    await using connection = await RawConnection.open(on.registry.url);
    connection.sendHead(method, path, { ...headers, 'Content-Length': bytes.length });
    const answer = await connection.answer(method);
    assert.equal(answer.status, status, `${method} ${path}`);
    connection.send(bytes);
    assert.equal((await connection.request('GET', '/v2/')).status, 401, `after ${method} ${path}`);
  }
});

test('a refused request with a large body is read no further than a bound, then the connection is closed', async () => {
  const repository = on.repository();
  const location = await repository.begin();
  for (const [method, path, headers, status] of [
    ['POST', `/v2/birds/a/blobs/uploads/?digest=${digestOf(newBytes())}`, {}, 401],
    ['PATCH', location, { Authorization: owner(), 'Content-Range': '5-1073741828' }, 416],
  ] as const) {
    await using connection = await RawConnection.open(on.registry.url);
    connection.sendHead(method, path, { ...headers, 'Content-Length': 1 << 30 });
    assert.equal((await connection.answer(method)).status, status);
    assert.equal(await connection.sendAll(Buffer.alloc(64 << 20)), false, 'it was read to the end');
    assert.ok(await connection.closed());
  }
});

test('a body larger than announced is not taken: the rest is no request', async () => {
  const repository = on.repository();
  const location = await repository.begin();
  await using connection = await RawConnection.open(on.registry.url);
  connection.sendHead('PATCH', location, { Authorization: owner(), 'Content-Length': 10 });
  connection.send('0123456789and more\r\n\r\n');
  assert.ok([202, 400].includes((await connection.answer('PATCH')).status));
  assert.ok(await connection.closed());
  const status = await repository.request('GET', location);
  assert.equal(status.headers.get('range'), '0-9');
});

test('end-5: a connection that drops in a PATCH leaves the upload at the bytes that came; it goes on from there', async () => {
  const repository = on.repository();
  const bytes = newBytes(2_000_000);
  for (const [drop, headers] of [
    ['end', { 'Content-Length': bytes.length }],
    ['end', { 'Content-Length': bytes.length, 'Content-Range': `0-${bytes.length - 1}` }],
    ['end', { 'Transfer-Encoding': 'chunked' }],
    ['cut', { 'Content-Length': bytes.length }],
  ] as const) {
    const location = await repository.begin();
    await using connection = await RawConnection.open(on.registry.url);
    connection.sendHead('PATCH', location, { Authorization: owner(), ...headers });
    const part = bytes.subarray(0, 700_000);
    connection.send(...('Transfer-Encoding' in headers ? chunked(part, 50_000).slice(0, -1) : [part]));
    connection[drop]();
    await noticed(location);
    while ((await repository.patch(location, bytes.subarray(0, 0))).status === 416);
    const status = await repository.request('GET', location);
    assert.equal(status.status, 204);
    const last = Number(/^0-(\d+)$/.exec(status.headers.get('range') ?? '')?.[1]);
    const offset = last === 0 ? 0 : last + 1;
    assert.ok(offset <= part.length);
    if (drop === 'end') assert.equal(offset, part.length);
    assert.equal((await repository.patch(location, bytes.subarray(offset), offset)).status, 202);
    assert.equal((await repository.finish(location, digestOf(bytes))).status, 201);
    await repository.assertHolds(bytes);
  }
});

test('end-6: a closing PUT that is cut in the middle leaves nothing of its bytes, and sent again as it was it ends the upload', async () => {
  const repository = on.repository();
  const bytes = newBytes(12_000_000);
  for (const staged of [0, 1000, 7_000_000]) {
    const location = await repository.begin();
    if (staged > 0) await repository.patch(location, bytes.subarray(0, staged));
    const rest = bytes.subarray(staged);
    for (const sent of [1, rest.length >> 1, rest.length - 1]) {
      const connection = await RawConnection.open(on.registry.url);
      connection.sendHead('PUT', `${location}?digest=${digestOf(bytes)}`, {
        Authorization: owner(),
        'Content-Length': rest.length,
      });
      connection.send(rest.subarray(0, sent));
      await sleep(20);
      await connection[Symbol.asyncDispose]();
      await noticed(location);
      on.registry.logged.length = 0;
      while ((await repository.patch(location, bytes.subarray(0, 0))).status === 416);
      await repository.assertStandsAt(location, staged);
    }
    await answered(await repository.finish(location, digestOf(bytes), rest), 201);
    await repository.assertHolds(bytes);
  }
});

test('end-3: Accept comes in several lines, as docker sends it', async () => {
  const repository = on.repository();
  const { bytes } = await repository.pushImage('1');
  await using connection = await RawConnection.open(on.registry.url);
  connection.send(
    `GET /v2/${repository.name}/manifests/1 HTTP/1.1\r\nHost: x\r\nAuthorization: ${owner()}\r\n`,
    `Accept: ${OCI_INDEX}\r\nAccept: ${OCI_MANIFEST}\r\nAccept: */*\r\n\r\n`,
  );
  const answer = await connection.answer();
  assert.equal(answer.headers.get('content-type'), OCI_MANIFEST);
  assert.deepEqual(answer.body, bytes);
});

test('an idle connection is kept longer than the 90 s Go clients keep it, a slow request as long as it takes', async () => {
  const { headers } = await on.registry.fetch('/v2/');
  assert.ok(Number(/timeout=(\d+)/.exec(headers.get('keep-alive') ?? '')?.[1]) > 90);
  const { server } = new HttpServer({ log: silentLog(), metrics: new Metrics() });
  assert.equal(server.requestTimeout, 0, 'an upload may take hours');
});

test('requests sent one behind the other on a connection are answered in their order', async () => {
  const repository = on.repository();
  const { bytes } = await repository.pushImage('1');
  await using connection = await RawConnection.open(on.registry.url);
  const headers = { Authorization: owner() };
  connection.sendHead('GET', `/v2/${repository.name}/manifests/1`, headers);
  connection.sendHead('GET', `/v2/${repository.name}/tags/list`, headers);
  connection.sendHead('GET', '/v2/', headers);
  assert.deepEqual((await connection.answer()).body, bytes);
  assert.deepEqual(JSON.parse((await connection.answer()).body.toString()), {
    name: repository.name,
    tags: ['1'],
  });
  assert.equal((await connection.answer()).body.toString(), '{}');
});

test('bytes after a request that are not a request never land inside its answer', async () => {
  const repository = on.repository();
  const bytes = newBytes(8_000_000);
  const digest = await repository.pushBlob(bytes);
  await using connection = await RawConnection.open(on.registry.url);
  connection.sendHead('GET', `/v2/${repository.name}/blobs/${digest}`, { Authorization: owner() });
  connection.send('\x00 this is no request\r\n\r\n');
  const received = await connection.answer().then(
    ({ body }) => body,
    () => connection.rest,
  );
  assert.ok(received.equals(bytes.subarray(0, received.length)), 'other bytes than the blob’s');
});

test('an idle connection is cut where the client is awaited, and kept where the client waits for us', async () => {
  const server = new HttpServer({ log: silentLog(), metrics: new Metrics() });
  const sockets: Socket[] = [];
  server.server.on('connection', (socket) => sockets.push(socket));
  const asked = Promise.withResolvers<void>();
  const work = Promise.withResolvers<void>();
  server.open((request, response) => {
    request.resume();
    request.on('end', () => void work.promise.then(() => response.end('done')));
    asked.resolve();
  });
  const { port } = await server.listen('127.0.0.1', 0);
  const url = `http://127.0.0.1:${port}`;
  await using waiting = await RawConnection.open(url);
  waiting.sendHead('PUT', '/', { 'Content-Length': 0 });
  await asked.promise;
  await using stalled = await RawConnection.open(url);
  stalled.sendHead('PUT', '/', { 'Content-Length': 10 });
  await using silent = await RawConnection.open(url);
  while (sockets.length < 3) await sleep(5);
  for (const socket of sockets) server.server.emit('timeout', socket);
  assert.ok(await stalled.closed());
  assert.ok(await silent.closed());
  work.resolve();
  assert.equal((await waiting.answer()).body.toString(), 'done');
  await server.drain(0);
});

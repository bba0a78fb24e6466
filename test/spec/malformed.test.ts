import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../src/oci/digest.ts';
import { isEmbedded } from '../support/engines.ts';
import { basic } from '../support/registry.ts';
import { newBytes } from './content.ts';
import { RawConnection } from './raw-connection.ts';
import { stage } from './repository.ts';

const on = stage();

const owner = (): string => basic('iamapikey', on.registry.apikey);

/** Sends bytes on a connection of their own; answers status and error code, after the server has closed it. */
const refusalOf = async (bytes: string): Promise<{ status: number; code: string }> => {
  await using connection = await RawConnection.open(on.registry.url);
  connection.send(bytes);
  const { status, headers, body } = await connection.answer();
  assert.equal(headers.get('content-type'), 'application/json');
  assert.equal(headers.get('connection'), 'close');
  assert.ok(await connection.closed());
  const [error] = JSON.parse(body.toString()).errors;
  assert.doesNotMatch(error.message, /HPE_|Parse Error|node/);
  return { status, code: error.code };
};

/** A request with credentials that pushes a blob, with these header lines and this body. */
const push = (lines: string, body: string): string =>
  `POST /v2/birds/a/blobs/uploads/?digest=${digestOf(Buffer.from(body))} HTTP/1.1\r\nHost: x\r\nAuthorization: ${owner()}\r\n${lines}\r\n\r\n${body}`;

test('what is no HTTP is 400 in the form of the registry’s errors, and the connection is closed', async () => {
  for (const bytes of [
    'hello\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'GET /v2/ x HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET  HTTP/1.1\r\nHost: a\r\n\r\n',
    'FLY /v2/ HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET /v2/ HTTP/9.9\r\nHost: a\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'GET /v2/\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET /v2/ HTTP/1.1\r\nHost: a\r\nX: b\0c\r\n\r\n',
    'GET /v2/ HTTP/1.1\r\nHost: a\r\nX: b\r\n folded\r\n\r\n',
    'GET /v2/ HTTP/1.1\r\nHost: a\r\nX Y: b\r\n\r\n',
    'GET /v2/ HTTP/1.1\nHost: a\n\n',
  ]) {
    assert.deepEqual(await refusalOf(bytes), { status: 400, code: 'UNSUPPORTED' }, JSON.stringify(bytes));
  }
});

test('RFC 9112 6.3: a body whose end two readers would see in two places is 400: no request is smuggled', async () => {
  const inner = 'GET /v2/ HTTP/1.1\r\nHost: a\r\n\r\n';
  for (const lines of [
    'Content-Length: 5\r\nTransfer-Encoding: chunked',
    'Transfer-Encoding: chunked\r\nContent-Length: 5',
    'Content-Length: 5\r\nContent-Length: 6',
    'Content-Length: -5',
    'Content-Length: +5',
    'Content-Length: 0x5',
    'Content-Length: 5, 5',
    'Content-Length: 99999999999999999999999',
    'Transfer-Encoding: xchunked',
    'Transfer-Encoding: chunked, identity',
    'Transfer-Encoding:\vchunked',
  ]) {
    assert.equal((await refusalOf(push(lines, inner))).status, 400, lines);
  }
});

test('a broken chunked body is 400, and nothing of it becomes a blob', async () => {
  for (const body of [
    'zz\r\nabc\r\n0\r\n\r\n',
    '-1\r\n\r\n',
    '3\r\nabcd\r\n0\r\n\r\n',
    'fffffffffffffffff\r\nabc\r\n',
  ]) {
    assert.equal((await refusalOf(push('Transfer-Encoding: chunked', body))).status, 400, body);
  }
  assert.ok(on.registry.logged.every((line) => !line.includes('"status":5')));
});

test('headers above 32 KiB are 431: one long one, many, or a long path', async () => {
  for (const bytes of [
    `GET /v2/ HTTP/1.1\r\nHost: a\r\nAuthorization: ${basic('iamapikey', 'x'.repeat(26_000))}\r\n\r\n`,
    `GET /v2/ HTTP/1.1\r\nHost: a\r\n${'X: yyyyyyyyyy\r\n'.repeat(4000)}\r\n`,
    `GET /v2/${'a'.repeat(33_500)}/tags/list HTTP/1.1\r\nHost: a\r\n\r\n`,
  ]) {
    assert.equal((await refusalOf(bytes)).status, 431);
  }
});

test('RFC 9112 3.2: no Host in HTTP/1.1, or more than one, is 400: no two readers see two registries', async () => {
  for (const lines of ['', 'Host: a\r\nHost: b\r\n', 'Host: a\r\nX: y\r\nhOST: a\r\n']) {
    for (const path of ['/v2/', '/oauth/token']) {
      const answer = await refusalOf(`GET ${path} HTTP/1.1\r\n${lines}\r\n`);
      assert.deepEqual(answer, { status: 400, code: 'UNSUPPORTED' }, lines);
    }
  }
});

test('RFC 9110 11.6.2: two credentials in one request are 400, as it is not known which one counts', async () => {
  for (const second of [owner(), 'Basic eDp5', 'Bearer x']) {
    const lines = `Authorization: ${owner()}\r\nauthorization: ${second}\r\n`;
    assert.equal((await refusalOf(`GET /v2/ HTTP/1.1\r\nHost: a\r\n${lines}\r\n`)).status, 400);
  }
});

test('RFC 9112 6.1: HTTP/1.0 knows no chunks: a request that has them is 400 and its connection ends', async () => {
  const lines = `Authorization: ${owner()}\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n`;
  const target = `/v2/birds/a/blobs/uploads/?digest=${digestOf(Buffer.from('{}'))}`;
  const request = `POST ${target} HTTP/1.0\r\n${lines}\r\n2\r\n{}\r\n0\r\n\r\n`;
  assert.equal((await refusalOf(request)).status, 400);
});

test('RFC 9112 3.2.2: a target may be absolute, as proxies are sent it; then it names the host, and Host does not', async () => {
  await using connection = await RawConnection.open(on.registry.url);
  const { port, host } = new URL(on.registry.url);
  for (const [target, realm] of [
    [`http://${host}/v2/`, host],
    // where an external URL is set it is the name of all
    [`HTTP://localhost:${port}/v2/?x=1`, isEmbedded() ? `localhost:${port}` : host],
    ['https://evil.example/v2/', host],
  ] as const) {
    const answer = await connection.request('GET', target, { Host: 'other.example' });
    assert.equal(answer.status, 401, target);
    assert.ok(answer.headers.get('www-authenticate')?.includes(`realm="http://${realm}/`), target);
  }
  const signedIn = await connection.request('GET', `http://${host}/v2/`, { Authorization: owner() });
  assert.equal(signedIn.status, 200);
  assert.equal((await connection.request('GET', `http://${host}`)).status, 404);
  assert.equal((await refusalOf('GET ftp://a/v2/ HTTP/1.1\r\nHost: a\r\n\r\n')).status, 400);
});

test('RFC 9110 9.3.6: CONNECT is 405 with what is allowed, and nothing of the connection is left, however it ends', async () => {
  await using connection = await RawConnection.open(on.registry.url);
  connection.send('CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\nmore');
  const { status, headers, body } = await connection.answer();
  assert.equal(status, 405);
  assert.match(headers.get('allow') ?? '', /GET/);
  assert.equal(JSON.parse(body.toString()).errors[0].code, 'UNSUPPORTED');
  assert.ok(await connection.closed());
  for (let round = 0; round < 5; round += 1) {
    await using cut = await RawConnection.open(on.registry.url);
    cut.send('CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n', newBytes(100_000));
    cut.cut();
  }
  assert.equal((await on.registry.fetch('/healthz')).status, 200);
});

test('RFC 9110 10.1.1: an expectation other than 100-continue is 417, in the form of the registry’s errors', async () => {
  for (const path of ['/v2/', '/oauth/token']) {
    const answer = await refusalOf(`GET ${path} HTTP/1.1\r\nHost: a\r\nExpect: magic\r\n\r\n`);
    assert.deepEqual(answer, { status: 417, code: 'UNSUPPORTED' });
  }
});

test('RFC 9110 10.1.1: the JSON doors ask for a form with 100 too', async () => {
  const form = 'grant_type=password&username=iamapikey&password=x';
  const head = { Expect: '100-continue', 'Content-Type': 'application/x-www-form-urlencoded' };
  await using connection = await RawConnection.open(on.registry.url);
  connection.sendHead('POST', '/oauth/token', { ...head, 'Content-Length': form.length });
  assert.equal((await connection.answer()).status, 100);
  connection.send(form);
  assert.equal((await connection.answer()).status, 401);
});

test('a client of HTTP/1.0 is answered with a length, without a Host, and keeps its connection if it asks for that', async () => {
  const request = (lines: string) => `GET /v2/ HTTP/1.0\r\nAuthorization: ${owner()}\r\n${lines}\r\n`;
  for (const [lines, connection] of [
    ['', 'close'],
    ['Connection: keep-alive\r\n', 'keep-alive'],
  ] as const) {
    await using client = await RawConnection.open(on.registry.url);
    client.send(request(lines));
    const { status, headers, body } = await client.answer();
    assert.equal(status, 200);
    assert.equal(body.toString(), '{}');
    assert.equal(headers.get('transfer-encoding'), undefined);
    assert.equal(headers.get('connection'), connection);
    if (connection === 'close') assert.ok(await client.closed());
    else client.send(request(''));
    if (connection !== 'close') assert.equal((await client.answer()).status, 200);
  }
});

test('an offer to upgrade the protocol is passed over, and the request answered', async () => {
  await using connection = await RawConnection.open(on.registry.url);
  const headers = { Authorization: owner(), Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c' };
  assert.equal((await connection.request('GET', '/v2/', headers)).status, 200);
});

test('half a request, and a client that sends nothing, do not keep other clients waiting', async () => {
  await using silent = await RawConnection.open(on.registry.url);
  await using half = await RawConnection.open(on.registry.url);
  half.send('GET /v2/ HTTP/1.1\r\nHost: a\r\nAuthor');
  await using slow = await RawConnection.open(on.registry.url);
  slow.send(push('Content-Length: 1000000', 'begun'));
  const repository = on.repository();
  const { bytes } = await repository.pushImage('1');
  await repository.assertServes('1', bytes);
  assert.equal(silent.rest.length + half.rest.length + slow.rest.length, 0);
});

test('a hundred connections cut in the middle of a push leave the registry as it was', async () => {
  const repository = on.repository();
  const bytes = newBytes(100_000);
  await Promise.all(
    Array.from({ length: 100 }, async (_, index) => {
      await using connection = await RawConnection.open(on.registry.url);
      const target = `/v2/${repository.name}/blobs/uploads/?digest=${digestOf(bytes)}`;
      connection.sendHead('POST', target, { Authorization: owner(), 'Content-Length': bytes.length });
      connection.send(bytes.subarray(0, index * 900));
      if (index % 2 === 0) connection.cut();
      else connection.end();
    }),
  );
  assert.equal(await repository.statusOf(`blobs/${digestOf(bytes)}`), 404);
  await repository.pushBlob(bytes);
  await repository.assertHolds(bytes);
  assert.ok(on.registry.logged.every((line) => !line.includes('"status":5')));
});

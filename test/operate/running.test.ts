import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { copyFileSync, existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { VERSION } from '../../src/engines.ts';
import { makeCertificate } from '../support/certificate.ts';
import { freePort } from '../support/free-port.ts';
import { basic, TestRegistry } from '../support/registry.ts';
import { startRegistryProcess } from '../support/registry-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runOperator } from './operator.ts';

test('health and readiness answer loopback callers, and no request that a proxy says it forwards', async () => {
  await using registry = await TestRegistry.start();
  assert.deepEqual(await (await registry.fetch('/healthz')).json(), {
    status: 'ok',
    version: VERSION,
  });
  assert.deepEqual(await (await registry.fetch('/readyz')).json(), { status: 'ok', failed: [] });
  const forwarded = { headers: { 'X-Forwarded-For': '192.0.2.1' } };
  for (const path of ['/healthz', '/readyz'])
    assert.equal((await registry.fetch(path, forwarded)).status, 404, path);
});

test('on the main listener metrics need the right of an operator: being on loopback opens nothing', async () => {
  await using registry = await TestRegistry.start();
  assert.equal((await registry.fetch('/metrics')).status, 401);
  const answer = await registry.api('GET', '/metrics');
  assert.equal(answer.status, 200);
  const metrics = await answer.text();
  assert.match(metrics, /^tidegate_http_requests_in_flight \d/m);
  assert.match(metrics, /^tidegate_http_request_duration_seconds_count\{door="ops",status="401"\} 1$/m);

  const { apikey } = (await (
    await registry.api('POST', '/v1/serviceids', {
      account_id: registry.accountId,
      name: 'prometheus',
      apikey: { name: 'scrape' },
    })
  ).json()) as { apikey: { apikey: string } };
  const refused = await registry.api('GET', '/metrics', undefined, apikey.apikey);
  assert.equal(refused.status, 403);
});

test('with a listener of its own the ops door is there and nowhere else, and nothing else is there', async () => {
  const port = await freePort();
  await using registry = await TestRegistry.start({ env: { TIDEGATE_OPS_LISTEN: `127.0.0.1:${port}` } });
  const ops = `http://127.0.0.1:${port}`;
  assert.equal((await fetch(`${ops}/readyz`)).status, 200);
  assert.match(await (await fetch(`${ops}/metrics`)).text(), /^tidegate_http_requests_in_flight \d/m);
  assert.equal((await registry.fetch('/readyz')).status, 404);
  assert.equal((await registry.api('GET', '/metrics')).status, 404);
  assert.equal((await fetch(`${ops}/oauth/token`)).status, 404);
  assert.equal((await fetch(`${ops}/v2/`)).status, 404);
});

test('a browser at / is led to the console; other clients get the 404 of any address', async () => {
  await using registry = await TestRegistry.start();
  const Accept = 'text/html,application/xhtml+xml,*/*;q=0.8';
  const page = await registry.fetch('/', { headers: { Accept } });
  assert.deepEqual([page.status, page.headers.get('location')], [302, '/console/']);
  const console = await registry.fetch('/console/', { headers: { Accept } });
  assert.equal(console.status, 200);
  assert.match(await console.text(), /<title>Tidegate<\/title>/);
  const other = await registry.fetch('/', { headers: { Accept: '*/*' } });
  assert.equal(other.status, 404);
  assert.match(((await other.json()) as { message: string }).message, /GET \/api\/doc/);
});

test('SIGTERM: no new connection, and the running upload ends well', async () => {
  await using registry = await startRegistryProcess();
  await registry.namespaceAdd('birds');
  const bytes = randomBytes(64 << 10);
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const { hostname, port } = new URL(registry.url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.setEncoding('utf8').on('data', (text) => {
    answer += text;
  });
  const ended = new Promise((resolve) => socket.once('close', resolve));
  socket.write(
    `POST /v2/birds/a/blobs/uploads/?digest=${digest} HTTP/1.1\r\nHost: ${registry.host}\r\nAuthorization: ${basic('iamapikey', registry.apikey)}\r\nContent-Length: ${bytes.length}\r\n\r\n`,
  );
  socket.write(bytes.subarray(0, 1000));
  await sleep(300);
  const gone = registry.kill('SIGTERM');
  await sleep(300);
  await assert.rejects(fetch(`${registry.url}/healthz`), 'a new connection is refused');
  socket.write(bytes.subarray(1000));
  await ended;
  await gone;
  assert.match(answer, /^HTTP\/1\.1 201 Created/);
  await registry.start();
  const head = await fetch(`${registry.url}/v2/birds/a/blobs/${digest}`, {
    method: 'HEAD',
    headers: { Authorization: basic('iamapikey', registry.apikey) },
  });
  assert.equal(head.status, 200);
});

test('a server that SIGTERM or SIGINT stops exits 0', async () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    using folder = temporaryFolder();
    const env = { TIDEGATE_DATA: join(folder.path, 'data'), TIDEGATE_LISTEN: '127.0.0.1:0' };
    const { code } = await runOperator(['serve'], env, async (child) => {
      while (!existsSync(join(env.TIDEGATE_DATA, 'listening'))) await sleep(20);
      child.kill(signal);
    });
    assert.equal(code, 0, signal);
  }
});

test('TLS: served with the given certificate, and with a new one once the files change', async () => {
  await using registry = await startRegistryProcess({ tls: true });
  await registry.namespaceAdd('birds');
  assert.match(registry.url, /^https:/);
  const challenge = (await fetch(`${registry.url}/v2/`)).headers.get('www-authenticate') ?? '';
  assert.ok(challenge.includes(`realm="${registry.url}/oauth/token"`), challenge);

  using folder = temporaryFolder();
  const fresh = makeCertificate(folder.path);
  const before = await fingerprint(registry.url);
  copyFileSync(fresh.keyFile, registry.certificate?.keyFile ?? '');
  copyFileSync(fresh.certFile, registry.certificate?.certFile ?? '');
  let after = before;
  for (let tries = 0; tries < 100 && after === before; tries++) {
    await sleep(100);
    after = await fingerprint(registry.url);
  }
  assert.notEqual(after, before);
});

test('every request is one line of the log, with its id, and no line has a secret or a query', async () => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  const { access_token, refresh_token } = await registry.login(registry.apikey, 'bx');
  const token = await registry.bearer('repository:birds/a:pull,push');
  const response = await registry.fetch('/v2/birds/a/tags/list?last=somewhere', {
    headers: { Authorization: `Bearer ${token}` },
  });
  await registry.fetch('/oauth/token', {
    headers: { Authorization: basic('iamapikey', 'a-secret-that-is-wrong') },
  });
  await response.text();
  await sleep(50);
  const lines = registry.logged.map((line) => JSON.parse(line));
  const line = lines.find(({ id }) => id === response.headers.get('x-request-id'));
  assert.equal(line.path, '/v2/birds/a/tags/list');
  assert.equal(line.status, 404);
  assert.equal(line.principal, `user:${registry.accountId}/${registry.ownerIamId}`);
  assert.match(line.credential, /^ApiKey-/);
  assert.equal(line.action, 'container-registry.image.pull');
  const all = registry.logged.join('\n');
  for (const secret of [
    registry.apikey,
    access_token,
    refresh_token,
    token,
    'a-secret-that-is-wrong',
    'last=somewhere',
  ]) {
    assert.ok(!all.includes(secret));
  }
});

const fingerprint = (url: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    // only the certificate is looked at, nothing is sent
    const socket = connectTls({ host: hostname, port: Number(port), rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.once('error', reject);
  });

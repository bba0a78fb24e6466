import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { makeImageSource, writeImageLayout } from '../clients/image.ts';
import { type Certificate, makeCertificate, trust } from '../support/certificate.ts';
import { client, clients } from '../support/clients.ts';
import { type Component, needs } from '../support/component.ts';
import { freePort } from '../support/free-port.ts';
import { haproxy, startHaproxy } from '../support/haproxy.ts';
import { caddy, nginx, type RunningProxy, startCaddy, startNginx } from '../support/proxies.ts';
import { basic, TestRegistry } from '../support/registry.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { succeeded } from '../support/transcript.ts';

interface Place {
  readonly folder: string;
  readonly certificate: Certificate;
  readonly server: string;
}

/** One server behind the file for three replicas: which of them answers is the same to a client. */
const startOurHaproxy = async ({ server }: Place, opsPort: number): Promise<RunningProxy> => {
  const port = await freePort();
  const backends = [1, 2, 3].map(() => ({ host: server, opsPort }));
  const running = await startHaproxy(port, backends);
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() };
};

/** What a client makes up about where it comes from. */
const FORGED = {
  'X-Forwarded-For': '192.0.2.77',
  'X-Forwarded-Proto': 'gopher',
  'X-Forwarded-Host': 'evil.example',
  Forwarded: 'for=192.0.2.77;host=evil.example;proto=gopher',
};
/** More than any buffer between the client and the disk. */
const LARGE = 24 << 20;

const proxyRules = (
  name: string,
  component: Component,
  start: (place: Place, opsPort: number) => Promise<RunningProxy>,
): void => {
  describe(`behind ${name}, with the file of deploy/`, needs(component), () => {
    const folder = temporaryFolder();
    let registry: TestRegistry;
    let proxy: RunningProxy;
    before(async () => {
      const certificate = makeCertificate(folder.path);
      trust(certificate);
      const opsPort = await freePort();
      registry = await TestRegistry.start({
        env: { TIDEGATE_TRUSTED_PROXIES: '127.0.0.1', TIDEGATE_OPS_LISTEN: `127.0.0.1:${opsPort}` },
      });
      await registry.namespaceAdd('birds');
      proxy = await start({ folder: folder.path, certificate, server: registry.host }, opsPort);
    });
    after(async () => {
      await proxy[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    });

    const send = (path: string, init: RequestInit & { duplex?: 'half' } = {}): Promise<Response> => {
      const headers = new Headers({ ...FORGED, Authorization: basic('iamapikey', registry.apikey) });
      for (const [key, value] of new Headers(init.headers)) headers.set(key, value);
      return fetch(new URL(path, proxy.url), { redirect: 'manual', ...init, headers });
    };

    test('a client pushes an image and pulls it', needs(clients(['skopeo'])), async () => {
      using skopeo = client('skopeo');
      const digest = writeImageLayout(skopeo.room, makeImageSource(skopeo.room), 'image', '1');
      const reference = `docker://${new URL(proxy.url).host}/birds/app:1`;
      const login = `iamapikey:${registry.apikey}`;
      const to = ['--dest-tls-verify=false', `--dest-creds=${login}`];
      succeeded(await skopeo.run(['copy', '-q', ...to, 'oci:image:1', reference]));
      const from = ['--src-tls-verify=false', `--src-creds=${login}`];
      succeeded(await skopeo.run(['copy', '-q', ...from, reference, 'oci:back:1']));
      const { stdout } = succeeded(
        await skopeo.run([
          'inspect',
          '--tls-verify=false',
          `--creds=${login}`,
          '--format={{.Digest}}',
          reference,
        ]),
      );
      assert.equal(stdout.trim(), digest);
    });

    test('a large layer goes through in chunks of no stated length and as a whole, and comes back the same', async () => {
      const content = randomBytes(LARGE);
      const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
      const begun = await send('/v2/birds/app/blobs/uploads/', { method: 'POST' });
      assert.equal(begun.status, 202, await begun.text());
      const upload = begun.headers.get('location') ?? '';
      const half = content.subarray(0, LARGE / 2);
      const chunked = await send(upload, {
        method: 'PATCH',
        body: ReadableStream.from([half.subarray(0, 1 << 20), half.subarray(1 << 20)]),
        duplex: 'half',
      });
      assert.equal(chunked.status, 202, await chunked.text());
      const next = new URL(chunked.headers.get('location') ?? '', proxy.url);
      assert.equal(next.origin, proxy.url, 'the next address is the one that the client uses');
      next.searchParams.set('digest', digest);
      const ended = await send(next.href, { method: 'PUT', body: content.subarray(LARGE / 2) });
      assert.equal(ended.status, 201, await ended.text());
      const pulled = await send(`/v2/birds/app/blobs/${digest}`);
      assert.equal(pulled.status, 200);
      assert.ok(Buffer.from(await pulled.arrayBuffer()).equals(content));
      const part = await send(`/v2/birds/app/blobs/${digest}`, { headers: { Range: 'bytes=5-9' } });
      assert.equal(part.status, 206);
      assert.ok(Buffer.from(await part.arrayBuffer()).equals(content.subarray(5, 10)));
    });

    test('an address that a client makes up counts nowhere: not in what it is told, and not in who it is', async () => {
      const challenge = await fetch(new URL('/v2/', proxy.url), { headers: FORGED });
      await challenge.text();
      assert.equal(
        challenge.headers.get('www-authenticate'),
        `Bearer realm="${proxy.url}/oauth/token",service="registry"`,
      );
      const { access_token: token } = await registry.login();
      const path = `/v1/accounts/${registry.accountId}/settings/identity`;
      const changed = await registry.fetch(path, {
        method: 'PUT',
        headers: {
          Authorization: `Bearer ${token}`,
          'If-Match': '*',
          'Content-Type': 'application/json',
          'X-Forwarded-For': '192.0.2.77',
        },
        body: JSON.stringify({ allowed_ip_addresses: '192.0.2.77' }),
      });
      assert.equal(changed.status, 200, await changed.text());
      assert.equal((await send('/oauth/token?service=registry')).status, 401);
      const trusted = await registry.fetch('/oauth/token?service=registry', {
        headers: { Authorization: basic('iamapikey', registry.apikey), 'X-Forwarded-For': '192.0.2.77' },
      });
      assert.equal(trusted.status, 200, 'the same from the proxy itself counts');
    });
  });
};

proxyRules('nginx', nginx, startNginx);
proxyRules('caddy', caddy, startCaddy);
proxyRules('haproxy', haproxy, startOurHaproxy);

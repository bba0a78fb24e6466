import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { makeImageSource, writeImageLayout } from '../clients/image.ts';
import { client, clients } from '../support/clients.ts';
import { needs } from '../support/component.ts';
import { basic } from '../support/registry.ts';
import { succeeded } from '../support/transcript.ts';
import { FORGED, PROXIES, ProxiedRegistry } from './proxied-registry.ts';

/** More than any buffer between the client and the disk. */
const LARGE = 24 << 20;

for (const shipped of PROXIES)
  describe(`behind ${shipped.name}, with the file of deploy/`, needs(shipped.component), () => {
    let proxied: ProxiedRegistry;
    before(async () => {
      proxied = await ProxiedRegistry.start(shipped);
    });
    after(() => proxied[Symbol.asyncDispose]());

    test('a client pushes an image and pulls it', needs(clients(['skopeo'])), async () => {
      using skopeo = client('skopeo');
      const digest = writeImageLayout(skopeo.room, makeImageSource(skopeo.room), 'image', '1');
      const reference = `docker://${new URL(proxied.url).host}/birds/app:1`;
      const login = `iamapikey:${proxied.registry.apikey}`;
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
      const begun = await proxied.send('/v2/birds/app/blobs/uploads/', { method: 'POST' });
      assert.equal(begun.status, 202, await begun.text());
      const upload = begun.headers.get('location') ?? '';
      const half = content.subarray(0, LARGE / 2);
      const chunked = await proxied.send(upload, {
        method: 'PATCH',
        body: ReadableStream.from([half.subarray(0, 1 << 20), half.subarray(1 << 20)]),
        duplex: 'half',
      });
      assert.equal(chunked.status, 202, await chunked.text());
      const next = new URL(chunked.headers.get('location') ?? '', proxied.url);
      assert.equal(next.origin, proxied.url, 'the next address is the one that the client uses');
      next.searchParams.set('digest', digest);
      const ended = await proxied.send(next.href, { method: 'PUT', body: content.subarray(LARGE / 2) });
      assert.equal(ended.status, 201, await ended.text());
      const pulled = await proxied.send(`/v2/birds/app/blobs/${digest}`);
      assert.equal(pulled.status, 200);
      assert.ok(Buffer.from(await pulled.arrayBuffer()).equals(content));
      const part = await proxied.send(`/v2/birds/app/blobs/${digest}`, { headers: { Range: 'bytes=5-9' } });
      assert.equal(part.status, 206);
      assert.ok(Buffer.from(await part.arrayBuffer()).equals(content.subarray(5, 10)));
    });

    test('an address that a client makes up counts nowhere: not in what it is told, and not in who it is', async () => {
      const challenge = await fetch(new URL('/v2/', proxied.url), { headers: FORGED });
      await challenge.text();
      assert.equal(
        challenge.headers.get('www-authenticate'),
        `Bearer realm="${proxied.url}/oauth/token",service="registry"`,
      );
      const { access_token: token } = await proxied.registry.login();
      const path = `/v1/accounts/${proxied.registry.accountId}/settings/identity`;
      const changed = await proxied.registry.fetch(path, {
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
      assert.equal((await proxied.send('/oauth/token?service=registry')).status, 401);
      const trusted = await proxied.registry.fetch('/oauth/token?service=registry', {
        headers: {
          Authorization: basic('iamapikey', proxied.registry.apikey),
          'X-Forwarded-For': '192.0.2.77',
        },
      });
      assert.equal(trusted.status, 200, 'the same from the proxy itself counts');
    });
  });

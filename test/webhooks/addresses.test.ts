import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { receivers as parseReceivers } from '../../src/config/values.ts';
import { isInside } from '../../src/webhooks/addresses/blocked.ts';
import { Receivers } from '../../src/webhooks/addresses/receivers.ts';
import { resolver } from '../../src/webhooks/addresses/resolve.ts';
import { type Answered, Sender } from '../../src/webhooks/deliveries/send.ts';
import { makeCertificate } from '../support/certificate.ts';
import { TestRegistry } from '../support/registry.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { Hooked } from './hooked.ts';
import { NameServer } from './name-server.ts';
import { Receiver } from './receiver.ts';

/** Ways to write addresses of this machine and of networks inside. */
const INSIDE = [
  '127.0.0.1',
  '2130706433',
  '0x7f.1',
  '0x7f000001',
  '0177.0.0.1',
  '127.1',
  '0',
  '0.0.0.0',
  '127.0.0.1.',
  '10.0.0.1',
  '100.64.0.1',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '192.0.0.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '[::]',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:a9fe:a9fe]',
  '[::127.0.0.1]',
  '[64:ff9b::127.0.0.1]',
  '[64:ff9b::a9fe:a9fe]',
  '[2002:7f00:1::]',
  '[2002:c0a8:101::1]',
  '[fc00::1]',
  '[fd12:3456::1]',
  '[fe80::1]',
  '[fec0::1]',
  '[ff02::1]',
  '[2001:db8::1]',
];

describe('O34: what a hook may not be given', () => {
  let registry: TestRegistry;
  before(async () => {
    registry = await TestRegistry.start();
  });
  after(() => registry[Symbol.asyncDispose]());

  const add = (url: string): Promise<Response> =>
    registry.api('POST', '/api/v1/webhooks', { name: 'ci', url, events: ['image.pushed'] });

  test('an address inside is refused, however it is written', async () => {
    for (const host of INSIDE) {
      const response = await add(`https://${host}/hook`);
      assert.equal(response.status, 400, `${host}: ${await response.text()}`);
    }
  });

  test('plain http, user names, fragments and other schemes are refused', async () => {
    for (const url of [
      'http://hooks.example.com/',
      'http://93.184.215.14/',
      'https://user:secret@hooks.example.com/',
      'https://hooks.example.com/#secret',
      'ftp://hooks.example.com/',
      'file:///etc/passwd',
    ]) {
      const response = await add(url);
      const text = await response.text();
      assert.equal(response.status, 400, `${url}: ${text}`);
      assert.ok(!text.includes('secret@'), text);
    }
  });

  test('an address of the Internet is taken', async () => {
    for (const host of [
      'hooks.example.com',
      '93.184.215.14',
      '[2606:2800:21f:cb07::1]',
      '[64:ff9b::93.184.215.14]',
    ]) {
      const { hostname } = new URL(`https://${host}/`);
      const receivers = new Receivers({ networks: [], hosts: [] });
      assert.equal(receivers.faultOf(`https://${hostname}/x`), undefined, host);
    }
    assert.equal((await add('https://hooks.example.com/')).status, 201);
  });
});

test('blocked networks end where they end', () => {
  for (const address of [
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
  ])
    assert.equal(isInside(address), false, address);
  for (const text of ['', 'localhost', '127.0.0.1 ', '1.2.3', '::1::'])
    assert.equal(isInside(text), true, text);
});

describe('O34: where a name leads', () => {
  let names: NameServer;
  let receiver: Receiver;
  before(async () => {
    names = await NameServer.listen();
    receiver = await Receiver.listen();
  });
  after(async () => {
    await names[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
  });

  const clock = { now: () => 0 };
  const send = (url: string, allow = '', limitMs = 15_000): Promise<Answered> => {
    const receivers = new Receivers(allow === '' ? { networks: [], hosts: [] } : parseReceivers(allow));
    const resolve = resolver(receivers, [names.address]);
    const request = { headers: { 'content-type': 'application/json' }, body: '{}' };
    return new Sender({ clock, receivers, resolve, limitMs }).send(
      new URL(url),
      request,
      new AbortController().signal,
    );
  };

  test('a name that leads inside is refused, also where one of several addresses does', async () => {
    names.answers.set('inside.test', [['127.0.0.1']]);
    names.answers.set('both.test', [['93.184.215.14', '10.0.0.1']]);
    for (const name of ['inside.test', 'both.test'])
      await assert.rejects(send(`https://${name}:${receiver.port}/`), /private, local or reserved/);
    assert.deepEqual(receiver.taken, []);
  });

  test('a name that leads elsewhere each time it is asked is looked at each time', async () => {
    names.answers.set('changes.test', [['127.0.0.1'], ['169.254.169.254']]);
    const allow = '127.0.0.0/8';
    assert.deepEqual((await send(`http://changes.test:${receiver.port}/first`, allow)).status, 204);
    await assert.rejects(
      send(`http://changes.test:${receiver.port}/second`, allow),
      /private, local or reserved/,
    );
    assert.deepEqual(
      receiver.taken.map(({ path }) => path),
      ['/first'],
    );
  });

  test('nothing is written to a connection that leads inside, whatever the name server said', async () => {
    let bytes = 0;
    await using inside = createServer((socket) => socket.on('data', (chunk) => (bytes += chunk.length)));
    inside.listen(0, '127.0.0.1');
    await once(inside, 'listening');
    const { port } = inside.address() as AddressInfo;
    const receivers = new Receivers({ networks: [], hosts: [] });
    // as if the check of the name had been passed: the address it answers is none that is looked at
    let asked = 0;
    const lying = Object.assign(Object.create(receivers), {
      faultOf: () => undefined,
      refuseAddress: (address: string | undefined, url: URL): void => {
        if (asked++ > 0) receivers.refuseAddress(address, url);
      },
    }) as Receivers;
    const resolve = async () => [{ address: '127.0.0.1', family: 4 as const }];
    const sender = new Sender({ clock, receivers: lying, resolve, limitMs: 15_000 });
    const request = { headers: {}, body: 'secret' };
    await assert.rejects(
      sender.send(new URL(`http://inside.test:${port}/`), request, new AbortController().signal),
      /private, local or reserved/,
    );
    assert.equal(bytes, 0);
  });

  test('the operator allows networks and names, and plain http to these alone', async () => {
    names.answers.set('flux.inside.test', [['127.0.0.1']]);
    names.answers.set('outside.test', [['93.184.215.14']]);
    const at = (host: string): string => `http://${host}:${receiver.port}/allowed`;
    assert.equal((await send(at('flux.inside.test'), 'flux.inside.test')).status, 204);
    assert.equal((await send(at('127.0.0.1'), '127.0.0.0/8, other.test')).status, 204);
    // its name stands in /etc/hosts alone
    assert.equal((await send(at('localhost'), 'localhost')).status, 204);
    await assert.rejects(send(at('flux.inside.test'), 'other.test'), /begins with http/);
    await assert.rejects(send(at('outside.test'), '127.0.0.0/8'), /begins with http/);
    for (const bad of ['10.0.0.0/33', 'a b', '10.0.0', '']) assert.throws(() => parseReceivers(bad), bad);
  });

  test('an unknown name, a closed port and what is not HTTP are told in words of the server', async () => {
    const closed = await Receiver.listen();
    const { port } = closed;
    await closed[Symbol.asyncDispose]();
    await assert.rejects(send('https://nowhere.test/'), /not known to the name servers/);
    await assert.rejects(send(`http://127.0.0.1:${port}/`, '127.0.0.1'), /refuses the connection/);
    await using strange = createServer((socket) => socket.resume().end('SSH-2.0-secret banner\r\n'));
    strange.listen(0, '127.0.0.1');
    await once(strange, 'listening');
    const { port: other } = strange.address() as AddressInfo;
    await assert.rejects(send(`http://127.0.0.1:${other}/`, '127.0.0.1'), (error: Error) => {
      assert.ok(!/SSH|banner/.test(error.message), error.message);
      return true;
    });
  });

  test('a receiver that is silent is given up at the limit', async () => {
    receiver.behaviours.set('/silent', 'silent');
    await assert.rejects(send(receiver.url('/silent'), '127.0.0.1', 200), /no answer within 0\.2 s/);
  });

  test('a certificate is verified, for the name of the address', async () => {
    const folder = temporaryFolder().path;
    const { certFile, keyFile } = makeCertificate(folder);
    const cert = readFileSync(certFile, 'utf8');
    await using server = createTlsServer({ cert, key: readFileSync(keyFile) }, (request, response) => {
      request.resume();
      response.writeHead(204).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    names.answers.set('wrong.test', [['127.0.0.1']]);
    const receivers = new Receivers(parseReceivers('127.0.0.1'));
    const resolve = resolver(receivers, [names.address]);
    const ask = (host: string, ca?: string): Promise<Answered> =>
      new Sender({ clock, receivers, resolve, limitMs: 15_000, ca }).send(
        new URL(`https://${host}:${port}/`),
        { headers: {}, body: '{}' },
        new AbortController().signal,
      );
    assert.equal((await ask('127.0.0.1', cert)).status, 204);
    await assert.rejects(ask('127.0.0.1'), /the connection failed: [A-Z_]+$/);
    await assert.rejects(ask('wrong.test', cert), /ERR_TLS_CERT_ALTNAME_INVALID/);
  });
});

test('O34: a hook that was allowed once is not sent any more when the operator takes that back', async () => {
  await using on = await Hooked.start();
  const { path, id } = await on.add();
  await on.push(`${await on.namespace()}/app`, 'v1');
  await on.taken(path);
  on.env.TIDEGATE_WEBHOOKS_ALLOW = '127.0.0.2';
  await on.registry.restart();
  await on.ask('POST', `/api/v1/webhooks/${id}/test`, {});
  const delivery = await on.delivery(id, ({ event, attempts }) => event === 'webhook.test' && attempts === 1);
  assert.match(delivery.last_error ?? '', /private, local or reserved/);
  assert.equal(on.receiver.at(path).length, 1);
});

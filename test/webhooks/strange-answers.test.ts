import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { receivers as parseReceivers } from '../../src/config/values.ts';
import { Receivers } from '../../src/webhooks/addresses/receivers.ts';
import { type Answered, Sender } from '../../src/webhooks/deliveries/send.ts';
import { makeCertificate } from '../support/certificate.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { Hooked } from './hooked.ts';

const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n';
const EARLY = 'HTTP/1.1 103 Early Hints\r\n\r\n';
const ENOUGH = 4 << 20;

let on: Hooked;
before(async () => {
  on = await Hooked.start();
});
after(() => on[Symbol.asyncDispose]());

/** A receiver that says this once something has come; `told`: what was written to the network until the other end left. */
class Strange implements AsyncDisposable {
  readonly url: string;
  told = 0;
  readonly #server: Server;

  private constructor(server: Server, scheme: string) {
    this.#server = server;
    this.url = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  static async listen(
    say: (socket: Socket) => void,
    tls?: { readonly cert: string; readonly key: string },
  ): Promise<Strange> {
    const heard = (socket: Socket): void => {
      socket.on('error', () => undefined);
      socket.once('data', () => say(socket));
      socket.once('close', () => (strange.told += socket.bytesWritten));
    };
    const server = tls === undefined ? createServer(heard) : createTlsServer(tls, heard);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const strange = new Strange(server, tls === undefined ? 'http' : 'https');
    return strange;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }
}

/** Says it again and again, as fast as it is read, until the other end leaves. */
const endless =
  (text: string) =>
  (socket: Socket): void => {
    const more = (): void => {
      while (!socket.destroyed && socket.write(text));
    };
    socket.on('drain', more);
    more();
  };

const send = ({ url }: Strange, limitMs = 15_000, ca?: string): Promise<Answered> => {
  const resolve = async () => [{ address: '127.0.0.1', family: 4 as const }];
  const receivers = new Receivers(parseReceivers('127.0.0.1'));
  return new Sender({ clock: { now: () => 0 }, receivers, resolve, limitMs, ca }).send(
    new URL(url),
    { headers: {}, body: '{}' },
    new AbortController().signal,
  );
};

test('a receiver that switches the protocol has failed its try: other hooks go on, and the server ends', async () => {
  await using strange = await Strange.listen((socket) => socket.end(SWITCHING));
  const hook = await on.add({ url: strange.url });
  const sound = await on.add();
  await on.push(`${await on.namespace()}/app`, 'v1');
  await on.taken(sound.path);
  const { state, last_status: status } = await on.delivery(hook.id, ({ attempts }) => attempts === 1);
  assert.deepEqual([state, status], ['pending', 101]);
  // waits for what is under way
  await on.registry.restart();
});

test('a try ends at its limit, whatever the receiver says', async () => {
  for (const text of [
    '',
    'HTTP/1.1 100 Continue\r\n\r\n',
    EARLY,
    'HTTP/1.1 204',
    'HTTP/1.1 204 No\r\nA: b',
  ]) {
    await using strange = await Strange.listen((socket) => void socket.write(text));
    await assert.rejects(send(strange, 300), /no answer within 0\.3 s/, text);
  }
});

test('a receiver that closes without an answer has failed, also after a preliminary one', async () => {
  for (const text of ['', 'HTTP/1.1 100 Continue\r\n\r\n', EARLY]) {
    await using strange = await Strange.listen((socket) => socket.end(text));
    await assert.rejects(send(strange), /closed the connection without an answer/, text);
  }
});

test('a status that came within the limit counts, also where the rest of the answer does not end', async () => {
  await using strange = await Strange.listen(
    (socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx'),
  );
  assert.equal((await send(strange, 300)).status, 200);
});

test('a few preliminary answers are passed over, and without end they are not read on and on', async () => {
  await using polite = await Strange.listen(
    (socket) => void socket.write(`${EARLY.repeat(10)}HTTP/1.1 204 No Content\r\n\r\n`),
  );
  assert.equal((await send(polite)).status, 204);
  await using flood = await Strange.listen(endless(EARLY.repeat(100)));
  await assert.rejects(send(flood), /1xx answers without end/);
  await flood[Symbol.asyncDispose]();
  assert.ok(flood.told < ENOUGH, `${flood.told}`);
});

test('an answer of chunks that are mostly frame is not read on and on, with TLS and without', async () => {
  const folder = temporaryFolder().path;
  const { certFile, keyFile } = makeCertificate(folder);
  const tls = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  const chunk = `1;${'a'.repeat(8000)}\r\nx\r\n`;
  for (const how of [undefined, tls]) {
    await using flood = await Strange.listen((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      endless(chunk)(socket);
    }, how);
    assert.equal((await send(flood, 15_000, how?.cert)).status, 200);
    await flood[Symbol.asyncDispose]();
    assert.ok(flood.told < ENOUGH, `${flood.told}`);
  }
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import type { Exchange } from '../../src/http/v2/exchange.ts';
import { MadeExchange } from '../../src/http/v2/made-exchange.ts';

const server = createServer();
let port: number;
before(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  ({ port } = server.address() as AddressInfo);
});
after(() => server.close());

/** A request as the server gets it, and what ends it at the client. */
const asked = async (): Promise<{
  response: ServerResponse;
  closed: Promise<unknown>;
  leave: () => void;
}> => {
  const arrives = once(server, 'request');
  const client = get({ port, agent: false }, (answer) => answer.resume());
  client.on('error', () => undefined);
  const [, response] = (await arrives) as [unknown, ServerResponse];
  return { response, closed: once(response, 'close'), leave: () => client.destroy() };
};

const signalOf = (response: ServerResponse): AbortSignal =>
  new MadeExchange({ response } as unknown as Exchange, '').signal;

test('a client that leaves while its answer is made is noticed', async () => {
  const { response, closed, leave } = await asked();
  const signal = signalOf(response);
  assert.ok(!signal.aborted);
  leave();
  await closed;
  assert.ok(signal.aborted);
});

test('a client that has left before the work for it begins is noticed at once', async () => {
  const { response, closed, leave } = await asked();
  leave();
  await closed;
  assert.ok(signalOf(response).aborted);
});

test('a client that got its whole answer has not left', async () => {
  const { response, closed } = await asked();
  const signal = signalOf(response);
  response.end('all of it');
  await closed;
  assert.ok(!signal.aborted);
  assert.ok(!signalOf(response).aborted);
});

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { RawConnection } from '../spec/raw-connection.ts';
import { eventually, WatchedRegistry } from './watched-registry.ts';

const MINUTE = 60_000;

let registry: WatchedRegistry;
before(async () => {
  registry = await WatchedRegistry.begin();
});
after(() => registry[Symbol.asyncDispose]());

/** As `eventually`, for what takes the server its minutes. */
const within = (minutes: number, what: string, holds: () => boolean): Promise<void> =>
  eventually(what, holds, minutes * MINUTE);

test('a connection that never ends its head is closed after its minute', async () => {
  await using connection = await RawConnection.open(registry.url);
  connection.send('GET /v2/ HTTP/1.1\r\nHost: x\r\n');
  await eventually('it is open', () => registry.holds(connection));
  await within(3, 'it is closed', () => !registry.holds(connection));
});

test('an upload whose client falls silent is closed after 150 s; it stands where it stood, and goes on', async () => {
  const location = await registry.begin();
  const bytes = randomBytes(200_000);
  const connection = await registry.half('PATCH', location, { 'Content-Length': bytes.length });
  await connection.sendAll(bytes.subarray(0, 100_000));
  await within(4, 'it is closed', () => !registry.holds(connection));
  const { headers } = await registry.ask('GET', location);
  const offset = Number(headers.range?.slice(2)) + 1;
  assert.equal(offset, 100_000);
  const chunk = { 'Content-Range': `${offset}-${bytes.length - 1}` };
  assert.equal(
    (await registry.ask('PATCH', location, { body: bytes.subarray(offset), headers: chunk })).status,
    202,
  );
  assert.equal((await registry.ask('DELETE', location)).status, 204);
});

// Node gives a connection with bytes on their way a second term
test('a reader that takes nothing is closed after 300 s', async () => {
  const digest = await registry.push(randomBytes(32 << 20));
  const connection = await registry.half('GET', `/v2/birds/a/blobs/${digest}`);
  await eventually('the answer has begun', () => connection.rest.length > 0);
  connection.pause();
  await within(6, 'it is closed', () => !registry.holds(connection));
  connection.cut();
});

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { digestOf } from '../../src/oci/digest.ts';
import { eventually, WatchedRegistry } from './watched-registry.ts';

const MB = 1 << 20;
const MANY = 30;

let registry: WatchedRegistry;
const blob = randomBytes(32 * MB);
let digest = '';
before(async () => {
  registry = await WatchedRegistry.begin();
  digest = await registry.push(blob);
  await registry.ask('GET', `blobs/${digest}`);
});
after(() => registry[Symbol.asyncDispose]());

const times = <T>(work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: MANY }, (_, index) => work(index)));

test('clients that vanish in the middle of an upload leave what they sent, to be gone on with, and no socket', async () => {
  const files = registry.openFiles;
  const bytes = randomBytes(MB);
  const locations = await times(() => registry.begin());
  const connections = await times(async (index) => {
    const connection = await registry.half('PATCH', locations[index] ?? '', {
      'Content-Length': bytes.length,
    });
    await connection.sendAll(bytes.subarray(0, 300_000));
    if (index % 2 === 0) connection.cut();
    else connection.end();
    return connection;
  });
  await eventually('all sockets are closed', () => !connections.some((each) => registry.holds(each)));
  const offsets = await times(async (index) => {
    const { status, headers } = await registry.ask('GET', locations[index] ?? '');
    assert.equal(status, 204);
    const last = Number(/^0-(\d+)$/.exec(headers.range ?? '')?.[1]);
    return last === 0 ? 0 : last + 1;
  });
  assert.ok(offsets.every((offset) => offset <= 300_000));
  // half of them go on where they stood, the others give up
  await times(async (index) => {
    const [location = '', offset = 0] = [locations[index], offsets[index]];
    if (index % 3 === 0) {
      assert.equal((await registry.ask('DELETE', location)).status, 204);
      return;
    }
    const headers = { 'Content-Range': `${offset}-${bytes.length - 1}` };
    const target = `${location}?digest=${digestOf(bytes)}`;
    const { status, body } = await registry.ask('PUT', target, { body: bytes.subarray(offset), headers });
    assert.equal(status, 201, String(body));
  });
  assert.deepEqual(registry.stagings, []);
  assert.ok((await registry.ask('GET', `blobs/${digestOf(bytes)}`)).body.equals(bytes));
  // the one blob read may stay open, and the folders of two digests
  await eventually('no descriptor is left', () => registry.openFiles <= files + 3);
});

test('clients that vanish in the middle of a download leave neither socket nor descriptor', async () => {
  const files = registry.openFiles;
  const connections = await times(async (index) => {
    const connection = await registry.half('GET', `/v2/birds/a/blobs/${digest}`);
    await eventually('the answer has begun', () => connection.rest.length > 0);
    if (index % 2 === 0) connection.cut();
    else await connection[Symbol.asyncDispose]();
    return connection;
  });
  await eventually('all sockets are closed', () => !connections.some((each) => registry.holds(each)));
  await eventually('no descriptor is left', () => registry.openFiles <= files);
  assert.ok((await registry.ask('GET', `blobs/${digest}`)).body.equals(blob));
});

test('readers that stop reading do not make the server hold the blob: less than 1 MB for each', async () => {
  const memory = registry.memory;
  const connections = await times(async () => {
    const connection = await registry.half('GET', `/v2/birds/a/blobs/${digest}`);
    await eventually('the answer has begun', () => connection.rest.length > 0);
    connection.pause();
    return connection;
  });
  // other work goes on meanwhile, which is how long the server had to fill its memory
  assert.ok((await registry.ask('GET', `blobs/${digest}`)).body.equals(blob));
  await registry.push(randomBytes(MB));
  const grown = registry.memory - memory;
  assert.ok(grown < MANY, `${grown} MB more for ${MANY} readers of 32 MB each`);
  for (const connection of connections) connection.cut();
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RawConnection } from '../spec/raw-connection.ts';
import { Hall } from './hall.ts';

const LONG = { total: 64 << 20, grace: 60_000, rate: 1 };

/** A connection from this address on which a body of `declared` bytes was begun. */
const begin = async (
  hall: Hall,
  from: string,
  declared: number,
  sent: Uint8Array | string = '',
): Promise<RawConnection> => {
  const connection = await RawConnection.open(hall.url, from);
  connection.sendHead('POST', '/', { 'Content-Length': declared });
  connection.send(sent);
  return connection;
};

/** Waits until `holds`; what does not within 10 s fails the test. */
const until = async (what: string, holds: () => boolean): Promise<void> => {
  for (let turn = 0; !holds(); turn += 1) {
    assert.ok(turn < 2000, `never: ${what}`);
    await sleep(5);
  }
};

const held = (hall: Hall, bytes: number): Promise<void> =>
  until(`${bytes} bytes are held`, () => hall.bodies.held >= bytes);

test('a body that brings a byte now and then runs out of time as a silent one does: 408, and the connection ends', async () => {
  await using hall = await Hall.open({ bodies: { ...LONG, grace: 200, rate: 1000 } });
  await using silent = await begin(hall, '127.0.0.1', 1000);
  await using trickling = await begin(hall, '127.0.0.1', 100_000);
  const trickle = setInterval(() => trickling.send('x'), 20);
  try {
    assert.equal((await silent.answer()).status, 408);
    assert.equal((await trickling.answer()).status, 408);
    assert.ok(await trickling.closed());
    // what came at once buys no time for later
    await using begun = await begin(hall, '127.0.0.1', 100_000, Buffer.alloc(99_000));
    assert.equal((await begun.answer()).status, 408);
  } finally {
    clearInterval(trickle);
  }
});

test('a body that comes at its pace has the time it needs, however long that is', async () => {
  await using hall = await Hall.open({ bodies: { ...LONG, grace: 500, rate: 1000 } });
  const pieces = 30;
  await using connection = await begin(hall, '127.0.0.1', pieces * 1000);
  for (let piece = 0; piece < pieces; piece += 1) {
    await sleep(40);
    connection.send('x'.repeat(1000));
  }
  const { status, body } = await connection.answer();
  assert.deepEqual([status, body.toString()], [200, String(pieces * 1000)]);
});

test('stalled bodies of one address take no room from another: it loses one for each that needs the room, with 429', async () => {
  await using hall = await Hall.open({ bodies: { ...LONG, total: 800_000 } });
  const piece = Buffer.alloc(16 << 10);
  const stalled: RawConnection[] = [];
  for (let count = 1; count <= 4; count += 1) {
    stalled.push(await begin(hall, '127.0.0.2', 200_000, piece));
    // a body holds what it says it will bring
    await held(hall, count * 200_000);
  }
  await using other = await begin(hall, '127.0.0.3', piece.length, piece);
  assert.deepEqual((await other.answer()).status, 200);
  const cut = await Promise.race(stalled.map((each) => each.answer()));
  assert.equal(cut.status, 429);
  // its own share is full: the next of its bodies is the one that is refused
  await using more = await begin(hall, '127.0.0.2', 250_000, Buffer.alloc(48 << 10));
  assert.equal((await more.answer()).status, 429);
  for (const each of stalled) each.cut();
});

test('where an address has filled the room with what is being answered, others are told to come again: 503', async () => {
  await using hall = await Hall.open({ bodies: { ...LONG, total: 32 << 10 } });
  hall.holdsBack = true;
  const piece = Buffer.alloc(16 << 10);
  await using first = await begin(hall, '127.0.0.2', piece.length, piece);
  await using second = await begin(hall, '127.0.0.2', piece.length, piece);
  await until('both are being answered', () => hall.waiting.length === 2);
  await using other = await begin(hall, '127.0.0.3', piece.length, piece);
  assert.equal((await other.answer()).status, 503);
  for (const answer of hall.waiting) answer();
  assert.equal((await first.answer()).status, 200);
  assert.equal((await second.answer()).status, 200);
});

test('what a body held is free again once its request is answered, refused or cut', async () => {
  await using hall = await Hall.open({ bodies: LONG });
  await using whole = await begin(hall, '127.0.0.1', 5000, Buffer.alloc(5000));
  assert.equal((await whole.answer()).body.toString(), '5000');
  await using chunked = await RawConnection.open(hall.url);
  chunked.sendHead('POST', '/', { 'Transfer-Encoding': 'chunked' });
  for (let sent = 0; sent < 300; sent += 1) chunked.send('400\r\n', Buffer.alloc(1024), '\r\n');
  chunked.send('0\r\n\r\n');
  assert.equal((await chunked.answer()).status, 413);
  await using cut = await begin(hall, '127.0.0.1', 5000, Buffer.alloc(100));
  await held(hall, 100);
  cut.cut();
  await until('nothing is held', () => hall.bodies.held === 0);
});

test('a body of single bytes holds no more memory than its bound', async () => {
  await using hall = await Hall.open({ bodies: { ...LONG, total: 300 << 10 } });
  await using connection = await RawConnection.open(hall.url);
  connection.sendHead('POST', '/', { 'Transfer-Encoding': 'chunked' });
  connection.send('1\r\nx\r\n'.repeat(200_000), '0\r\n\r\n');
  const { status, body } = await connection.answer();
  assert.deepEqual([status, body.toString()], [200, '200000']);
});

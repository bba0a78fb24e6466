import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../faults/watched-registry.ts';
import { Hall } from './hall.ts';

const MEGABYTE = 1 << 20;
/** The kernel holds some megabytes of each. */
const ANSWER = 64 * MEGABYTE;

/** A client that asks for the large answer, and does not read until it is told to. */
class Reader {
  readonly #socket: Socket;
  #read = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  static async ask(hall: Hall, from: string): Promise<Reader> {
    const { port } = new URL(hall.url);
    const socket = connect({ host: '127.0.0.1', port: Number(port), localAddress: from });
    socket.pause().on('error', () => undefined);
    await once(socket, 'connect');
    socket.write('POST /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    return new Reader(socket);
  }

  /** Reads to the end; answers how much there was. */
  async read(): Promise<number> {
    this.#socket.on('data', (bytes: Buffer) => {
      this.#read += bytes.length;
    });
    this.#socket.resume();
    if (!this.#socket.closed) await once(this.#socket, 'close');
    return this.#read;
  }
}

const open = (): Promise<Hall> =>
  Hall.open({ large: ANSWER, unsent: { free: MEGABYTE, total: 3.3 * ANSWER } });

test('answers that wait for clients which do not read are cut above a bound, those of the network that has most', async () => {
  await using hall = await open();
  const one = await Reader.ask(hall, '127.0.0.3');
  const many = await Promise.all(Array.from({ length: 8 }, () => Reader.ask(hall, '127.0.0.2')));
  await eventually('six are cut', () => hall.cut === 6);
  assert.ok((await one.read()) > ANSWER, 'the only one of its network is read whole');
  const read = await Promise.all(many.map((each) => each.read()));
  assert.equal(read.filter((bytes) => bytes > ANSWER).length, 2);
});

test('answers below the bound wait for their clients', async () => {
  await using hall = await open();
  const readers = await Promise.all(Array.from({ length: 3 }, () => Reader.ask(hall, '127.0.0.2')));
  await sleep(500);
  for (const each of readers) assert.ok((await each.read()) > ANSWER);
  assert.equal(hall.cut, 0);
});

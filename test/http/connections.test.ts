import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawConnection } from '../spec/raw-connection.ts';
import { Hall } from './hall.ts';

const answers = async (connection: RawConnection): Promise<number> =>
  (await connection.request('POST', '/')).status;

const open = async (hall: Hall, from: string, count: number): Promise<RawConnection[]> => {
  const connections: RawConnection[] = [];
  for (let made = 0; made < count; made += 1) {
    const connection = await RawConnection.open(hall.url, from);
    connections.push(connection);
  }
  return connections;
};

test('one address has a bounded number of connections; the next is closed, and those it has go on', async () => {
  await using hall = await Hall.open({ connections: { total: 100, network: 5 } });
  const own = await open(hall, '127.0.0.2', 5);
  for (const each of own) assert.equal(await answers(each), 200);
  const [beyond] = await open(hall, '127.0.0.2', 1);
  assert.ok(await beyond?.closed());
  for (const each of own) assert.equal(await answers(each), 200);
  const [other] = await open(hall, '127.0.0.3', 1);
  assert.equal(other && (await answers(other)), 200);
  own[0]?.cut();
  // the place of one that was cut is free when the server has seen it
  for (;;) {
    const [again] = await open(hall, '127.0.0.2', 1);
    const status = again && (await answers(again).catch(() => undefined));
    if (status === 200) break;
  }
  for (const each of [...own, other]) each?.cut();
});

test('where all connections are taken, the address that has most of them loses one to a newcomer', async () => {
  await using hall = await Hall.open({ connections: { total: 10, network: 8 } });
  const most = await open(hall, '127.0.0.2', 8);
  for (const each of most) assert.equal(await answers(each), 200);
  const few = await open(hall, '127.0.0.3', 2);
  for (const each of few) assert.equal(await answers(each), 200);
  const [newcomer] = await open(hall, '127.0.0.4', 1);
  assert.equal(newcomer && (await answers(newcomer)), 200);
  assert.ok(await most[0]?.closed(), 'the oldest of the address that has most');
  for (const each of few) assert.equal(await answers(each), 200);
  for (const each of [...most, ...few, newcomer]) each?.cut();
});

test('a trusted proxy speaks for many: the bound of one address does not hold for it', async () => {
  const isProxy = (address: string): boolean => address.endsWith('127.0.0.9');
  await using hall = await Hall.open({ connections: { total: 100, network: 3 }, isProxy });
  const proxied = await open(hall, '127.0.0.9', 20);
  for (const each of proxied) assert.equal(await answers(each), 200);
  for (const each of proxied) each.cut();
});

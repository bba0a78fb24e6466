import { deepEqual, equal, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { Turns } from '../../src/turns.ts';

test('work of one name is done one piece after the other, in the order it came', async () => {
  const turns = new Turns();
  const told: string[] = [];
  const piece = (name: string) =>
    turns.take('an account', async () => {
      told.push(`${name} begins`);
      await turnOfLoop();
      told.push(`${name} ends`);
    });
  await Promise.all([piece('first'), piece('second'), piece('third')]);
  deepEqual(told, [
    'first begins',
    'first ends',
    'second begins',
    'second ends',
    'third begins',
    'third ends',
  ]);
});

test('what another name works at waits for none of it', async () => {
  const turns = new Turns();
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
  const slow = turns.take('an account', () => held);
  equal(await turns.take('another', async () => 'done'), 'done');
  letGo();
  await slow;
});

test('each piece has a turn of the event loop of its own, also where it waits for nothing', async () => {
  const turns = new Turns();
  let turn = 0;
  let isOver = false;
  const counting = (async () => {
    while (!isOver) {
      await turnOfLoop();
      turn += 1;
    }
  })();
  const at: number[] = [];
  await Promise.all(
    Array.from({ length: 5 }, () => turns.take('an account', async () => void at.push(turn))),
  );
  isOver = true;
  await counting;
  equal(new Set(at).size, 5, `turns ${at}`);
});

test('a piece that fails tells who asked for it, and the next has its turn', async () => {
  const turns = new Turns();
  const failing = turns.take('an account', async () => {
    throw new Error('no');
  });
  const next = turns.take('an account', async () => 'done');
  await rejects(failing, /no/);
  equal(await next, 'done');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WriteQueue } from '../../src/database/write-queue.ts';

const queueOf = (urgent: readonly string[], bulk: readonly string[], now = 0): WriteQueue<string> => {
  const queue = new WriteQueue<string>();
  for (const each of bulk) queue.add(each, true, now);
  for (const each of urgent) queue.add(each, false, now);
  return queue;
};

test('what is not bulk work goes first, together and in the order it came', () => {
  const queue = queueOf(['a', 'b', 'c'], ['bulk']);
  assert.deepEqual(queue.next(2, 1), ['a', 'b']);
  queue.add('d', false, 1);
  assert.deepEqual(queue.next(9, 1), ['c', 'd']);
  assert.deepEqual(queue.next(9, 1), ['bulk']);
  assert.equal(queue.isEmpty, true);
  assert.deepEqual(queue.next(9, 1), []);
});

test('bulk work runs a piece at a time', () => {
  const queue = queueOf([], ['one', 'two']);
  assert.deepEqual(queue.next(9, 1), ['one']);
  queue.add('a', false, 2);
  assert.deepEqual(queue.next(9, 2), ['a']);
  assert.deepEqual(queue.next(9, 3), ['two']);
});

test('bulk work that has waited a second while others kept coming has one turn, then waits again', () => {
  const queue = queueOf(['a'], ['one', 'two']);
  assert.deepEqual(queue.next(1, 999), ['a']);
  queue.add('b', false, 999);
  queue.add('c', false, 999);
  assert.deepEqual(queue.next(1, 1000), ['one']);
  assert.deepEqual(queue.next(1, 1001), ['b']);
  assert.deepEqual(queue.next(1, 1999), ['c']);
  assert.deepEqual(queue.next(1, 1999), ['two']);
});

test('what a turn had no time for is the first of the next', () => {
  const queue = queueOf(['a', 'b', 'c'], []);
  const [, ...left] = queue.next(9, 1);
  queue.add('d', false, 1);
  queue.putBack(left);
  assert.deepEqual(queue.next(9, 2), ['b', 'c', 'd']);
});

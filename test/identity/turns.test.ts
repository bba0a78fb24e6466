import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Turns } from '../../src/identity/passwords/turns.ts';

/** Work that runs until it is told to end; `begun` has the networks in the order of their turns. */
class Bench {
  readonly begun: string[] = [];
  readonly refused: string[] = [];
  readonly #ends: (() => void)[] = [];
  readonly #turns: Turns;

  constructor(limits: ConstructorParameters<typeof Turns>[0]) {
    this.#turns = new Turns(limits);
  }

  ask(name: string): void {
    const network = name.slice(0, 1);
    const work = (): Promise<void> => {
      this.begun.push(name);
      return new Promise((resolve) => this.#ends.push(resolve));
    };
    this.#turns.run(network, work).catch(() => this.refused.push(name));
  }

  /** Ends what began first, until nothing runs any more. */
  async endAll(): Promise<void> {
    await turn();
    for (let end = this.#ends.shift(); end; end = this.#ends.shift()) {
      end();
      await turn();
    }
  }
}

test('networks take turns: one that asks for a lot waits for itself', async () => {
  const bench = new Bench({ running: { total: 1, network: 1 }, waiting: { total: 10, network: 10 } });
  for (const name of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1']) bench.ask(name);
  await bench.endAll();
  assert.deepEqual(bench.begun, ['a1', 'a2', 'b1', 'c1', 'a3', 'b2']);
  assert.deepEqual(bench.refused, []);
});

test('a network does not take the place that another one is to run in', async () => {
  const bench = new Bench({ running: { total: 2, network: 1 }, waiting: { total: 10, network: 10 } });
  for (const name of ['a1', 'a2', 'a3']) bench.ask(name);
  assert.deepEqual(bench.begun, ['a1']);
  bench.ask('b1');
  assert.deepEqual(bench.begun, ['a1', 'b1']);
  await bench.endAll();
  assert.deepEqual(bench.begun, ['a1', 'b1', 'a2', 'a3']);
});

test('where all places are taken, the network that has most loses its newest to one that has fewer', async () => {
  const bench = new Bench({ running: { total: 1, network: 1 }, waiting: { total: 4, network: 3 } });
  for (const name of ['a1', 'a2', 'a3', 'a4', 'a5']) bench.ask(name);
  await turn();
  assert.deepEqual(bench.refused, ['a5'], 'more than the share of one network');
  for (const name of ['b1', 'c1', 'd1', 'e1']) bench.ask(name);
  await turn();
  assert.deepEqual(
    bench.refused.toSorted(),
    ['a3', 'a4', 'a5', 'e1'],
    'all have one place then, and a newcomer gets none',
  );
  await bench.endAll();
  assert.deepEqual(bench.begun, ['a1', 'a2', 'b1', 'c1', 'd1']);
});

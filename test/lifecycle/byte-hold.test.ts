import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteHold } from '../../src/lifecycle/byte-hold/byte-hold.ts';
import { MINUTE, MovableClock } from '../support/clock.ts';
import { until } from '../support/until.ts';
import { onBothEngines } from './engines.ts';

onBothEngines('the hold on stored bytes', (open) => {
  test('every replica sees at once that bytes are held, and that they are no more', async () => {
    await using replicas = await open();
    const clock = new MovableClock();
    const [a, b] = [new ByteHold(replicas.a, clock), new ByteHold(replicas.b, clock)];
    assert.equal(await b.held(), false);
    const [first, second] = [await a.open(), await a.open()];
    assert.equal(await b.held(), true);
    await first.release();
    assert.equal(await b.held(), true, 'another one is open');
    await second.release();
    assert.equal(await b.held(), false);
  });

  test('O4: the hold of a backup that was killed lapses', async () => {
    await using replicas = await open();
    const clock = new MovableClock();
    const hold = await new ByteHold(replicas.a, clock, 3_600_000).open();
    clock.advance(2 * MINUTE - 1);
    assert.equal(await new ByteHold(replicas.b, clock).held(), true);
    clock.advance(1);
    assert.equal(await new ByteHold(replicas.b, clock).held(), false);
    await assert.rejects(
      hold.confirm(),
      /has lapsed/,
      'it is not taken up again: bytes may have gone meanwhile',
    );
    assert.equal(hold.lost.aborted, true);
    await hold.release();
  });

  test('a hold is renewed while its holder lives', async () => {
    await using replicas = await open();
    const clock = new MovableClock();
    const hold = await new ByteHold(replicas.a, clock, 20).open();
    clock.advance(MINUTE);
    const later = new ByteHold(replicas.b, { now: () => clock.now() + MINUTE + 1 });
    await until('it is renewed', () => later.held());
    clock.advance(MINUTE + 1);
    assert.equal(await new ByteHold(replicas.b, clock).held(), true);
    await hold.confirm();
    assert.equal(hold.lost.aborted, false);
    await hold.release();
  });
});

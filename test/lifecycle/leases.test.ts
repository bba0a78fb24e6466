import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { JobRunner } from '../../src/jobs/runner.ts';
import { Leases } from '../../src/lifecycle/leases/leases.ts';
import { silentLog } from '../../src/observe/log.ts';
import { MINUTE, MovableClock } from '../support/clock.ts';
import { until } from '../support/until.ts';
import { onBothEngines } from './engines.ts';

const never = new AbortController().signal;

onBothEngines('job leases', (open) => {
  test('replicas that race for a job: exactly one takes it', async () => {
    await using replicas = await open();
    const clock = new MovableClock();
    for (let round = 0; round < 10; round++) {
      const takers = [0, 1, 2, 3, 4, 5].map(
        (each) => new Leases(each % 2 === 0 ? replicas.a : replicas.b, clock),
      );
      const leases = await Promise.all(takers.map((leases) => leases.take(`job ${round % 3}`)));
      const taken = leases.filter((lease) => lease !== undefined);
      assert.equal(taken.length, 1);
      await taken[0]?.release(clock.now());
    }
  });

  test('a job that ran is due again a period later, on every replica', async () => {
    await using replicas = await open();
    const clock = new MovableClock();
    const [a, b] = [new Leases(replicas.a, clock), new Leases(replicas.b, clock)];
    let runs = 0;
    const work = async (): Promise<void> => void runs++;
    assert.equal(await a.run('job', MINUTE, never, work), true);
    assert.equal(await b.run('job', MINUTE, never, work), false);
    assert.equal(await a.run('job', MINUTE, never, work), false);
    clock.advance(MINUTE);
    assert.equal(await b.run('job', MINUTE, never, work), true);
    assert.equal(await a.run('job', MINUTE, never, work), false);
    assert.equal(runs, 2);
    const early = await a.take('job', { early: true });
    assert.ok(early, 'an operator does not wait for the time');
    await early.release(undefined);
  });

  test('a job that fails is due again a period later; one that was stopped is due at once', async () => {
    await using replicas = await open();
    const clock = new MovableClock();
    const leases = new Leases(replicas.a, clock);
    const fails = async (): Promise<void> => {
      throw new Error('no');
    };
    await assert.rejects(leases.run('job', MINUTE, never, fails), /no/);
    assert.equal(await leases.run('job', MINUTE, never, fails), false);
    clock.advance(MINUTE);
    const stop = new AbortController();
    assert.equal(await leases.run('job', MINUTE, stop.signal, async () => stop.abort()), true);
    assert.equal(await new Leases(replicas.b, clock).run('job', MINUTE, never, async () => {}), true);
  });

  test('a lease is renewed while its holder lives, and taken over when it lapsed; the old holder is told', async () => {
    await using replicas = await open();
    const clock = new MovableClock();
    const [a, b] = [new Leases(replicas.a, clock, 20), new Leases(replicas.b, clock)];
    const alive = await a.take('job');
    assert.ok(alive);
    clock.advance(MINUTE / 2);
    await until('it is renewed', async () => {
      const row = replicas.b.db.selectFrom('job_leases').select('held_until').where('name', '=', 'job');
      return (await row.executeTakeFirstOrThrow()).held_until === clock.now() + MINUTE;
    });
    clock.advance(MINUTE / 2 + 1);
    assert.equal(await b.take('job'), undefined, 'renewed when half its time was over');
    await alive.release(undefined);

    // one that never renews has died
    const dead = await new Leases(replicas.a, clock, 3_600_000).take('job');
    assert.ok(dead);
    assert.equal(await b.take('job'), undefined);
    clock.advance(MINUTE + 1);
    const heir = await b.take('job');
    assert.ok(heir, 'taken over');
    await dead.release(clock.now() + MINUTE);
    assert.equal(await a.take('job'), undefined, 'the dead lets nothing go that is not his');
    await heir.release(undefined);

    // a process that starts knows that its predecessor is dead only where there is no other
    const left = await a.take('job');
    assert.ok(left);
    await b.start();
    const next = await b.take('job');
    assert.equal(next !== undefined, replicas.a.alone);
    await left.release(undefined);
    await next?.release(undefined);

    const slow = await a.take('job');
    assert.ok(slow);
    const robbed = new Leases(replicas.b, { now: () => clock.now() + 2 * MINUTE });
    const robber = await robbed.take('job');
    assert.ok(robber);
    if (!slow.lost.aborted) await new Promise((resolve) => slow.lost.addEventListener('abort', resolve));
    await slow.release(undefined);
    await robber.release(undefined);
  });

  test('runners of two replicas run the installation’s job once a period, and their own each', async () => {
    await using replicas = await open();
    const clock = new MovableClock();
    const ran: string[] = [];
    const runner = (name: 'a' | 'b'): JobRunner =>
      new JobRunner(
        [
          { name: 'ours', period: 30, of: 'installation', run: async () => void ran.push('ours') },
          { name: 'own', period: 30, of: 'process', run: async () => void ran.push(`own of ${name}`) },
        ],
        new Leases(replicas[name], clock),
        { log: silentLog(), clock },
      );
    {
      await using _a = runner('a');
      await using _b = runner('b');
      // the clock stands still, so the installation's job is never due a second time
      while (!(ran.includes('own of a') && ran.includes('own of b') && ran.includes('ours'))) await sleep(20);
      await sleep(200);
    }
    assert.equal(ran.filter((each) => each === 'ours').length, 1);
  });
});

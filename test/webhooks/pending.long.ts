import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { until } from '../support/until.ts';
import { Hooked } from './hooked.ts';

const PENDING = 10_000;
const PUSHES = 200;
/** What the median of a push may be, as the same processor also sends and receives: times the one alone, and milliseconds. */
const TIMES = 1.5;
const MORE_MS = 10;

const median = (times: number[]): number => times.sort((a, b) => a - b)[times.length >> 1] ?? 0;

/** Deliveries of a hook that wait, as many as may; all are due. */
const fill = (file: string, hook: string, accountId: string, at: number): void => {
  const database = new DatabaseSync(file);
  database.exec('pragma busy_timeout = 60000; begin');
  database
    .prepare(`
      with recursive r(n) as (select 1 union all select n + 1 from r where n < ${PENDING})
      insert into webhook_deliveries (id, hook_id, number, event, state, attempts, next_at, created_at)
      select printf('Delivery-%012x', n), ?, 0,
        json_object('id', printf('Event-%012x', n), 'accountId', ?, 'at', ?, 'kind', 'image.pushed',
          'repository', 'birds/app', 'namespace', 'birds', 'tag', 'v' || n, 'actor', json_object('name', 'ci')),
        'pending', 0, ?, ? from r`)
    .run(hook, accountId, at, at, at);
  database.exec('commit');
  database.close();
};

describe('10^4 deliveries that wait for one hook', () => {
  let on: Hooked;
  before(async () => {
    on = await Hooked.start();
    await on.registry.namespaceAdd('birds');
  });
  after(() => on[Symbol.asyncDispose]());

  const pushes = async (prefix: string): Promise<number> => {
    const times: number[] = [];
    for (let each = 0; each < PUSHES; each++) {
      const begun = performance.now();
      await on.push('birds/app', `${prefix}${each}`);
      times.push(performance.now() - begun);
    }
    return median(times);
  };

  test('leave pushes as they were, and no event of another hook waits behind them', async (t) => {
    await pushes('warm');
    const alone = await pushes('alone');
    const full = await on.add();
    const other = await on.add();
    fill(on.registry.database, full.id, on.registry.accountId, on.registry.clock.now());
    await on.taken(full.path, 10);
    const beside = await pushes('beside');
    t.diagnostic(`median of a push: ${alone.toFixed(1)} ms alone, ${beside.toFixed(1)} ms beside`);
    assert.ok(beside < alone * TIMES + MORE_MS, `${beside} ms, ${alone} ms without hooks`);
    await on.taken(other.path, PUSHES);
    assert.ok(on.receiver.at(full.path).length < PENDING, 'the full hook is still being delivered to');
  });

  test('are as many as wait: what comes then is not kept, counted and warned of', async () => {
    await on.clear();
    const { id, path, name } = await on.add();
    on.receiver.behaviours.set(path, { status: 429, headers: { 'retry-after': '86400' } });
    fill2(on, id);
    await on.push('birds/app', 'beyond');
    await until('it is counted', async () => (await on.find(id)).dropped > 0);
    await on.registry.runJob('find-warnings');
    const { body } = await on.ask('GET', '/api/v1/warnings');
    assert.match(JSON.stringify(body), new RegExp(`${name}.*lost \\d+ events|lost \\d+ events.*${name}`));
  });
});

const fill2 = (on: Hooked, id: string): void => {
  const database = new DatabaseSync(on.registry.database);
  database.exec('pragma busy_timeout = 60000');
  database.exec('delete from webhook_deliveries');
  database.close();
  fill(on.registry.database, id, on.registry.accountId, on.registry.clock.now());
};

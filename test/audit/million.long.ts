import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import test, { after, before, describe, type TestContext } from 'node:test';
import { setTimeout as sleep, setImmediate as turnOfLoop } from 'node:timers/promises';
import type { AuditVerifyLine } from '../../src/wire/audit.ts';
import { Caller } from '../access/caller.ts';
import { SealedLog } from './sealed-log.ts';

const EVENTS = 1_000_000;
/** The processor time that one turn of the loop may take, so that other work on the machine does not count; and memory, with what is not collected yet. */
const TURN_MS = 50;
const MEMORY = 200 << 20;

/** Events as pushes and pulls make them, of a hundred repositories and a thousand keys, numbered. */
const fill = (file: string, account: string, from: number, now: number): void => {
  const database = new DatabaseSync(file);
  database.exec('pragma busy_timeout = 60000; pragma synchronous = off; pragma cache_size = -200000; begin');
  database
    .prepare(`
      with recursive r(n) as (select ${from} union all select n + 1 from r where n + 1 < ${from + EVENTS})
      insert into audit_events (id, account_id, at, action, outcome, principal, credential_id, target, target_type,
        reference, digest, address, agent, request_id, region, replica, status, number)
      select printf('Event-%012x-7000-8000-%012x', n, n), ?, ? + n,
        case n % 10 when 0 then 'container-registry.image.push' else 'container-registry.image.pull' end,
        case n % 1000 when 0 then 'failure' else 'success' end,
        'service-id:' || ? || '/iam-ServiceId-' || n % 1000, 'ApiKey-' || n % 1000, 'birds/r' || n % 100, 'image',
        'latest', 'sha256:' || printf('%064x', n), '192.0.2.' || n % 250, 'docker/29.0.0 go/go1.25 kernel/6.12 os/linux',
        printf('%032x', n), 'local', 'host:5000', case n % 1000 when 0 then 403 end, n
      from r`)
    .run(account, now - EVENTS - from, account);
  database
    .prepare(`update installation set value = ? where name = 'audit.last-number'`)
    .run(String(from + EVENTS - 1));
  // what is measured is not the copying of a log of a gigabyte
  database.exec('commit; pragma wal_checkpoint(truncate)');
  database.close();
};

/** Bytes of this process without the pages of files it has mapped, such as the database's. */
const ownMemory = (): number =>
  Number(/RssAnon:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;

describe('an audit log of 10^6 events', () => {
  let log: SealedLog;
  let from = 0;
  before(async () => {
    log = await SealedLog.open();
    const { lastEvent } = await log.seal();
    from = lastEvent + 1;
    fill(log.registry.database, log.registry.accountId, from, log.registry.clock.now());
  });
  after(() => log[Symbol.asyncDispose]());

  /** What a step costs: the longest turn of the loop, and the memory it took at most. */
  const measured = async (t: TestContext, what: string, step: () => Promise<void>): Promise<void> => {
    global.gc?.();
    const idle = ownMemory();
    let peak = idle;
    const watch = setInterval(() => {
      peak = Math.max(peak, ownMemory());
    }, 200);
    let isOver = false;
    let longest = 0;
    const turns = (async () => {
      while (!isOver) {
        const before = process.threadCpuUsage();
        await turnOfLoop();
        const { user, system } = process.threadCpuUsage(before);
        longest = Math.max(longest, (user + system) / 1000);
      }
    })();
    const began = performance.now();
    await step();
    const seconds = (performance.now() - began) / 1000;
    clearInterval(watch);
    isOver = true;
    await turns;
    const grown = (peak - idle) / 2 ** 20;
    t.diagnostic(JSON.stringify({ what, seconds, longest, grown }));
    assert.ok(longest <= TURN_MS, `${what}: the longest turn took ${longest} ms`);
    assert.ok(peak - idle <= MEMORY, `${what}: it took ${grown} MB`);
  };

  /** Milliseconds of the fastest of some requests. */
  const fastest = async (path: string): Promise<number> => {
    let best = Number.POSITIVE_INFINITY;
    for (let turn = 0; turn < 10; turn++) {
      const began = performance.now();
      const { status } = await log.owner.get(path);
      best = Math.min(best, performance.now() - began);
      assert.equal(status, 200);
      await sleep(5);
    }
    return best;
  };

  test('filters and paging take as long at the end of the log as at its beginning', async (t) => {
    const events = '/api/v1/audit/events';
    const first = await fastest(`${events}?limit=100`);
    const late = new Date(log.registry.clock.now() - EVENTS + 5000).toISOString();
    const paths = [
      `limit=100&until=${late}`,
      'limit=100&credential=ApiKey-7',
      'limit=100&repository=birds/r7',
      `limit=100&repository=birds/r7&until=${late}`,
      'limit=100&outcome=failure',
      'limit=100&action=container-registry.image.push',
      'limit=100&order=sequence&after=10',
      `limit=100&order=sequence&after=${EVENTS - 1000}`,
      'limit=100&account=all',
    ];
    for (const path of paths) {
      const took = await fastest(`${events}?${path}`);
      t.diagnostic(`${path}: ${took.toFixed(1)} ms (first page ${first.toFixed(1)})`);
      // what no index finds looks at 2000 rows for a page
      assert.ok(took <= 10 * first + 20, path);
    }
  });

  test('a new event gets its number without a look at the others', async (t) => {
    await log.make(1);
    const began = performance.now();
    const { body } = await log.owner.get(`/api/v1/audit/events?order=sequence&after=${from + EVENTS - 1}`);
    const took = performance.now() - began;
    t.diagnostic(`${took.toFixed(1)} ms`);
    assert.equal(body.events.length, 1);
    assert.ok(took <= 200, `${took} ms`);
  });

  test('sealing them stops no one, and takes no memory', async (t) => {
    await measured(t, 'sealing', () => log.registry.runJob('seal-audit-log'));
    const { lastEvent } = await log.seal();
    assert.ok(lastEvent >= from + EVENTS);
  });

  test('verifying them stops no one, takes no memory, and finds the event that was changed', async (t) => {
    await measured(t, 'verifying', async () => {
      const { verified, faults } = await log.end();
      assert.ok((verified ?? 0) >= EVENTS);
      assert.equal(faults, 0);
    });
    const number = from + Math.floor(EVENTS / 3);
    await log.rows((db) =>
      db.updateTable('audit_events').set({ address: '192.0.2.251' }).where('number', '=', number).execute(),
    );
    const found: AuditVerifyLine[] = await log.findings();
    assert.deepEqual(
      found.map(({ kind, number: where }) => [kind, where]),
      [['changed', number]],
    );
  });

  test('retention removes them without stopping anyone', async (t) => {
    log.registry.clock.advance(401 * 86_400_000);
    await log.restart();
    await measured(t, 'retention', () => log.registry.runJob('expire-audit-log'));
    const owner = await Caller.login(log.registry);
    const { body } = await owner.get('/api/v1/audit/events?order=sequence&limit=1&account=all');
    // the one that was changed is evidence
    assert.equal(body.events[0].sequence, from + Math.floor(EVENTS / 3));
  });
});

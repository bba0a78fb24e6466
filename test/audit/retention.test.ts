import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AuditCheckpoint } from '../../src/wire/audit.ts';
import { Caller } from '../access/caller.ts';
import { Identities } from '../access/identities.ts';
import { TestRepository } from '../spec/repository.ts';
import { DAY, MINUTE } from '../support/clock.ts';
import { SealedLog } from './sealed-log.ts';

const EXPIRE = 'expire-audit-log';

/** Numbers of the events that are there. */
const numbers = (log: SealedLog): Promise<number[]> =>
  log.rows(async (db) => {
    const rows = await db
      .selectFrom('audit_events')
      .select('number')
      .where('number', 'is not', null)
      .orderBy('number')
      .execute();
    return rows.map(({ number }) => Number(number));
  });

const within = (all: readonly number[], { firstEvent, lastEvent }: AuditCheckpoint): number[] =>
  all.filter((number) => number >= firstEvent && number <= lastEvent);

const expire = async (log: SealedLog): Promise<void> => {
  await log.registry.runJob(EXPIRE);
  // a session that is older than its token's life is renewed
  await log.restart();
};

const states = (log: SealedLog): Promise<number[]> =>
  log.rows(async (db) => {
    const rows = await db.selectFrom('audit_blocks').select('state').orderBy('position').execute();
    return rows.map(({ state }) => state);
  });

describe('O27: retention keeps verification', () => {
  test('events whose time is over go by whole blocks; heads stay, and verification names what went', async () => {
    await using log = await SealedLog.open();
    const old = await log.block(5);
    log.registry.clock.advance(200 * DAY);
    await log.restart();
    const later = await log.block(3);
    log.registry.clock.advance(201 * DAY);
    await log.restart();
    await expire(log);
    const left = await numbers(log);
    assert.deepEqual(within(left, old), []);
    assert.equal(within(left, later).length, later.lastEvent - later.firstEvent + 1);
    assert.deepEqual((await log.end()).faults, 0);
    const [gone, ...more] = await log.findings(old.note);
    assert.deepEqual([gone?.kind, gone?.first, gone?.last], ['agrees', old.firstEvent, old.lastEvent]);
    assert.deepEqual(
      more.map(({ kind, block }) => [kind, block]),
      [['retention', 1]],
    );
    await log.seal();
    const { events } = (await log.owner.get('/api/v1/audit/events?account=all&action=tidegate.audit.expire'))
      .body;
    assert.equal(events.length, 1);
    assert.equal(events[0].initiator.id, 'expire-audit-log');
  });

  test('events of pulls go earlier, and the rest of their block stays verifiable', async () => {
    await using log = await SealedLog.open();
    await log.registry.namespaceAdd('birds');
    const robin = new TestRepository(log.registry, 'birds/robin');
    await robin.pushImage('1');
    await robin.request('GET', 'manifests/1');
    log.registry.clock.advance(MINUTE);
    await log.restart();
    const sealed = await log.seal();
    const before = within(await numbers(log), sealed).length;
    log.registry.clock.advance(91 * DAY);
    await log.restart();
    await expire(log);
    assert.equal(within(await numbers(log), sealed).length, before - 1);
    const answer = await log.owner.get('/api/v1/audit/events?repository=birds/robin');
    assert.deepEqual(
      answer.body.events.map(({ action }: { action: string }) => action.split('.').at(-1)),
      ['push'],
    );
    const { faults, gone } = await log.end();
    assert.deepEqual([faults, gone], [0, 1]);
  });

  test('what another hand removes is found, also beside what retention removed', async () => {
    await using log = await SealedLog.open();
    await log.registry.namespaceAdd('birds');
    const robin = new TestRepository(log.registry, 'birds/robin');
    await robin.pushImage('1');
    await robin.request('GET', 'manifests/1');
    log.registry.clock.advance(MINUTE);
    await log.restart();
    const { firstEvent } = await log.seal();
    log.registry.clock.advance(91 * DAY);
    await log.restart();
    await expire(log);
    const gone = await log.rows((db) =>
      db.selectFrom('audit_blocks').select('gone').where('position', '=', 1).executeTakeFirstOrThrow(),
    );
    await log.rows((db) => db.deleteFrom('audit_events').where('number', '=', firstEvent).execute());
    assert.deepEqual(await log.found(), ['retention 1', `removed ${firstEvent}`]);
    // nor does a signature cover more than it was given for
    const [form, head, bits = '', ...rest] = (gone.gone ?? '').split('\n');
    const all = Buffer.alloc(Buffer.from(bits, 'base64').length, 255).toString('base64');
    const forged = [form, head, all, ...rest].join('\n');
    await log.rows((db) =>
      db.updateTable('audit_blocks').set({ gone: forged }).where('position', '=', 1).execute(),
    );
    assert.ok((await log.found()).includes(`removed ${firstEvent}`));
  });

  test('an event that does not match its hash is not removed: it is evidence', async () => {
    await using log = await SealedLog.open();
    const old = await log.block(3);
    const number = old.firstEvent + 1;
    await log.rows((db) =>
      db.updateTable('audit_events').set({ reason: 'x' }).where('number', '=', number).execute(),
    );
    log.registry.clock.advance(401 * DAY);
    await log.restart();
    await expire(log);
    assert.deepEqual(within(await numbers(log), old), [number]);
    assert.ok((await log.found()).includes(`changed ${number}`));
  });

  test('a block that another hand makes look old keeps its events: the time that was sealed counts', async () => {
    await using log = await SealedLog.open();
    const young = await log.block(3);
    const before = within(await numbers(log), young).length;
    const forge = (set: object) => log.rows((db) => db.updateTable('audit_blocks').set(set).execute());
    for (const state of [0, 1, 2]) {
      await forge({ looked_at: 0, state });
      await log.rows((db) =>
        db
          .insertInto('audit_holds')
          .values({ account_id: `x${state}`, reason: '', set_at: 0, set_by: '', lifted_at: 1, lifted_by: '' })
          .execute(),
      );
      await log.registry.runJob(EXPIRE);
      assert.equal(within(await numbers(log), young).length, before, `state ${state}`);
    }
    await forge({ looked_at: 0, state: 0, sealed_at: 1 });
    await log.registry.runJob(EXPIRE);
    assert.equal(within(await numbers(log), young).length, before);
  });

  test('a removal that was cut short goes on, and what is left of it is no fault', async () => {
    await using log = await SealedLog.open();
    const old = await log.block(4);
    log.registry.clock.advance(401 * DAY);
    await log.restart();
    const rows = await log.rows((db) =>
      db.selectFrom('audit_events').selectAll().where('number', '<=', old.lastEvent).execute(),
    );
    const block = await log.rows((db) =>
      db.selectFrom('audit_blocks').selectAll().where('position', '=', 1).executeTakeFirstOrThrow(),
    );
    await expire(log);
    // as if the process had been killed after it signed and removed two of them
    await log.rows(async (db) => {
      for (const { transaction_id: _, ...row } of rows.slice(2))
        await db.insertInto('audit_events').values(row).execute();
      const { leaves, state, looked_at } = block;
      await db
        .updateTable('audit_blocks')
        .set({ leaves, state, looked_at })
        .where('position', '=', 1)
        .execute();
    });
    assert.deepEqual((await log.end()).faults, 0);
    await expire(log);
    assert.deepEqual(within(await numbers(log), old), []);
    assert.deepEqual((await log.end()).faults, 0);
  });
});

describe('a hold', () => {
  test('keeps the events of its account, and no others, until the operator lifts it and seven days more', async () => {
    await using log = await SealedLog.open();
    const stranger = await new Identities(log.registry).stranger();
    const account = stranger.accountId;
    const other = () => Caller.login(log.registry, stranger.apikey);
    const theirs = (): Promise<number> =>
      log.rows(async (db) => {
        const rows = await db
          .selectFrom('audit_events')
          .select('id')
          .where('account_id', '=', account)
          .where('number', '<=', old.lastEvent)
          .execute();
        return rows.length;
      });
    assert.equal((await (await other()).put('/api/v1/audit/hold', { reason: 'an incident' })).status, 200);
    const old = await log.block(4);
    const before = await theirs();
    assert.ok(before > 1);
    log.registry.clock.advance(401 * DAY);
    await log.restart();
    await expire(log);
    assert.equal(await theirs(), before);
    assert.equal(within(await numbers(log), old).length, before);
    assert.equal((await log.end()).faults, 0);
    const shown = (await (await other()).get('/api/v1/audit/hold')).body;
    assert.deepEqual([shown.held, shown.reason, shown.until], [true, 'an incident', undefined]);

    const lifted = await log.owner.send('DELETE', `/api/v1/audit/hold?account=${account}`);
    assert.equal(lifted.status, 204);
    assert.equal((await log.owner.send('DELETE', `/api/v1/audit/hold?account=${account}`)).status, 404);
    log.registry.clock.advance(6 * DAY);
    await log.restart();
    await expire(log);
    assert.equal(await theirs(), before);
    log.registry.clock.advance(2 * DAY);
    await log.restart();
    await expire(log);
    assert.deepEqual(within(await numbers(log), old), []);
    assert.equal((await log.end()).faults, 0);
    assert.equal((await states(log))[0], 3);
    assert.deepEqual((await (await other()).get('/api/v1/audit/hold')).body, { account, held: false });
  });

  test('a thief with the key of an Administrator cannot lift it, and who sets it again ends a lifting', async () => {
    await using log = await SealedLog.open();
    const identities = new Identities(log.registry);
    const stranger = await identities.stranger();
    const account = stranger.accountId;
    const other = await Caller.login(log.registry, stranger.apikey);
    assert.equal((await other.put('/api/v1/audit/hold', { reason: 'an incident' })).status, 200);
    for (const path of ['/api/v1/audit/hold', `/api/v1/audit/hold?account=${account}`])
      assert.equal((await other.delete(path)).status, 403);
    assert.equal((await log.owner.delete(`/api/v1/audit/hold?account=${account}`)).status, 204);
    assert.notEqual((await other.get('/api/v1/audit/hold')).body.until, undefined);
    assert.equal((await other.put('/api/v1/audit/hold', { reason: 'still' })).status, 200);
    assert.equal((await other.get('/api/v1/audit/hold')).body.until, undefined);
    const { events } = (await other.get(`/api/v1/audit/events?target=${account}`)).body;
    const done = events.map(({ action }: { action: string }) => action);
    assert.ok(done.includes('tidegate.audit.release'));
    assert.equal(done.filter((action: string) => action === 'iam-access-management.audit.hold').length, 2);
  });

  test('O28: an account sets no hold on another, and sees none; the operator does', async () => {
    await using log = await SealedLog.open();
    const identities = new Identities(log.registry);
    const stranger = await identities.stranger();
    const other = await Caller.login(log.registry, stranger.apikey);
    const path = `/api/v1/audit/hold?account=${log.registry.accountId}`;
    assert.equal((await other.get(path)).status, 403);
    assert.equal((await other.put(path, { reason: 'x' })).status, 403);
    const set = await log.owner.put(`/api/v1/audit/hold?account=${stranger.accountId}`, { reason: 'theirs' });
    assert.equal(set.status, 200);
    assert.equal((await other.get('/api/v1/audit/hold')).body.reason, 'theirs');
    assert.equal((await other.put('/api/v1/audit/hold', { reason: 'x'.repeat(301) })).status, 400);
    assert.equal((await log.owner.put('/api/v1/audit/hold?account=all', { reason: 'x' })).status, 400);
  });
});

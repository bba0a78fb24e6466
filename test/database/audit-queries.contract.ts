import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as events from '../../src/audit/events/rows.ts';
import * as accounts from '../../src/identity/accounts/rows.ts';
import * as pulls from '../../src/registry/pulls/rows.ts';
import { AT, accountRow, auditEventRow, unique } from './database-rows.ts';
import type { QueryTester } from './queries.ts';

/** Settings of the audit log, and counts of pulls. */
export const auditQueries = ({ read, write, current }: QueryTester): void => {
  test('events by time, newest first, of an account and of what is asked for, from where a page ended', async () => {
    const accountId = unique('account');
    const rows = [AT, AT + 1, AT + 1, AT + 2].map((at, index) => ({
      ...auditEventRow(),
      id: `${unique('Event')}-${index}`,
      account_id: accountId,
      at,
      credential_id: index === 1 ? 'k' : null,
    }));
    await write(events.insertEvents, rows);
    await write(events.insertEvents, []);
    const ask = {
      accountId,
      by: undefined,
      since: undefined,
      until: undefined,
      before: undefined,
      limit: 10,
    };
    const ids = async (more: Partial<events.TimeAsk>) =>
      (await read(events.eventsByTime, { ...ask, ...more })).map(({ id }) => id);
    const [first, ...middle] = rows.map(({ id }) => id);
    const newest = middle.pop();
    const tied = middle.toSorted().reverse();
    assert.deepEqual(await ids({}), [newest, ...tied, first]);
    assert.deepEqual(await ids({ limit: 1 }), [newest]);
    assert.deepEqual(await ids({ before: { at: AT + 1, id: tied[0] ?? '' } }), [tied[1], first]);
    assert.deepEqual(await ids({ since: AT + 1, until: AT + 2 }), tied);
    assert.deepEqual(await ids({ by: { column: 'credential_id', value: 'k' } }), [rows[1]?.id]);
    assert.deepEqual(await ids({ accountId: 'another' }), []);
    assert.ok((await ids({ accountId: undefined, limit: 1 })).length === 1);
  });

  test('events get numbers without gaps, in the order of their commits', async () => {
    const engine = current().alone ? 'sqlite' : 'postgres';
    const number = async (): Promise<void> => {
      // on PostgreSQL an event waits until older transactions have ended, those of other tests too
      for (let turn = 0; turn < 200 && (await read(events.hasUnnumbered)); turn++)
        await write(events.numberEvents, engine, 2);
    };
    await number();
    const before = await read(events.lastNumber);
    const accountId = unique('account');
    const row = () => ({ ...auditEventRow(), account_id: accountId });
    // the later of two commits has the earlier time
    await write(events.insertEvents, [{ ...row(), target: 'one', at: AT + 5 }]);
    await write(events.insertEvents, [{ ...row(), target: 'two', at: AT }]);
    assert.equal(await read(events.hasUnnumbered), true);
    await number();
    const found = await read(events.eventsByNumber, before, 10);
    assert.deepEqual(
      found.map(({ target, number: given }) => [target, given]),
      [
        ['one', before + 1],
        ['two', before + 2],
      ],
    );
    assert.equal(await read(events.lastNumber), before + 2);
    assert.equal(await write(events.numberEvents, engine, 2), 0);
    assert.deepEqual(await read(events.eventsByNumber, before + 2, 10), []);
  });

  test('what an account wants recorded is replaced as a whole', async () => {
    const account = accountRow();
    await write(accounts.insertAccount, account);
    const row = { account_id: account.id, pulls: 'each' as const, modified_at: AT, modified_by: 'user:1' };
    assert.equal(await read(events.findAuditSettings, account.id), undefined);
    await write(events.putAuditSettings, row);
    await write(events.putAuditSettings, { ...row, pulls: 'none' });
    assert.deepEqual(await read(events.findAuditSettings, account.id), { ...row, pulls: 'none' });
  });

  test('pulls add up day by day, and are forgotten up to a day', async () => {
    const key = { repository_id: unique('repository'), kind: 'tag' as const, reference: 'latest' };
    const count = (day: number, times: number, by: string) => ({
      ...key,
      day,
      count: times,
      last_at: AT + times,
      last_principal: by,
    });
    await write(pulls.addPulls, count(1, 2, 'user:1'));
    await write(pulls.addPulls, count(1, 3, 'user:2'));
    await write(pulls.addPulls, count(2, 1, 'user:1'));
    await write(pulls.addPulls, { ...count(2, 1, 'user:1'), kind: 'digest' });
    const ask = { repositoryId: key.repository_id, kind: key.kind, references: ['latest', 'other'] };
    const byDay = async () => (await read(pulls.pullsOf, ask)).toSorted((one, other) => one.day - other.day);
    assert.deepEqual(await byDay(), [
      { reference: 'latest', day: 1, count: 5, last_at: AT + 3, last_principal: 'user:2' },
      { reference: 'latest', day: 2, count: 1, last_at: AT + 1, last_principal: 'user:1' },
    ]);
    const other = { ...key, reference: 'other' };
    const keys = [key, { ...key, kind: 'digest' as const }, other];
    assert.deepEqual(await read(pulls.pullTotals, keys, 1), [
      { ...key, lastAt: AT + 3, recent: 1 },
      { ...keys[1], lastAt: AT + 1, recent: 1 },
    ]);
    assert.deepEqual(await read(pulls.pullTotals, [key], 0), [{ ...key, lastAt: AT + 3, recent: 6 }]);
    assert.deepEqual(await read(pulls.pullTotals, [key], 9), [{ ...key, lastAt: AT + 3, recent: 0 }]);
    assert.deepEqual(await read(pulls.pullTotals, [other], 0), []);
    assert.deepEqual(await read(pulls.pullTotals, [], 0), []);
    const some = await read(pulls.somePulls, [key.repository_id, 'other'], 9);
    assert.deepEqual(some.map(({ kind, day, count: times }) => `${kind} ${day} ${times}`).sort(), [
      'digest 2 1',
      'tag 1 5',
      'tag 2 1',
    ]);
    assert.equal((await read(pulls.somePulls, [key.repository_id], 2)).length, 2);
    const after = { ...key, kind: 'digest' as const, day: 2 };
    assert.deepEqual((await read(pulls.pullsAfter, after, 2)).slice(0, 2), [
      { ...key, day: 1 },
      { ...key, day: 2 },
    ]);
    assert.equal((await read(pulls.pullsAfter, undefined, 1)).length, 1);
    await write(pulls.deletePullsBefore, { ...key, day: 2 });
    assert.deepEqual(
      (await byDay()).map(({ day }) => day),
      [2],
    );
  });
};

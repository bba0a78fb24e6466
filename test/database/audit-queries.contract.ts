import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as events from '../../src/audit/events/rows.ts';
import * as accounts from '../../src/identity/accounts/rows.ts';
import * as pulls from '../../src/registry/pulls/rows.ts';
import { AT, accountRow, unique } from './database-rows.ts';
import type { QueryTester } from './queries.ts';

/** Settings of the audit log, and counts of pulls. */
export const auditQueries = ({ read, write }: QueryTester): void => {
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

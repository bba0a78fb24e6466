import assert from 'node:assert/strict';
import test from 'node:test';
import { Caller } from '../access/caller.ts';
import { TestRegistry } from '../support/registry.ts';
import { openRows } from '../support/rows.ts';

const MOST = 5000;

test('an account has at most 5000 exemptions in a region: all are listed, one more is refused, all are deleted', async () => {
  const read: number[] = [];
  await using registry = await TestRegistry.start({
    onRead: ({ text, rows }) => {
      if (text.includes('exemptions')) read.push(rows);
    },
  });
  const owner = await Caller.login(registry);
  const add = (id: string) => owner.send('POST', `/va/api/v4/exempt/image/issue/sn/${id}`);
  assert.equal((await add('first')).status, 201);
  {
    await using db = openRows(registry.database);
    const row = await db.selectFrom('exemptions').selectAll().executeTakeFirstOrThrow();
    const more = Array.from({ length: MOST - 2 }, (_, n) => ({ ...row, issue_id: `more-${n}` }));
    for (let at = 0; at < more.length; at += 500)
      await db
        .insertInto('exemptions')
        .values(more.slice(at, at + 500))
        .execute();
  }
  assert.equal((await add('last')).status, 201);
  const refused = await add('beyond');
  assert.deepEqual([refused.status, refused.body.code], [409, 'CRG0006E']);
  assert.match(refused.body.message, /at most 5000 exemptions in a region; remove one first/);
  assert.equal((await add('first')).status, 201, 'what is there already is no more');
  read.length = 0;
  assert.equal((await owner.get('/va/api/v4/exemptions/account')).body.length, MOST);
  assert.ok(Math.max(...read) <= 200, 'they are read in pages');
  const removed = await owner.send('POST', '/va/api/v4/exemptions/deleteAll');
  assert.deepEqual(removed.body, { number_of_exemptions_deleted: MOST });
  assert.deepEqual((await owner.get('/va/api/v4/exemptions/account')).body, []);
});

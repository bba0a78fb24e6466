import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TestRegistry } from '../support/registry.ts';
import { openRows } from '../support/rows.ts';
import { until } from '../support/until.ts';

const EVENTS = 40_000;
/** Statements that read all of them. */
const ALL = EVENTS / 200;

let registry: TestRegistry;
let reads = 0;
before(async () => {
  registry = await TestRegistry.start({
    onRead: ({ text }) => {
      if (/from "audit_events"/.test(text)) reads += 1;
    },
  });
  const rows = openRows(registry.database);
  const [event] = await rows.selectFrom('audit_events').selectAll().limit(1).execute();
  assert.ok(event);
  const { number: _number, transaction_id: _transaction, ...like } = event;
  for (let done = 0; done < EVENTS; done += 1000) {
    const some = Array.from({ length: 1000 }, (_, index) => ({
      ...like,
      id: `Event-${String(done + index).padStart(8, '0')}`,
      account_id: registry.accountId,
      number: 1_000_000 + done + index,
    }));
    await rows.insertInto('audit_events').values(some).execute();
  }
  await rows.destroy();
});
after(() => registry[Symbol.asyncDispose]());

/** Asks for what finds nothing, and leaves after some statements. */
const leave = async (token: string): Promise<void> => {
  const before = reads;
  const gone = new AbortController();
  const answer = registry.fetch('/api/v1/audit/events/export?text=zzzz', {
    headers: { Authorization: `Bearer ${token}`, Account: registry.accountId },
    signal: gone.signal,
  });
  await until('it is read', () => reads > before + 2);
  gone.abort();
  await assert.rejects(answer.then((response) => response.text()));
};

test('an export that finds nothing ends when its client leaves', async () => {
  const { access_token: token } = await registry.login();
  const begun = reads;
  for (let each = 0; each < 5; each++) await leave(token);
  let last = -1;
  await until('nothing is read any more', async () => {
    const isSame = reads === last;
    last = reads;
    // what still runs goes on while this is answered
    for (let each = 0; each < 5; each++) assert.equal((await registry.fetch('/v2/')).status, 401);
    return isSame;
  });
  assert.ok(reads - begun < ALL, `${reads - begun}`);
});

test('an export whose client stays goes through the whole log, also after others have left', async () => {
  const begun = reads;
  const response = await registry.api('GET', '/api/v1/audit/events/export?text=zzzz');
  assert.equal(response.status, 200);
  assert.equal(await response.text(), '');
  assert.ok(reads - begun >= ALL, `${reads - begun}`);
});

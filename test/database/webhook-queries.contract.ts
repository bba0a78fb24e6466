import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WebhookDeliveryRow, WebhookRow } from '../../src/database/webhook-schema.ts';
import * as deliveries from '../../src/webhooks/deliveries/rows.ts';
import * as hooks from '../../src/webhooks/hooks/rows.ts';
import * as outbox from '../../src/webhooks/outbox/rows.ts';
import { AT, unique } from './database-rows.ts';
import { insert } from './database-writes.ts';
import type { QueryTester } from './queries.ts';

const hookRow = (accountId: string, more: Partial<WebhookRow> = {}): WebhookRow => ({
  id: unique('Webhook'),
  account_id: accountId,
  namespace_id: null,
  name: 'ci',
  description: '',
  url: 'https://hooks.example.com/',
  form: 'standard',
  events: '["image.pushed"]',
  enabled: 1,
  disabled_reason: null,
  disabled_at: null,
  failing_since: null,
  paused_until: null,
  dropped: 0,
  from_number: 5,
  secret: 'sealed',
  previous_secret: null,
  previous_until: null,
  answered_kind: 'user',
  answered_by: 'IBMid-1',
  entity_tag: '1-a',
  created_at: AT,
  created_by: 'IBMid-1',
  modified_at: AT,
  removed_at: null,
  ...more,
});

const deliveryRow = (hookId: string, more: Partial<WebhookDeliveryRow> = {}): WebhookDeliveryRow => ({
  id: unique('Delivery'),
  hook_id: hookId,
  number: 7,
  event: '{}',
  state: 'pending',
  attempts: 0,
  next_at: AT,
  last_at: null,
  last_status: null,
  last_error: null,
  last_ms: null,
  created_at: AT,
  redelivered_at: null,
  ...more,
});

/** Hooks and deliveries: how they are found, and how they are kept. */
export const webhookQueries = ({ read, write, current }: QueryTester): void => {
  test('a hook is found in its account alone, and once it is removed by its clearing alone', async () => {
    const [account, other] = [unique('account'), unique('account')];
    const row = hookRow(account);
    await write(hooks.insertHook, row);
    assert.deepEqual(await read(hooks.findHook, account, row.id), row);
    assert.equal(await read(hooks.findHook, other, row.id), undefined);
    assert.deepEqual(await read(hooks.findHookById, row.id), row);
    assert.deepEqual(await read(hooks.hooksOfAccount, account), [row]);
    assert.deepEqual(await read(hooks.enabledHooksOf, [account, other]), [row]);
    assert.deepEqual(await read(hooks.enabledHooksOf, []), []);
    assert.equal(await read(hooks.hasEnabledHooks), true);
    await write(hooks.updateHook, row.id, { enabled: 0 });
    assert.deepEqual(await read(hooks.enabledHooksOf, [account]), []);
    await write(hooks.updateHook, row.id, { removed_at: AT });
    assert.equal(await read(hooks.findHook, account, row.id), undefined);
    assert.equal(await read(hooks.findHookById, row.id), undefined);
    assert.equal(await read(hooks.anyHookOfAccount, account), row.id);
    const [found] = await read(hooks.hooksAfter, row.id.slice(0, -1), 1);
    assert.equal(found?.removed_at, AT);
    await write(hooks.deleteHook, row.id);
    assert.equal(await read(hooks.anyHookOfAccount, account), undefined);
  });

  test('the hooks of a namespace are marked as removed, and no others', async () => {
    const account = unique('account');
    const own = hookRow(account, { namespace_id: unique('namespace') });
    const other = hookRow(account);
    await current().write(insert, { webhooks: [own, other] });
    await write(hooks.removeHooksOfNamespace, own.namespace_id ?? '');
    assert.deepEqual(await read(hooks.hooksOfAccount, account), [other]);
  });

  test('what is due comes in the order of its time and its number', async () => {
    const hook = hookRow(unique('account'));
    const idle = hookRow(unique('account'));
    const rows = [
      deliveryRow(hook.id, { number: 3 }),
      deliveryRow(hook.id, { number: 2 }),
      deliveryRow(hook.id, { number: 1, next_at: AT + 1 }),
      deliveryRow(hook.id, { number: 4, next_at: AT + 100 }),
      deliveryRow(hook.id, { number: 5, next_at: null, state: 'delivered' }),
    ];
    await current().write(insert, { webhooks: [hook, idle] });
    await write(deliveries.insertDeliveries, rows);
    await write(deliveries.insertDeliveries, []);
    const due = await read(deliveries.dueDeliveries, hook.id, AT + 1, 10);
    assert.deepEqual(
      due.map(({ number }) => number),
      [2, 3, 1],
    );
    assert.equal((await read(deliveries.dueDeliveries, hook.id, AT + 1, 2)).length, 2);
    assert.deepEqual(await read(deliveries.hooksWithDue, [hook.id, idle.id], AT), [hook.id]);
    assert.deepEqual(await read(deliveries.hooksWithDue, [hook.id], AT - 1), []);
    assert.deepEqual(await read(deliveries.hooksWithDue, [], AT), []);
    assert.equal(await read(deliveries.countPending, hook.id), 4);
  });

  test('deliveries are listed newest first, of one state where that is asked for', async () => {
    const hook = hookRow(unique('account'));
    const ids = ['a', 'b', 'c'].map((end) => `${hook.id}-${end}`);
    const rows = ids.map((id, index) =>
      deliveryRow(hook.id, { id, state: index === 1 ? 'failed' : 'delivered', next_at: null }),
    );
    await current().write(insert, { webhooks: [hook], webhook_deliveries: rows });
    const ask = { hookId: hook.id, state: undefined, after: undefined, limit: 2 };
    const idsOf = (found: readonly WebhookDeliveryRow[]) => found.map(({ id }) => id);
    assert.deepEqual(idsOf(await read(deliveries.listDeliveries, ask)), [ids[2], ids[1]]);
    assert.deepEqual(idsOf(await read(deliveries.listDeliveries, { ...ask, after: ids[1] })), [ids[0]]);
    assert.deepEqual(idsOf(await read(deliveries.listDeliveries, { ...ask, state: 'failed' })), [ids[1]]);
    assert.deepEqual(await read(deliveries.findDelivery, hook.id, ids[0] ?? ''), rows[0]);
    assert.equal(await read(deliveries.findDelivery, 'another', ids[0] ?? ''), undefined);
  });

  test('a try ends the delivery that was tried, and not what it is meanwhile', async () => {
    const hook = hookRow(unique('account'));
    const row = deliveryRow(hook.id);
    await current().write(insert, { webhooks: [hook], webhook_deliveries: [row] });
    const tried = { id: row.id, attempts: 0 };
    assert.equal(await write(deliveries.endTry, tried, { attempts: 1 }), true);
    assert.equal(await write(deliveries.endTry, tried, { attempts: 1 }), false);
    await write(deliveries.updateDelivery, row.id, { state: 'delivered', next_at: null });
    assert.equal(await write(deliveries.endTry, { ...tried, attempts: 1 }, { state: 'failed' }), false);
    assert.equal((await read(deliveries.findDelivery, hook.id, row.id))?.state, 'delivered');
  });

  test('what waits is dropped, and what is old or of a removed hook deleted, a piece at a time', async () => {
    const hook = hookRow(unique('account'));
    const rows = [1, 2, 3].map((number) => deliveryRow(hook.id, { number, created_at: number }));
    await current().write(insert, { webhooks: [hook], webhook_deliveries: rows });
    const drop = { hookId: hook.id, because: 'off', limit: 2 };
    assert.equal(await write(deliveries.dropPending, drop), 2);
    assert.equal(await write(deliveries.dropPending, drop), 1);
    assert.equal(await write(deliveries.dropPending, drop), 0);
    const found = await read(deliveries.findDelivery, hook.id, rows[0]?.id ?? '');
    assert.deepEqual([found?.state, found?.next_at, found?.last_error], ['dropped', null, 'off']);
    assert.equal(await write(deliveries.deleteBefore, 2, 10), 1);
    assert.equal(await write(deliveries.deleteOfHook, hook.id, 1), 1);
    assert.equal(await write(deliveries.deleteOfHook, hook.id, 10), 1);
  });

  test('how far the log was read is one fact, and lost events are counted with their hook', async () => {
    const hook = hookRow(unique('account'));
    await current().write(insert, { webhooks: [hook] });
    await write(outbox.putPosition, 5);
    await write(outbox.putPosition, 9);
    assert.equal(await read(outbox.findPosition), 9);
    await write(outbox.noteDropped, hook.id, 2);
    await write(outbox.noteDropped, hook.id, 3);
    assert.equal((await read(hooks.findHookById, hook.id))?.dropped, 5);
  });
};

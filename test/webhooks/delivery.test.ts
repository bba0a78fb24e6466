import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { Webhook as Verifier } from 'standardwebhooks';
import { Caller } from '../access/caller.ts';
import { type Holder, Identities } from '../access/identities.ts';
import { v2Policy } from '../access/policy-documents.ts';
import { DAY, HOUR, MINUTE } from '../support/clock.ts';
import { AllRows, openRows } from '../support/rows.ts';
import { until } from '../support/until.ts';
import { Hooked } from './hooked.ts';
import type { Taken } from './receiver.ts';

let on: Hooked;
before(async () => {
  on = await Hooked.start();
});
after(() => on[Symbol.asyncDispose]());
afterEach(() => on.clear());

/** Throws unless this secret has signed it: the library also looks at the time, and the clock of a test stands still. */
const verify = (secret: string, { headers, body }: Taken): void => {
  const time = new Date(Number(headers['webhook-timestamp']) * 1000);
  const signature = new Verifier(secret).sign(headers['webhook-id'] ?? '', time, body);
  const signatures = headers['webhook-signature'] ?? '';
  assert.ok(signatures.split(' ').includes(signature), signatures);
};

const tagOf = ({ body }: Taken): string => JSON.parse(body).data.tag;

const idOf = ({ headers }: Taken): string => headers['webhook-id'] ?? '';

describe('a delivery', () => {
  test('is signed, and tells what was pushed and by whom', async () => {
    const repository = `${await on.namespace()}/app`;
    const hook = await on.add();
    const digest = await on.push(repository, '1.0');
    const [taken] = await on.taken(hook.path);
    assert.ok(taken);
    verify(hook.secret, taken);
    const { data } = JSON.parse(taken.body);
    assert.deepEqual([data.repository, data.tag, data.digest], [repository, '1.0', digest]);
    const delivery = await on.delivery(hook.id, ({ state }) => state === 'delivered');
    assert.deepEqual([delivery.last_status, delivery.attempts], [204, 1]);
    assert.equal(delivery.message_id, idOf(taken));
  });

  test('is tried again after 5 seconds, 5 minutes, 30 minutes and so on for three days, with one id', async () => {
    const { path, id } = await on.add();
    on.receiver.behaviours.set(path, { status: 500 });
    await on.push(`${await on.namespace()}/app`, 'v1');
    // each with its jitter of a fifth
    const waits = [5_000, 5 * MINUTE, 30 * MINUTE, ...[2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR)];
    for (const [index, wait] of waits.entries()) {
      const delivery = await on.delivery(id, ({ attempts }) => attempts === index + 1);
      const next = Date.parse(delivery.next_at ?? '') - Date.parse(delivery.last_at ?? '');
      assert.ok(next >= wait && next <= wait * 1.2 + 1000, `${index}: ${next} of ${wait}`);
      on.registry.clock.advance(wait * 1.2 + 1000);
      // a receiver that is down for days would be switched off (below)
      if (index > 4) break;
    }
    const all = await on.taken(path, 6);
    assert.equal(new Set(all.map(idOf)).size, 1);
    assert.equal(new Set(all.map(({ headers }) => headers['webhook-timestamp'])).size, all.length);
    assert.equal(new Set(all.map(({ body }) => body)).size, 1);
  });

  test('that fails lets the others pass, and these keep their order', async () => {
    const repository = `${await on.namespace()}/app`;
    const { path, id } = await on.add();
    on.receiver.behaviours.set(path, { status: 503 });
    await on.push(repository, 'first');
    await on.delivery(id, ({ attempts }) => attempts === 1);
    on.receiver.behaviours.delete(path);
    for (const tag of ['second', 'third', 'fourth']) await on.push(repository, tag);
    await on.taken(path, 4);
    on.registry.clock.advance(10_000);
    const all = await on.taken(path, 5);
    assert.deepEqual(all.map(tagOf), ['first', 'second', 'third', 'fourth', 'first']);
  });

  test('O38: asked for again it has the same id, and the time of now', async () => {
    const { path, id } = await on.add();
    await on.push(`${await on.namespace()}/app`, 'v1');
    const delivery = await on.delivery(id, ({ state }) => state === 'delivered');
    on.registry.clock.advance(HOUR);
    const again = await on.ask('POST', `/api/v1/webhooks/${id}/deliveries/${delivery.id}/redeliver`, {});
    assert.ok(again.status < 300, JSON.stringify(again.body));
    const [first, second] = await on.taken(path, 2);
    assert.ok(first && second);
    assert.equal(idOf(second), idOf(first));
    assert.equal(second.body, first.body);
    const times = [first, second].map(({ headers }) => Number(headers['webhook-timestamp']));
    assert.equal((times[1] ?? 0) - (times[0] ?? 0), 3600);
  });

  test('of a test goes to its hook alone', async () => {
    const { path, id } = await on.add();
    const other = await on.add();
    assert.ok((await on.ask('POST', `/api/v1/webhooks/${id}/test`, {})).status < 300);
    const [taken] = await on.taken(path);
    assert.match(taken?.body ?? '', /webhook\.test/);
    assert.deepEqual(on.receiver.at(other.path), []);
  });
});

describe('what a receiver answers', () => {
  test('O35: a redirect is a failure, and is not followed', async () => {
    const { path, id } = await on.add();
    on.receiver.behaviours.set(path, { status: 302, headers: { location: on.receiver.url('/elsewhere') } });
    await on.push(`${await on.namespace()}/app`, 'v1');
    const delivery = await on.delivery(id, ({ attempts }) => attempts === 1);
    assert.deepEqual([delivery.state, delivery.last_status], ['pending', 302]);
    assert.deepEqual(on.receiver.at('/elsewhere'), []);
  });

  test('O35: 410 switches the hook off, and the audit log says so', async () => {
    const repository = `${await on.namespace()}/app`;
    const { path, id } = await on.add();
    on.receiver.behaviours.set(path, { status: 410 });
    await on.push(repository, 'v1');
    await until('it is off', async () => !(await on.find(id)).enabled);
    assert.equal((await on.find(id)).disabled_reason, 'gone');
    const { body } = await on.ask('GET', `/api/v1/audit/events?action=container-registry.webhook.disable`);
    assert.match(JSON.stringify(body), new RegExp(id));
  });

  test('O35: Retry-After is kept, for all that waits for the hook', async () => {
    const repository = `${await on.namespace()}/app`;
    const { path, id } = await on.add();
    on.receiver.behaviours.set(path, { status: 429, headers: { 'retry-after': '600' } });
    const whole = await on.add();
    await on.push(repository, 'v1');
    const delivery = await on.delivery(id, ({ attempts }) => attempts === 1);
    assert.equal(Date.parse(delivery.next_at ?? '') - Date.parse(delivery.last_at ?? ''), 600_000);
    on.receiver.behaviours.delete(path);
    await on.push(repository, 'v2');
    await on.taken(whole.path, 2);
    on.registry.clock.advance(599_000);
    // another hook goes on meanwhile: so this one was looked at, and left alone
    await on.push(repository, 'v3');
    await on.taken(whole.path, 3);
    assert.equal(on.receiver.at(path).length, 1);
    on.registry.clock.advance(1000);
    assert.deepEqual((await on.taken(path, 4)).map(tagOf).sort(), ['v1', 'v1', 'v2', 'v3']);
  });

  test('O35: Retry-After is kept with any refusal, until the hook has another address', async () => {
    const repository = `${await on.namespace()}/app`;
    const { path, id } = await on.add();
    on.receiver.behaviours.set(path, { status: 503, headers: { 'retry-after': '3600' } });
    await on.push(repository, 'v1');
    const delivery = await on.delivery(id, ({ attempts }) => attempts === 1);
    assert.equal(Date.parse(delivery.next_at ?? '') - Date.parse(delivery.last_at ?? ''), HOUR);
    assert.ok((await on.find(id)).paused_until);
    const other = `${path}-other`;
    await on.change(id, { url: on.receiver.url(other) });
    const { paused_until: paused, failing_since: failing } = await on.find(id);
    assert.deepEqual([paused, failing], [undefined, undefined]);
    await on.push(repository, 'v2');
    assert.deepEqual((await on.taken(other)).map(tagOf), ['v2']);
  });

  test('O37: its body is shown to no one, and is not kept', async () => {
    const { path, id } = await on.add();
    const secret = 'the-inner-network-says-hello';
    on.receiver.behaviours.set(path, { status: 500, body: secret, headers: { 'x-note': secret } });
    await on.push(`${await on.namespace()}/app`, 'v1');
    await on.delivery(id, ({ attempts }) => attempts === 1);
    const shown = [
      await on.ask('GET', `/api/v1/webhooks/${id}`),
      await on.ask('GET', `/api/v1/webhooks/${id}/deliveries`),
      await on.ask('GET', '/api/v1/audit/events'),
    ];
    await using rows = await AllRows.open(on.registry.database);
    for (const text of [JSON.stringify(shown), JSON.stringify(await rows.read()), on.registry.logged.join()])
      assert.ok(!text.includes(secret));
  });

  test('an answer without an end is not read on and on', async () => {
    const { path, id } = await on.add();
    on.receiver.behaviours.set(path, { status: 200, body: 'x'.repeat(4 << 20) });
    await on.push(`${await on.namespace()}/app`, 'v1');
    const delivery = await on.delivery(id, ({ attempts }) => attempts === 1);
    assert.equal(delivery.state, 'delivered');
  });

  test('a hook to which nothing arrives for 5 days is switched off: an event, a warning and a metric say so', async () => {
    const repository = `${await on.namespace()}/app`;
    const { path, id, name } = await on.add();
    on.receiver.behaviours.set(path, { status: 500 });
    await on.push(repository, 'v1');
    await on.delivery(id, ({ attempts }) => attempts === 1);
    on.registry.clock.advance(5 * DAY);
    await until('it is off', async () => !(await on.find(id)).enabled);
    assert.equal((await on.find(id)).disabled_reason, 'failing');
    await on.registry.runJob('find-warnings');
    const { body } = await on.ask('GET', '/api/v1/warnings');
    const warning = body.warnings.find(({ kind }: { kind: string }) => kind === 'webhook-fails');
    assert.ok(JSON.stringify(body).includes(name), JSON.stringify(warning));
    const { access_token: token } = await on.registry.login();
    const metrics = await on.registry.fetch('/metrics', { headers: { Authorization: `Bearer ${token}` } });
    assert.match(await metrics.text(), /tidegate_webhook_deliveries_total\{result="disabled"\} \d/);
  });

  test('O36: a receiver that says nothing delays no other hook and no push', async () => {
    const repository = `${await on.namespace()}/app`;
    const [slow, quick] = [await on.add(), await on.add()];
    on.receiver.behaviours.set(slow.path, 'silent');
    await on.push(repository, 'v1');
    await on.taken(slow.path);
    // the slow one is under way now, and stays so
    for (const tag of ['v2', 'v3', 'v4']) await on.push(repository, tag);
    assert.deepEqual((await on.taken(quick.path, 4)).map(tagOf), ['v1', 'v2', 'v3', 'v4']);
    assert.equal(on.receiver.at(slow.path).length, 1);
    const delivery = await on.delivery(slow.id, ({ attempts }) => attempts === 1);
    assert.match(delivery.last_error ?? '', /no answer within 15 s/);
  });
});

describe('secrets', () => {
  test('O31: while a secret is rotated both sign, and afterwards the new one alone', async () => {
    const repository = `${await on.namespace()}/app`;
    const hook = await on.add();
    const rotated = await on.ask('POST', `/api/v1/webhooks/${hook.id}/rotate`, { overlap: 3600 });
    assert.equal(rotated.status, 200, JSON.stringify(rotated.body));
    await on.push(repository, 'v1');
    const [both] = await on.taken(hook.path);
    assert.ok(both);
    verify(hook.secret, both);
    verify(rotated.body.secret, both);
    on.registry.clock.advance(HOUR);
    await on.push(repository, 'v2');
    const [, one] = await on.taken(hook.path, 2);
    assert.ok(one);
    verify(rotated.body.secret, one);
    assert.throws(() => verify(hook.secret, one));
  });

  test('a secret is kept sealed, and shown once', async () => {
    const { secret, id } = await on.add();
    await using rows = await AllRows.open(on.registry.database);
    const bytes = secret.slice('whsec_'.length);
    for (const text of [
      JSON.stringify(await rows.read()),
      JSON.stringify(await on.find(id)),
      on.registry.logged.join(),
    ])
      assert.ok(!text.includes(bytes));
  });
});

describe('in whose right', () => {
  const administrator = async (): Promise<Holder & { policy: string }> => {
    const holder = await new Identities(on.registry).serviceId();
    const owner = await Caller.login(on.registry);
    const { status, body } = await owner.post(
      '/v2/policies',
      v2Policy(holder.iamId, 'Administrator', on.registry.accountId),
    );
    assert.equal(status, 201, JSON.stringify(body));
    return { ...holder, policy: body.id };
  };

  test('a hook of someone who is no Administrator any more is switched off, until another changes it', async () => {
    const repository = `${await on.namespace()}/app`;
    const { policy, ...holder } = await administrator();
    const { path, id } = await on.add({}, holder);
    await on.push(repository, 'v1');
    await on.taken(path);
    assert.equal((await on.ask('DELETE', `/v2/policies/${policy}`)).status, 204);
    await on.push(repository, 'v2');
    await until('it is off', async () => !(await on.find(id)).enabled);
    assert.equal((await on.find(id)).disabled_reason, 'no-right');
    assert.equal(on.receiver.at(path).length, 1);
    await on.change(id, { enabled: true });
    await on.push(repository, 'v3');
    assert.deepEqual((await on.taken(path, 2)).map(tagOf), ['v1', 'v3']);
  });

  test('O39: a suspended account is silent, and goes on when it is resumed', async () => {
    const stranger = await new Identities(on.registry).stranger();
    const { path, id } = await on.add({}, stranger);
    const own = await on.add();
    const state = (verb: string) => on.ask('POST', `/api/v1/accounts/${stranger.accountId}/${verb}`, {});
    const tested = await on.ask('POST', `/api/v1/webhooks/${id}/test`, {}, stranger);
    assert.ok(tested.status < 300, JSON.stringify(tested.body));
    await on.taken(path);
    on.receiver.behaviours.set(path, { status: 500 });
    await on.ask('POST', `/api/v1/webhooks/${id}/test`, {}, stranger);
    await on.taken(path, 2);
    const suspended = await state('suspend');
    assert.ok(suspended.status < 300, JSON.stringify(suspended.body));
    on.registry.clock.advance(MINUTE);
    // another account's hook is delivered to: so this one was looked at
    await on.push(`${await on.namespace()}/app`, 'v1');
    await on.taken(own.path);
    assert.equal(on.receiver.at(path).length, 2);
    on.receiver.behaviours.delete(path);
    assert.ok((await state('resume')).status < 300);
    on.registry.clock.advance(2 * MINUTE);
    await on.taken(path, 3);
  });

  test('what waits for a hook that is switched off is dropped', async () => {
    const { path, id } = await on.add();
    on.receiver.behaviours.set(path, { status: 500 });
    await on.push(`${await on.namespace()}/app`, 'v1');
    await on.delivery(id, ({ attempts }) => attempts === 1);
    await on.change(id, { enabled: false });
    await on.registry.runJob('clear-webhooks');
    const [delivery] = await on.deliveries(id);
    assert.deepEqual([delivery?.state, delivery?.next_at], ['dropped', undefined]);
  });

  test('a removed hook leaves no row, and the log of deliveries goes back 30 days', async () => {
    const { path, id } = await on.add();
    const kept = await on.add();
    await on.push(`${await on.namespace()}/app`, 'v1');
    await on.taken(path);
    await on.delivery(kept.id, ({ state }) => state === 'delivered');
    assert.equal((await on.ask('DELETE', `/api/v1/webhooks/${id}`)).status, 204);
    await on.registry.runJob('clear-webhooks');
    await using rows = await AllRows.open(on.registry.database);
    assert.ok(
      !JSON.stringify(
        await rows.read().then(({ webhooks, webhook_deliveries: all }) => [webhooks, all]),
      ).includes(id),
    );
    on.registry.clock.advance(30 * DAY);
    await on.registry.runJob('clear-webhooks');
    assert.equal((await on.deliveries(kept.id)).length, 1);
    on.registry.clock.advance(1000);
    await on.registry.runJob('clear-webhooks');
    assert.deepEqual(await on.deliveries(kept.id), []);
  });
});

test('an event that cannot be written in a form is dropped, and holds up nothing behind it', async () => {
  const { path, id } = await on.add();
  on.receiver.behaviours.set(path, { status: 503, headers: { 'retry-after': '60' } });
  await on.push(`${await on.namespace()}/app`, 'broken');
  await on.delivery(id, ({ attempts }) => attempts === 1);
  // as an earlier version may have left it
  const rows = openRows(on.registry.database);
  const event = JSON.stringify({ id: 'a.b', kind: 'image.pushed', at: 1, actor: { name: 'x' } });
  await rows.updateTable('webhook_deliveries').set({ event }).where('hook_id', '=', id).execute();
  await rows.destroy();
  on.receiver.behaviours.delete(path);
  on.registry.clock.advance(MINUTE);
  await on.push(`${await on.namespace()}/app`, 'sound');
  await until('it arrives', () => on.receiver.at(path).length === 2);
  const found = await on.deliveries(id);
  assert.deepEqual(found.map(({ state }) => state).sort(), ['delivered', 'dropped']);
});

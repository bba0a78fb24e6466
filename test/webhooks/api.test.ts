import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { WEBHOOK_EVENTS } from '../../src/wire/webhooks.ts';
import { AllRows } from '../support/rows.ts';
import { Hooked } from './hooked.ts';

const PATH = '/api/v1/webhooks';
const URL_OF = 'https://hooks.example.com/in';

let on: Hooked;
before(async () => {
  on = await Hooked.start();
});
after(() => on[Symbol.asyncDispose]());

const ask = (method: string, path: string, body?: object) => on.ask(method, path, body);

const secretOf = (bytes: number): string => `whsec_${randomBytes(bytes).toString('base64')}`;

/** A request with further headers, as the owner. */
const withHeaders = async (method: string, path: string, headers: Record<string, string>, body?: object) => {
  const { access_token: token } = await on.registry.login();
  return on.registry.fetch(path, {
    method,
    headers: {
      Authorization: `Bearer ${token}`,
      Account: on.registry.accountId,
      ...(body ? { 'Content-Type': 'application/json' } : {}),
      ...headers,
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
};

const removeAll = async (): Promise<void> => {
  for (const { id } of (await ask('GET', PATH)).body) await ask('DELETE', `${PATH}/${id}`);
};

describe('a webhook', () => {
  test('is made, read, listed by name and removed; only the answer that makes it has the secret', async () => {
    await removeAll();
    const asked = { name: 'deploy', description: 'to the cluster', url: URL_OF, events: ['image.pushed'] };
    const made = await ask('POST', PATH, asked);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const { secret, ...webhook } = made.body;
    assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
    assert.equal(made.headers.get('location'), `${PATH}/${webhook.id}`);
    assert.equal(made.headers.get('etag'), webhook.entity_tag);
    assert.equal(made.headers.get('cache-control'), 'no-store');
    const { ownerIamId: owner } = on.registry;
    const at = new Date(on.registry.clock.now()).toISOString();
    assert.deepEqual(webhook, {
      id: webhook.id,
      entity_tag: webhook.entity_tag,
      ...asked,
      form: 'standard',
      enabled: true,
      dropped: 0,
      created_at: at,
      created_by: owner,
      modified_at: at,
      answered_by: owner,
    });
    const read = await ask('GET', `${PATH}/${webhook.id}`);
    assert.deepEqual([read.status, read.body, read.headers.get('etag')], [200, webhook, webhook.entity_tag]);
    await on.add({ name: 'audit' });
    const listed = await ask('GET', PATH);
    assert.deepEqual(
      listed.body.map(({ name }: { name: string }) => name),
      ['audit', 'deploy'],
    );
    assert.ok(!JSON.stringify(listed.body).includes('whsec_'));
    assert.equal((await ask('DELETE', `${PATH}/${webhook.id}`)).status, 204);
    assert.equal((await ask('GET', `${PATH}/${webhook.id}`)).status, 404);
    assert.equal((await ask('DELETE', `${PATH}/${webhook.id}`)).status, 404);
  });

  test('of a namespace names it, is listed with it, and is refused for one that the account does not have', async () => {
    await removeAll();
    const namespace = await on.namespace();
    const { id } = await on.add({ namespace });
    await on.add();
    const { body } = await ask('GET', `${PATH}?namespace=${namespace}`);
    assert.deepEqual(
      body.map((each: { id: string; namespace: string }) => [each.id, each.namespace]),
      [[id, namespace]],
    );
    const asked = { name: 'x', url: URL_OF, events: ['image.pushed'], namespace: 'not-here' };
    const refused = await ask('POST', PATH, asked);
    assert.deepEqual([refused.status, refused.body.code], [404, 'CRG0004E']);
  });

  test('can have a secret that its receiver has already', async () => {
    await removeAll();
    for (const bytes of [24, 64]) {
      const secret = secretOf(bytes);
      assert.equal((await on.add({ secret })).secret, secret);
    }
  });

  const long = (length: number): string => 'x'.repeat(length);
  for (const [what, fields] of [
    ['without a name', { name: undefined }],
    ['with an empty name', { name: '' }],
    ['with a name of blanks', { name: '  ' }],
    ['with a name of 101 characters', { name: long(101) }],
    ['with a description of 501 characters', { description: long(501) }],
    ['without an address', { url: undefined }],
    ['with an address of 2001 characters', { url: `https://a.example.com/${long(2001 - 22)}` }],
    ['with an address of another kind', { url: 'file:///etc/passwd' }],
    ['with an address that has a blank', { url: 'https://a.example.com/a b' }],
    ['with an address that has a line end', { url: 'https://a.example.com/\r\nX-Admin: yes' }],
    ['with an address that has a password', { url: 'https://user:secret@a.example.com/' }],
    ['with an address in a private network', { url: 'https://10.0.0.1/' }],
    ['without events', { events: undefined }],
    ['with no event', { events: [] }],
    ['with an unknown event', { events: ['image.pushed', 'image.scanned'] }],
    ['with an event twice', { events: ['image.pushed', 'image.pushed'] }],
    ['with ten events', { events: [...WEBHOOK_EVENTS, 'image.pushed'] }],
    ['with an unknown form', { form: 'quay' }],
    ['with an event that its form has no words for', { form: 'dockerhub', events: ['image.deleted'] }],
    ['with a secret of 23 bytes', { secret: secretOf(23) }],
    ['with a secret of 65 bytes', { secret: secretOf(65) }],
    ['with a secret that is no base64', { secret: 'whsec_not base64 at all, but quite long' }],
    ['with a secret of a public key', { secret: secretOf(32).replace('whsec_', 'whpk_') }],
    ['with a namespace of 256 characters', { namespace: long(256) }],
    ['with a number for its name', { name: { a: 1 } }],
  ] as const)
    test(`${what} is refused with 400, and nothing is made`, async () => {
      await removeAll();
      const asked = { name: 'deploy', url: URL_OF, events: ['image.pushed'], ...fields };
      const { status, body } = await ask('POST', PATH, asked);
      assert.equal(status, 400, JSON.stringify(body));
      assert.equal(body.code, what === 'without a name' ? body.code : 'CRG0001E');
      const { secret } = fields as { secret?: string };
      if (secret)
        assert.ok(!JSON.stringify(body).includes(secret.slice(6, 20)), 'the refusal repeats the secret');
      assert.deepEqual((await ask('GET', PATH)).body, []);
    });

  test('at its bounds is made: 100 characters of name, 2000 of address, any text for a name', async () => {
    await removeAll();
    const url = `https://a.example.com/${long(2000 - 22)}`;
    const made = await ask('POST', PATH, { name: long(100), url, events: ['image.pushed'] });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const name = '\r\nX-Admin: yes\u0000<script>한글';
    assert.equal((await ask('POST', PATH, { name, url: URL_OF, events: ['image.pushed'] })).status, 201);
  });

  test('one of a name is in an account, and 20 of them', async () => {
    await removeAll();
    await on.add({ name: 'deploy' });
    const again = await ask('POST', PATH, { name: 'deploy', url: URL_OF, events: ['image.pushed'] });
    assert.deepEqual([again.status, again.body.code], [409, 'CRG0005E']);
    for (let made = 1; made < 20; made++) await on.add();
    const more = await ask('POST', PATH, { name: 'more', url: URL_OF, events: ['image.pushed'] });
    assert.deepEqual([more.status, more.body.code], [409, 'CRG0006E']);
    await removeAll();
  });
});

describe('a change', () => {
  test('is of what is named, of the version that was read, and gives the next version', async () => {
    const hook = await on.add({ events: ['image.pushed', 'image.deleted'] });
    const path = `${PATH}/${hook.id}`;
    const changed = await withHeaders('PATCH', path, { 'If-Match': hook.entity_tag }, { url: URL_OF });
    const body = (await changed.json()) as typeof hook;
    assert.equal(changed.status, 200, JSON.stringify(body));
    assert.deepEqual(
      [body.url, body.name, body.events, body.enabled],
      [URL_OF, hook.name, hook.events, true],
    );
    assert.notEqual(body.entity_tag, hook.entity_tag);
    assert.equal(changed.headers.get('etag'), body.entity_tag);
    assert.ok(!('secret' in body));
  });

  test('without If-Match is 400, of another version 412; quotes and * are read', async () => {
    const { id, entity_tag: tag } = await on.add();
    const change = (headers: Record<string, string>) =>
      withHeaders('PATCH', `${PATH}/${id}`, headers, { description: 'other' });
    assert.equal((await change({})).status, 400);
    assert.equal((await change({ 'If-Match': '1-00000000000000000000000000000000' })).status, 412);
    assert.equal((await change({ 'If-Match': `W/"${tag}"` })).status, 412);
    assert.equal((await change({ 'If-Match': `"${tag}"` })).status, 200);
    assert.equal((await change({ 'If-Match': tag })).status, 412, 'the version that was read is gone');
    assert.equal((await change({ 'If-Match': '*' })).status, 200);
  });

  test('switches it off and on again; form, namespace and secret are not changed by it', async () => {
    const hook = await on.add();
    const change = async (body: object) =>
      (await withHeaders('PATCH', `${PATH}/${hook.id}`, { 'If-Match': '*' }, body)).json() as Promise<
        Record<string, unknown>
      >;
    const off = await change({ enabled: false });
    assert.deepEqual([off.enabled, off.disabled_reason], [false, 'asked']);
    const started = await ask('POST', `${PATH}/${hook.id}/test`);
    assert.deepEqual([started.status, started.body.code], [409, 'CRG0005E']);
    const back = await change({ enabled: true, form: 'harbor', secret: secretOf(32), namespace: 'other' });
    assert.deepEqual([back.enabled, back.disabled_reason, back.form], [true, undefined, 'standard']);
    assert.equal(back.namespace, undefined);
  });

  test('keeps the bounds of making one', async () => {
    const { id } = await on.add({ form: 'dockerhub' });
    for (const body of [
      { name: '' },
      { url: 'https://127.0.0.2/' },
      { url: 'ftp://a.example.com/' },
      { events: [] },
      { events: ['key.leaked'] },
      { description: 'x'.repeat(501) },
      { enabled: 'perhaps' },
    ]) {
      const answer = await withHeaders('PATCH', `${PATH}/${id}`, { 'If-Match': '*' }, body);
      assert.equal(answer.status, 400, `${JSON.stringify(body)}: ${await answer.text()}`);
    }
  });
});

describe('a secret', () => {
  test('is nowhere but in the answers that make it: not in lists, deliveries, the audit log, the log, or the rows', async () => {
    const given = secretOf(40);
    const hook = await on.add({ secret: given });
    const { body: rotated } = await ask('POST', `${PATH}/${hook.id}/rotate`, {});
    assert.match(rotated.secret, /^whsec_/);
    assert.notEqual(rotated.secret, given);
    const tested = await ask('POST', `${PATH}/${hook.id}/test`);
    assert.equal(tested.status, 202, JSON.stringify(tested.body));
    await on.delivery(hook.id, ({ state }) => state === 'delivered');
    const asked = [
      PATH,
      `${PATH}/${hook.id}`,
      `${PATH}/${hook.id}/deliveries`,
      `${PATH}/${hook.id}/deliveries/${tested.body.id}`,
      '/api/v1/audit/events',
    ];
    const answers = await Promise.all(
      asked.map(async (path) => {
        const { status, body } = await ask('GET', path);
        assert.equal(status, 200, path);
        return JSON.stringify(body);
      }),
    );
    await using rows = await AllRows.open(on.registry.database);
    const kept = JSON.stringify(await rows.read());
    assert.ok(kept.includes(hook.id), 'the rows were read');
    assert.ok(answers.at(-1)?.includes(hook.id), 'the audit log names the webhook');
    for (const secret of [given, rotated.secret]) {
      const text = secret.slice('whsec_'.length);
      const forms = [text, Buffer.from(text, 'base64').toString('hex'), JSON.stringify(text).slice(1, -1)];
      for (const form of forms) {
        assert.ok(!answers.join().includes(form));
        assert.ok(!kept.includes(form), 'a row has it');
        assert.ok(!on.registry.logged.join().includes(form), 'the log has it');
      }
    }
  });

  test('the path and the query of an address are in no event of the audit log and in no line of the log: they may be one', async () => {
    const url = on.receiver.url('/hook/path-secret?secret=query-secret');
    const hook = await on.add({ url });
    await withHeaders('PATCH', `${PATH}/${hook.id}`, { 'If-Match': '*' }, { url: `${url}2` });
    await ask('POST', `${PATH}/${hook.id}/test`);
    await on.delivery(hook.id, ({ state }) => state === 'delivered');
    const { body } = await ask('GET', '/api/v1/audit/events');
    for (const text of [JSON.stringify(body), on.registry.logged.join()])
      assert.doesNotMatch(text, /path-secret|query-secret/);
    assert.ok(JSON.stringify(body).includes(hook.id));
  });

  test('that goes to another host says so in the audit log: the host of before and the one of now', async () => {
    const hook = await on.add({ url: URL_OF });
    const url = 'https://other.example.net:8443/path?query';
    await withHeaders('PATCH', `${PATH}/${hook.id}`, { 'If-Match': '*' }, { url });
    const { body } = await ask('GET', '/api/v1/audit/events?action=container-registry.webhook.*');
    const of = (action: string) =>
      body.events.find(
        (event: { action: string; target: { id: string } }) =>
          event.action === `container-registry.webhook.${action}` && event.target.id === hook.id,
      )?.requestData;
    assert.deepEqual(of('create').host, { to: 'hooks.example.com' });
    assert.deepEqual(of('update').host, { from: 'hooks.example.com', to: 'other.example.net:8443' });
  });

  test('is rotated: both sign for the time that is asked for, at most seven days, then the new one alone', async () => {
    const { id, secret: before, path } = await on.add();
    const asked = { overlap: 3600, secret: secretOf(32) };
    const { body, headers, status } = await ask('POST', `${PATH}/${id}/rotate`, asked);
    assert.deepEqual([status, body.secret], [200, asked.secret]);
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.equal(Date.parse(body.old_secret_until) - on.registry.clock.now(), 3_600_000);
    const signatures = async (): Promise<string[]> => {
      const count = on.receiver.at(path).length;
      assert.equal((await ask('POST', `${PATH}/${id}/test`)).status, 202);
      const taken = (await on.taken(path, count + 1)).at(-1);
      return taken?.headers['webhook-signature']?.split(' ') ?? [];
    };
    assert.equal((await signatures()).length, 2);
    on.registry.clock.advance(3_600_001);
    assert.equal((await signatures()).length, 1);
    for (const wrong of [
      { overlap: 604_801 },
      { overlap: -1 },
      { overlap: 0.5 },
      { secret: before.slice(0, 20) },
    ])
      assert.equal((await ask('POST', `${PATH}/${id}/rotate`, wrong)).status, 400, JSON.stringify(wrong));
    const { body: ended } = await ask('POST', `${PATH}/${id}/rotate`, { overlap: 0 });
    assert.equal(ended.old_secret_until, undefined);
  });
});

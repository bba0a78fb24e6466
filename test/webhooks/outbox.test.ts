import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { digestOf } from '../../src/oci/digest.ts';
import { Identities } from '../access/identities.ts';
import { jsonOf, OCI_INDEX } from '../spec/content.ts';
import { AllRows } from '../support/rows.ts';
import { Hooked } from './hooked.ts';
import type { Taken } from './receiver.ts';

let on: Hooked;
before(async () => {
  on = await Hooked.start();
});
after(() => on[Symbol.asyncDispose]());
afterEach(() => on.clear());

interface Told {
  readonly type: string;
  readonly tag?: string;
  readonly digest?: string;
  readonly repository?: string;
}

/** What a delivery of the standard form tells, without the prefix of its type. */
const told = ({ body }: Taken): Told => {
  const { type, data } = JSON.parse(body);
  return { type: String(type).split('.').slice(-2).join('.'), ...data };
};

const tags = (taken: readonly Taken[]): (string | undefined)[] => taken.map((each) => told(each).tag);

describe('which events there are', () => {
  test('O30: a push that is refused is never told', async () => {
    const repository = `${await on.namespace()}/app`;
    const { path } = await on.add();
    const missing = `sha256:${'0'.repeat(64)}`;
    const broken = {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [{ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: missing, size: 2 }],
    };
    const refused = await on.registry.v2('PUT', `${repository}/manifests/bad`, {
      headers: { 'Content-Type': broken.mediaType },
      body: JSON.stringify(broken),
    });
    assert.equal(refused.status, 400);
    await on.push(repository, 'good');
    assert.deepEqual(tags(await on.taken(path)), ['good']);
  });

  test('pushes arrive in the order in which they were made', async () => {
    const repository = `${await on.namespace()}/app`;
    const { path } = await on.add();
    const names = Array.from({ length: 30 }, (_, index) => `v${index}`);
    for (const name of names) await on.push(repository, name);
    assert.deepEqual(tags(await on.taken(path, names.length)), names);
  });

  test('each tag that a push sets is told by itself', async () => {
    const repository = `${await on.namespace()}/app`;
    const { path } = await on.add();
    const bytes = jsonOf({
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [],
      annotations: { repository },
    });
    const digest = await on.put(repository, `${digestOf(bytes)}?tag=one&tag=two`, bytes);
    // content that is there already, under one more tag
    await on.put(repository, 'three', bytes);
    const all = (await on.taken(path, 4)).map(told);
    assert.deepEqual(
      all.map((each) => [each.type, each.tag, each.digest]),
      [undefined, 'one', 'two', 'three'].map((tag) => ['image.pushed', tag, digest]),
    );
  });

  test('a tag that moves or goes is told with what it stood for, a deleted image with its digest', async () => {
    const repository = `${await on.namespace()}/app`;
    const { path } = await on.add({ events: ['tag.changed', 'image.deleted'] });
    const first = await on.push(repository, 'latest');
    const second = await on.push(repository, 'latest');
    assert.equal((await on.registry.v2('DELETE', `${repository}/manifests/latest`)).status, 202);
    assert.equal((await on.registry.v2('DELETE', `${repository}/manifests/${first}`)).status, 202);
    const all = (await on.taken(path, 3)).map(({ body }) => JSON.parse(body));
    const text = JSON.stringify(all.map(({ data }) => data));
    assert.deepEqual(
      all.map(({ type }) => String(type).split('.').slice(-2).join('.')),
      ['tag.changed', 'tag.changed', 'image.deleted'],
    );
    assert.ok(text.includes(first) && text.includes(second), text);
  });

  test('pulls are told together, once a minute', async () => {
    const repository = `${await on.namespace()}/app`;
    await on.push(repository, 'app');
    const { path } = await on.add({ events: ['image.pulled'] });
    for (let each = 0; each < 3; each++)
      assert.equal((await on.registry.v2('GET', `${repository}/manifests/app`)).status, 200);
    on.registry.clock.advance(120_000);
    const [taken] = await on.taken(path);
    assert.match(taken?.body ?? '', /image\.pulled/);
    assert.equal(on.receiver.at(path).length, 1);
  });

  test('a key that is reported as leaked is told to a hook of the account', async () => {
    const { path } = await on.add({ events: ['key.leaked'] });
    const { apikey } = await on.registry.createKey('spilled');
    const reported = await on.registry.fetch('/v1/apikeys/leaked', {
      method: 'POST',
      headers: { 'IAM-ApiKey': apikey },
    });
    assert.ok(reported.ok, await reported.text());
    const [taken] = await on.taken(path);
    assert.match(taken?.body ?? '', /spilled/);
    assert.ok(!taken?.body.includes(apikey));
  });
});

describe('whose events they are', () => {
  test('a hook of a namespace is told of that namespace alone', async () => {
    const [own, other] = [await on.namespace(), await on.namespace()];
    const { path } = await on.add({ namespace: own });
    await on.push(`${other}/app`, 'other');
    await on.push(`${own}/app`, 'own');
    assert.deepEqual(tags(await on.taken(path)), ['own']);
  });

  test('a hook is never told of another account', async () => {
    const stranger = await new Identities(on.registry).stranger();
    const theirs = await on.add({}, stranger);
    const own = await on.add();
    await on.push(`${await on.namespace()}/app`, 'own');
    await on.taken(own.path);
    const found = await on.ask('GET', `/api/v1/webhooks/${theirs.id}/deliveries`, undefined, stranger);
    assert.deepEqual(found.body.deliveries, []);
    assert.equal(on.receiver.at(theirs.path).length, 0);
  });

  test('a hook goes with its namespace: one of the same name is another', async () => {
    const namespace = await on.namespace();
    const { path, id } = await on.add({ namespace });
    assert.ok((await on.ask('DELETE', `/api/v1/namespaces/${namespace}`)).status < 300);
    await on.registry.namespaceAdd(namespace);
    const whole = await on.add();
    await on.push(`${namespace}/app`, 'again');
    await on.taken(whole.path);
    assert.equal(on.receiver.at(path).length, 0);
    assert.equal((await on.ask('GET', `/api/v1/webhooks/${id}`)).status, 404);
  });

  test('a hook is told of what happens after it was made', async () => {
    const repository = `${await on.namespace()}/app`;
    await on.push(repository, 'before');
    const { path } = await on.add();
    await on.push(repository, 'after');
    assert.deepEqual(tags(await on.taken(path)), ['after']);
  });
});

test('a push adds no row for hooks: the event of the audit log is the outbox', async () => {
  await using alone = await Hooked.start();
  const repository = `${await alone.namespace()}/app`;
  await alone.push(repository, 'v0');
  const sizes = async (): Promise<Record<string, number>> => {
    await using rows = await AllRows.open(alone.registry.database);
    const all = await rows.read();
    return Object.fromEntries(Object.entries(all).map(([table, { length }]) => [table, length]));
  };
  const before = await sizes();
  await alone.push(repository, 'v1');
  const after = await sizes();
  assert.equal((after.audit_events ?? 0) - (before.audit_events ?? 0), 1);
  assert.deepEqual([after.webhooks, after.webhook_deliveries], [0, 0]);
});

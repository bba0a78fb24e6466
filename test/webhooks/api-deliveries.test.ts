import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Webhook as Verifier } from 'standardwebhooks';
import type { Delivery } from '../../src/wire/webhooks.ts';
import { Identities } from '../access/identities.ts';
import { v2Policy } from '../access/policy-documents.ts';
import { jsonOf, newBytes, OCI_INDEX } from '../spec/content.ts';
import { basic } from '../support/registry.ts';
import { Hooked } from './hooked.ts';
import type { Taken } from './receiver.ts';
import { fluxOfDockerHub, fluxOfGenericHmac, imageUpdaterOfHarbor, kargoOfHarbor } from './receivers.ts';

const PATH = '/api/v1/webhooks';

let on: Hooked;
before(async () => {
  on = await Hooked.start();
});
after(() => on[Symbol.asyncDispose]());

const test202 = async (id: string): Promise<Delivery> => {
  const { status, body, headers } = await on.ask('POST', `${PATH}/${id}/test`);
  assert.equal(status, 202, JSON.stringify(body));
  assert.equal(headers.get('location'), `${PATH}/${id}/deliveries/${body.id}`);
  return body;
};

const isDone = ({ attempts }: Delivery): boolean => attempts > 0;

describe('the log of deliveries', () => {
  test('says what became of each, newest first, page by page, and in one state', async () => {
    const { id, path } = await on.add();
    const ids: string[] = [];
    for (let sent = 0; sent < 5; sent++) {
      ids.unshift((await test202(id)).id);
      await on.taken(path, sent + 1);
      on.registry.clock.advance(1000);
    }
    await on.delivery(id, (each) => each.id === ids[0] && isDone(each));
    const seen: string[] = [];
    let next: string | undefined;
    do {
      const start = next === undefined ? '' : `&start=${next}`;
      const { body } = await on.ask('GET', `${PATH}/${id}/deliveries?limit=2${start}`);
      assert.ok(body.deliveries.length <= 2);
      seen.push(...body.deliveries.map((each: Delivery) => each.id));
      next = body.next;
    } while (next !== undefined && seen.length < 10);
    assert.deepEqual(seen, ids);
    const { body: found } = await on.ask('GET', `${PATH}/${id}/deliveries?state=failed`);
    assert.deepEqual(found, { deliveries: [] });
  });

  test('a limit of 0 or 201 and an unknown state are 400; a start of another list shows nothing of it', async () => {
    const one = await on.add();
    const other = await on.add();
    const { id: foreign } = await test202(other.id);
    for (const query of ['limit=0', 'limit=201', 'limit=x', 'state=sent', `start=${'x'.repeat(101)}`]) {
      const { status } = await on.ask('GET', `${PATH}/${one.id}/deliveries?${query}`);
      assert.equal(status, 400, query);
    }
    const { body } = await on.ask('GET', `${PATH}/${one.id}/deliveries?start=${foreign}`);
    assert.deepEqual(body, { deliveries: [] });
  });

  test('a delivery is found below its own webhook alone', async () => {
    const one = await on.add();
    const other = await on.add();
    const { id } = await test202(one.id);
    assert.equal((await on.ask('GET', `${PATH}/${one.id}/deliveries/${id}`)).status, 200);
    assert.equal((await on.ask('GET', `${PATH}/${other.id}/deliveries/${id}`)).status, 404);
    assert.equal((await on.ask('POST', `${PATH}/${other.id}/deliveries/${id}/redeliver`)).status, 404);
    assert.equal((await on.ask('GET', `${PATH}/${one.id}/deliveries/none`)).status, 404);
  });

  test('O37 what the receiver answers is shown to no member: only its status is kept', async () => {
    const { id, path } = await on.add();
    const headers = { 'X-Internal': 'header-of-the-inside', Location: 'http://10.0.0.1/of-the-inside' };
    on.receiver.behaviours.set(path, { status: 500, headers, body: '{"token":"body-of-the-inside"}' });
    const { id: delivery } = await test202(id);
    const tried = await on.delivery(id, isDone);
    assert.deepEqual([tried.state, tried.last_status], ['pending', 500]);
    const asked = [`${PATH}/${id}`, `${PATH}/${id}/deliveries`, `${PATH}/${id}/deliveries/${delivery}`];
    for (const address of [...asked, '/api/v1/audit/events', '/api/v1/warnings']) {
      const { status, body } = await on.ask('GET', address);
      assert.equal(status, 200, address);
      assert.doesNotMatch(JSON.stringify(body), /of-the-inside/, address);
    }
    assert.doesNotMatch(on.registry.logged.join(), /of-the-inside/);
  });

  test('O38 a delivery that is sent again has its id, another time and another signature', async () => {
    const { id, path, secret } = await on.add();
    const { id: delivery, message_id: message } = await test202(id);
    await on.delivery(id, ({ state }) => state === 'delivered');
    on.registry.clock.advance(60_000);
    const { status, body } = await on.ask('POST', `${PATH}/${id}/deliveries/${delivery}/redeliver`);
    assert.deepEqual([status, body.id, body.message_id, body.state], [202, delivery, message, 'pending']);
    const [first, again] = await on.taken(path, 2);
    assert.ok(first && again);
    assert.deepEqual([first.headers['webhook-id'], again.headers['webhook-id']], [message, message]);
    assert.equal(first.body, again.body);
    const times = [first, again].map(({ headers }) => Number(headers['webhook-timestamp']));
    assert.equal((times[1] ?? 0) - (times[0] ?? 0), 60);
    for (const taken of [first, again]) assertSigned(taken, secret);
    const told = await on.ask('GET', `/api/v1/audit/events?target=${id}`);
    assert.deepEqual(
      told.body.events.map(({ action }: { action: string }) => action.split('.').at(-1)),
      ['redeliver', 'test', 'create'],
    );
  });
});

/** The clock of the tests is in the past: the signature alone is looked at. */
const assertSigned = ({ headers, body }: Taken, secret: string): void => {
  const at = new Date(Number(headers['webhook-timestamp']) * 1000);
  const signature = new Verifier(secret).sign(headers['webhook-id'] ?? '', at, body);
  assert.ok(headers['webhook-signature']?.split(' ').includes(signature));
};

describe('receivers', () => {
  const HOSTILE = 'ci\r\nX-Admin: yes\r\n\r\n{"a":1}\u2028"<script>';

  /** Pushes as a service ID whose name could end a header. */
  const pushAs = async (repository: string, tag: string): Promise<string> => {
    const owner = await on.ask('POST', '/v1/serviceids', {
      account_id: on.registry.accountId,
      name: HOSTILE,
      apikey: { name: 'key' },
    });
    assert.equal(owner.status, 201, JSON.stringify(owner.body));
    const { iam_id: iamId, apikey } = owner.body;
    const policy = v2Policy(iamId, 'Writer', on.registry.accountId);
    assert.equal((await on.ask('POST', '/v2/policies', policy)).status, 201);
    const annotations = { nonce: newBytes(8).toString('hex') };
    const response = await on.registry.v2('PUT', `${repository}/manifests/${tag}`, {
      headers: { Authorization: basic('iamapikey', apikey.apikey), 'Content-Type': OCI_INDEX },
      body: new Uint8Array(jsonOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [], annotations })),
    });
    assert.equal(response.status, 201);
    return response.headers.get('docker-content-digest') ?? '';
  };

  test('O31 O32 O33 each form arrives as its receivers read it, one delivery for a tag, also where names are hostile', async () => {
    const namespace = await on.namespace();
    const forms = ['standard', 'harbor', 'distribution', 'dockerhub'] as const;
    const hooks = await Promise.all(forms.map((form) => on.add({ namespace, form })));
    const [standard, harbor, distribution, dockerhub] = hooks;
    assert.ok(standard && harbor && distribution && dockerhub);
    const digest = await pushAs(`${namespace}/app`, 'v1.0');
    const taken = await Promise.all(hooks.map(async ({ path }) => (await on.taken(path))[0]));
    const [ofStandard, ofHarbor, ofDistribution, ofDockerHub] = taken;
    assert.ok(ofStandard && ofHarbor && ofDistribution && ofDockerHub);
    for (const [index, each] of taken.entries()) {
      assert.ok(each && hooks[index]);
      assertSigned(each, hooks[index].secret);
      assert.equal(each.headers['x-admin'], undefined);
    }
    const { host, url } = on.registry;
    fluxOfGenericHmac(ofStandard, standard.secret);
    assert.equal(JSON.parse(ofStandard.body).data.actor.name, HOSTILE);
    assert.deepEqual(imageUpdaterOfHarbor(ofHarbor, harbor.secret), {
      registry: host,
      repository: `${namespace}/app`,
      tag: 'v1.0',
      digest,
    });
    assert.deepEqual(kargoOfHarbor(ofHarbor, harbor.secret).tags, ['v1.0']);
    const [event] = JSON.parse(ofDistribution.body).events;
    assert.equal(event.target.url, `${url.replace(/\/$/, '')}/v2/${namespace}/app/manifests/${digest}`);
    assert.equal(fluxOfDockerHub(ofDockerHub).tag, 'v1.0');
    for (const { path } of hooks) assert.equal(on.receiver.at(path).length, 1, 'one delivery');
    for (const { id } of hooks) await on.ask('DELETE', `${PATH}/${id}`);
  });

  test('a test arrives in every form', async () => {
    for (const form of ['standard', 'harbor', 'distribution', 'dockerhub'] as const) {
      const { id, path, secret } = await on.add({ form });
      const { event } = await test202(id);
      assert.equal(event, 'webhook.test');
      const [taken] = await on.taken(path);
      assert.ok(taken);
      assertSigned(taken, secret);
      if (form === 'harbor') assert.equal(imageUpdaterOfHarbor(taken, secret).tag, 'test');
      await on.ask('DELETE', `${PATH}/${id}`);
    }
  });

  test('what of a namespace happens is told to its webhook and to that of the account, and to no other', async () => {
    const [here, there] = [await on.namespace(), await on.namespace()];
    const [ofHere, ofThere, ofAll] = [
      await on.add({ namespace: here }),
      await on.add({ namespace: there }),
      await on.add(),
    ];
    await on.push(`${here}/app`, '1');
    await on.push(`${there}/app`, '2');
    await on.taken(ofAll.path, 2);
    await Promise.all([on.taken(ofHere.path), on.taken(ofThere.path)]);
    const tagsAt = (path: string) => on.receiver.at(path).map(({ body }) => JSON.parse(body).data.tag);
    assert.deepEqual([tagsAt(ofHere.path), tagsAt(ofThere.path)], [['1'], ['2']]);
    for (const { id } of [ofHere, ofThere, ofAll]) await on.ask('DELETE', `${PATH}/${id}`);
  });

  test('what happens in an account is told to no webhook of another', async () => {
    const stranger = await new Identities(on.registry).stranger();
    const foreign = await on.add({}, stranger);
    const own = await on.add();
    await on.push(`${await on.namespace()}/app`, '1');
    await on.taken(own.path);
    await on.ask('POST', `${PATH}/${foreign.id}/test`, undefined, stranger);
    const [first, ...more] = await on.taken(foreign.path);
    assert.equal(JSON.parse(first?.body ?? '{}').type, 'tidegate.webhook.test');
    assert.deepEqual(more, []);
  });
});

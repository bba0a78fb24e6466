import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Caller } from '../access/caller.ts';
import { Identities } from '../access/identities.ts';
import { ACCESS_REQUESTS } from '../matrix/access-requests.ts';
import { IDENTITY_REQUESTS } from '../matrix/identity-requests.ts';
import { Place } from '../matrix/place.ts';
import { REGISTRY_REQUESTS } from '../matrix/registry-requests.ts';
import type { Maker } from '../matrix/request.ts';
import { JSON_ROWS, type JsonRow } from '../matrix/table.ts';
import { TestRegistry } from '../support/registry.ts';
import { openRows } from '../support/rows.ts';

const REQUESTS: Readonly<Record<string, Maker>> = {
  ...IDENTITY_REQUESTS,
  ...ACCESS_REQUESTS,
  ...REGISTRY_REQUESTS,
  // those that change something
  'PATCH /api/v1/auth': () => ({ path: '/api/v1/auth', body: { registry_tokens: 'enabled' } }),
  'DELETE /api/v1/tokens': async (place) => {
    await place.make('POST', '/api/v1/tokens?description=robot');
    return { path: '/api/v1/tokens?secondaryOwner=robot' };
  },
};

/** Routes that are no GET and change nothing that is managed: they verify a secret, or only answer. */
const CHANGES_NOTHING = [
  'POST /oauth/token',
  'POST /identity/token',
  'POST /identity/introspect',
  'POST /v1/explain',
  'POST /v1/explain/questions',
  'POST /v1/explain/removal',
  'POST /api/v1/builds',
  'POST /va/api/v4/exemptions/images',
  // a list with its filter in the body
  'POST /api/v1/images/digests',
  'POST /v1/accounts/:account_id/limits/identity',
  'PATCH /api/v1/plans',
  // a secret that no key has
  'POST /v1/apikeys/leaked',
  // no setting of one user can have another value
  'PATCH /v2/accounts/:account/users/:iam_id/settings',
  // what would be deleted
  'POST /api/v1/retentions/analyze',
  'POST /api/v1/retentions/explain',
  // which rules a token meets
  'POST /v1/profiles/:id/rules/explain',
  // without `repair` it reads
  'POST /api/v1/gc/verify',
  'POST /api/v1/audit/verify',
  // the matrix names no target, and another key
  'POST /api/v1/backups',
  'POST /api/v1/backups/verify',
  'POST /api/v1/backups/prune',
  'POST /api/v1/backups/key',
  // the delivery is under way still
  'POST /api/v1/webhooks/:id/deliveries/:delivery/redeliver',
  // no provider and no browser of a person is here: test/people has their events
  'POST /identity/backchannel-logout/:issuer',
  'POST /identity/device_authorization',
  'POST /console/device',
  'POST /console/passcode',
  'POST /console/authorize',
  'POST /console/session',
  'POST /console/session/token',
  'DELETE /console/session',
  'POST /console/session/link',
  'POST /console/session/invitation',
];

/** Events of secrets that come or go with the thing itself. */
const BESIDE: Readonly<Record<string, string>> = {
  'DELETE /v1/serviceids/:id': 'iam-identity.serviceid-apikey.delete',
  'POST /api/v1/accounts': 'iam-identity.user-apikey.create',
};

/** What is not supported is 404 and makes nothing. */
const isMutating = ({ route, status }: JsonRow): boolean => !/^(GET|HEAD|ANY) /.test(route) && status !== 404;
const ROWS = JSON_ROWS.filter((row) => isMutating(row) && !CHANGES_NOTHING.includes(row.route));

let registry: TestRegistry;
let home: Place;
let db: ReturnType<typeof openRows>;

before(async () => {
  registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  const { accountId, ownerIamId: iamId, apikey } = registry;
  home = await Place.open(registry, new Identities(registry), { accountId, iamId, apikey });
  db = openRows(registry.database);
});

after(async () => {
  await db.destroy();
  await registry[Symbol.asyncDispose]();
});

/** The owner's token, with a session as the command line has one. */
const bearer = async (): Promise<string> => (await registry.login(undefined, 'bx')).access_token;

const send = async ({ route }: JsonRow, token: string): Promise<Response> => {
  const make = REQUESTS[route];
  assert.ok(make, `nothing says how to send ${route}`);
  const { path, body, headers, bare } = await make(home);
  const isForm = body instanceof URLSearchParams;
  const response = await registry.fetch(path, {
    method: route.split(' ', 1)[0] ?? '',
    headers: {
      ...(bare ? {} : { Authorization: `Bearer ${token}` }),
      Account: home.accountId,
      'User-Agent': 'test-agent/1',
      ...(body && !isForm ? { 'Content-Type': 'application/json' } : {}),
      ...headers,
    },
    ...(body ? { body: isForm ? body : JSON.stringify(body) } : {}),
  });
  await response.text();
  return response;
};

const eventsOf = (response: Response) =>
  db
    .selectFrom('audit_events')
    .selectAll()
    .where('request_id', '=', response.headers.get('x-request-id'))
    .execute();

for (const row of ROWS) {
  test(`O20: ${row.route} writes one event, which says who did what to what, when, from where and with what`, async () => {
    const response = await send(row, await bearer());
    assert.equal(response.status, row.status);
    const events = (await eventsOf(response)).filter(({ action }) => action !== BESIDE[row.route]);
    assert.deepEqual(events.length, 1, events.map(({ action, target }) => `${action} ${target}`).join(', '));
    const [event] = events;
    assert.ok(event);
    assert.match(event.action, /^[a-z-]+\.[A-Za-z-]+\.[a-z_-]+$/);
    assert.equal(event.outcome, 'success');
    assert.notEqual(event.target, '');
    assert.equal(event.at, registry.clock.now());
    assert.equal(event.address, '127.0.0.1');
    assert.equal(event.agent, 'test-agent/1');
    assert.equal(event.region, 'local');
    assert.match(event.replica ?? '', /:\d+$/);
  });
}

test('O20: a refused change is one event of its minute, with its status and its reason', async () => {
  const viewer = await home.identities.serviceId();
  const caller = await Caller.login(registry, viewer.apikey);
  const refused = await caller.post('/v1/serviceids', { account_id: home.accountId, name: 'x' });
  assert.equal(refused.status, 403);
  await caller.post('/v1/serviceids', { account_id: home.accountId, name: 'x' });
  await registry.restart();
  const id = refused.headers.get('x-request-id');
  const events = await db.selectFrom('audit_events').selectAll().where('request_id', '=', id).execute();
  assert.equal(events.length, 1);
  const [event] = events;
  assert.deepEqual(
    [event?.action, event?.outcome, event?.status, event?.times],
    ['iam-identity.serviceid.create', 'failure', 403, 2],
  );
  assert.match(event?.reason ?? '', /./);
});

test('what a client names with a NUL is told without it: PostgreSQL could not keep the event, nor those beside it', async () => {
  await registry.namespaceAdd('nuls');
  const refused = await registry.v2('PUT', 'nuls/robin/manifests/a%00b', { body: '{}' });
  assert.equal(refused.status, 400);
  await registry.restart();
  const id = refused.headers.get('x-request-id');
  const [event] = await db.selectFrom('audit_events').selectAll().where('request_id', '=', id).execute();
  assert.equal(event?.reference, 'a\uFFFDb');
});

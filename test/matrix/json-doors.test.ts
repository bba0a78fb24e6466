import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Identities } from '../access/identities.ts';
import { TestRegistry } from '../support/registry.ts';
import { ACCESS_REQUESTS } from './access-requests.ts';
import { IDENTITY_REQUESTS } from './identity-requests.ts';
import { Place } from './place.ts';
import { castOf, isIn, type Principal, strangersOf } from './principals.ts';
import { REGISTRY_REQUESTS } from './registry-requests.ts';
import type { Ask, Maker } from './request.ts';
import { State } from './state.ts';
import { JSON_ROWS, type JsonRow } from './table.ts';

const REQUESTS: Readonly<Record<string, Maker>> = {
  ...IDENTITY_REQUESTS,
  ...ACCESS_REQUESTS,
  ...REGISTRY_REQUESTS,
};

interface Stage {
  readonly registry: TestRegistry;
  readonly identities: Identities;
  readonly cast: readonly Principal[];
  readonly home: Place;
  readonly abroad: Place;
  readonly state: State;
}

let stage: Stage;

before(async () => {
  const registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  const identities = new Identities(registry);
  const stranger = await identities.stranger();
  const { accountId, ownerIamId: iamId, apikey } = registry;
  const cast = [
    ...(await castOf({ registry, identities })),
    ...(await strangersOf({ registry, identities }, stranger)),
  ];
  const home = await Place.open(registry, identities, { accountId, iamId, apikey });
  const abroad = await Place.open(registry, identities, stranger);
  stage = { registry, identities, cast, home, abroad, state: await State.open(registry.database) };
});

after(async () => {
  await stage.state[Symbol.asyncDispose]();
  await stage.registry[Symbol.asyncDispose]();
});

test('CVE-2022-31666, CVE-2024-22278: P3: every route of the JSON doors stands in the table, and every route of the table is served', () => {
  const served = stage.registry.routes.map(
    ({ method, path }) => `${method.includes(',') ? 'ANY' : method} ${path}`,
  );
  const listed = JSON_ROWS.map(({ route }) => route);
  assert.deepEqual([...listed].sort(), [...served].sort());
  assert.deepEqual([...listed].sort(), Object.keys(REQUESTS).sort());
});

/** What a principal is to get at a row, on what belongs to this place. */
const due = (row: JsonRow, principal: Principal, place: Place): number => {
  const firstAccount = stage.registry.accountId;
  const isAllowed = isIn(row.allowed, principal, firstAccount);
  if (row.allowed === 'everyone') return row.status;
  if (principal.home === undefined || principal.role.endsWith(' token')) return 401;
  if (row.foreign && principal.home !== place.accountId) return row.foreign[isAllowed ? 0 : 1];
  if (isAllowed) return row.status;
  if (row.seen && isIn(row.seen[0], principal, firstAccount)) return row.seen[1];
  assert.ok(row.refused, `${row.route}: no refusal is said for ${principal.name}`);
  return row.refused;
};

const send = async (row: JsonRow, ask: Ask, principal: Principal, place: Place): Promise<string> => {
  const [method = ''] = row.route.split(' ');
  const { body } = ask;
  const isForm = body instanceof URLSearchParams;
  const response = await stage.registry.fetch(ask.path, {
    method: method === 'ANY' ? 'GET' : method,
    headers: {
      ...(ask.bare || principal.bearer === undefined ? {} : { Authorization: `Bearer ${principal.bearer}` }),
      Account: place.accountId,
      ...(body && !isForm ? { 'Content-Type': 'application/json' } : {}),
      ...ask.headers,
    },
    ...(body ? { body: isForm ? body : JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  assert.equal(response.headers.get('set-cookie'), null, 'no door sets a cookie');
  return `${response.status} ${text.slice(0, 300)}`;
};

const assertAnswer = (answer: string, status: number, what: string): void =>
  assert.equal(Number.parseInt(answer, 10), status, `${what}: ${answer}`);

/** One row on what belongs to one place: each principal that is allowed gets a fresh thing, all the others try the same one. */
const tryAll = async (row: JsonRow, place: Place): Promise<void> => {
  const make = REQUESTS[row.route];
  assert.ok(make, `no request is known for ${row.route}`);
  const isAllowed = (principal: Principal): boolean => due(row, principal, place) === row.status;
  const shared = await make(place);
  const before = await stage.state.read();
  const refused = stage.cast.filter((each) => !isAllowed(each));
  const answers = await Promise.all(refused.map((principal) => send(row, shared, principal, place)));
  for (const [index, principal] of refused.entries()) {
    const where = place === stage.home ? 'at home' : 'abroad';
    assertAnswer(
      answers[index] ?? '',
      due(row, principal, place),
      `${row.route} ${where} by ${principal.name}`,
    );
  }
  assert.deepEqual(await stage.state.read(), before, `${row.route}: a refused request changed something`);
  // not at once: what one does to the account's settings would be in the way of another
  for (const principal of stage.cast.filter(isAllowed)) {
    const at = row.foreign ? place : placeOf(principal);
    const ask = at === place && isReading(row) ? shared : await make(at);
    assertAnswer(await send(row, ask, principal, at), row.status, `${row.route} by ${principal.name}`);
  }
};

/** Reading uses nothing up. */
const isReading = ({ route }: JsonRow): boolean => /^(GET|HEAD) /.test(route);

const placeOf = ({ home }: Principal): Place => (home === stage.abroad.accountId ? stage.abroad : stage.home);

for (const row of JSON_ROWS) {
  test(`${row.route}: ${row.allowed} ${row.status}`, async () => {
    await tryAll(row, stage.home);
    if (row.foreign) await tryAll(row, stage.abroad);
  });
}

test('a route that answers of each thing by itself changes only what its caller may change', async () => {
  const { home, state, cast, registry } = stage;
  const row = JSON_ROWS.find(({ route }) => route === 'PUT /v2/groups/_allgroups/members/:iam_id');
  const make = REQUESTS[row?.route ?? ''];
  assert.ok(row && make);
  const ask = await make(home);
  const before = await state.read();
  const weak = cast.filter((each) => isIn('members', each, '') && !isIn('admins', each, registry.accountId));
  for (const principal of weak) {
    const answer = await send(row, ask, principal, home);
    assert.match(answer, /"status_code":404/, principal.name);
  }
  assert.deepEqual(await state.read(), before);
});

test('lists hold what their reader may see: others’ policies, groups, namespaces and images are not in them', async () => {
  const { home, cast, registry } = stage;
  const { id: policy } = await home.policy('v2');
  const group = await home.group();
  const { name } = await home.make('GET', `/v2/groups/${group}`);
  const fish = await home.namespace();
  const read = async (path: string, { bearer }: Principal): Promise<string> => {
    const headers = { Authorization: `Bearer ${bearer}`, Account: home.accountId };
    return (await registry.fetch(path, { headers })).text();
  };
  for (const principal of cast.filter(({ role }) => !role.endsWith(' token') && role !== 'anonymous')) {
    const isMember = principal.home === home.accountId;
    const sees = async (path: string, what: string, roles: readonly string[]): Promise<void> => {
      const due = isMember && roles.includes(principal.role);
      assert.equal((await read(path, principal)).includes(what), due, `${path} by ${principal.name}`);
    };
    const viewers = ['owner', 'administrator', 'editor', 'viewer'];
    const readers = ['owner', 'manager', 'reader', 'service ID', 'profile'];
    await sees(`/v2/policies?account_id=${home.accountId}`, policy, viewers);
    await sees(`/v2/groups?account_id=${home.accountId}&search=${name}`, group, viewers);
    await sees('/api/v1/namespaces', fish, readers);
    await sees('/api/v1/namespaces', 'birds', [...readers, 'reader of birds']);
  }
});

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { V2_ROUTES } from '../../src/http/v2/routes.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { Identities } from '../access/identities.ts';
import { EMPTY_JSON, newBytes, newManifest, OCI_MANIFEST } from '../spec/content.ts';
import { TestRepository } from '../spec/repository.ts';
import { basic, TestRegistry } from '../support/registry.ts';
import { castOf, isIn, type Principal, strangersOf } from './principals.ts';
import { State } from './state.ts';
import { V2_ROWS, type V2Row } from './table.ts';

let registry: TestRegistry;
let identities: Identities;
let cast: readonly Principal[];
let owner: Principal;
let state: State;

before(async () => {
  registry = await TestRegistry.start();
  for (const name of ['birds', 'fish']) await registry.namespaceAdd(name);
  identities = new Identities(registry);
  const stranger = await identities.stranger();
  cast = [
    ...(await castOf({ registry, identities })),
    ...(await strangersOf({ registry, identities }, stranger)),
  ];
  const [first] = cast;
  assert.ok(first);
  owner = first;
  state = await State.open(registry.database);
});

after(async () => {
  await state[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

test('P3: every endpoint of /v2/ stands in the table, and every row of the table is served', () => {
  const served = V2_ROUTES.map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual(V2_ROWS.map(({ route }) => route).sort(), served.sort());
});

interface Ask {
  readonly path: string;
  readonly body?: Uint8Array;
  readonly type?: string;
}

type Maker = (repository: TestRepository, principal: Principal) => Promise<Ask> | Ask;

const as = (principal: Principal, method: string, { path, body, type }: Ask): Promise<Response> =>
  registry.fetch(path, {
    method,
    headers: {
      ...(principal.basic === undefined ? {} : { Authorization: principal.basic }),
      ...(type === undefined ? {} : { 'Content-Type': type }),
    },
    ...(body ? { body } : {}),
  });

const begun = async ({ name }: TestRepository, principal: Principal): Promise<string> =>
  (await as(principal, 'POST', { path: `/v2/${name}/blobs/uploads/` })).headers.get('location') ?? 'none';

const image = async (repository: TestRepository): Promise<string> => {
  await repository.pushBlob(EMPTY_JSON);
  const bytes = newManifest();
  assert.equal((await repository.putManifest('v1', bytes)).status, 201);
  return digestOf(bytes);
};

const blob: Maker = async (repository) => ({
  path: `/v2/${repository.name}/blobs/${await repository.pushBlob(newBytes())}`,
});
const manifest: Maker = async (repository) => ({
  path: `/v2/${repository.name}/manifests/${await image(repository)}`,
});
const upload: Maker = async (repository, principal) => ({ path: await begun(repository, principal) });

/** By the kind of path; those of one method differ in what they send. */
const MAKERS: Readonly<Record<string, Maker>> = {
  base: () => ({ path: '/v2/' }),
  catalog: () => ({ path: '/v2/_catalog' }),
  blob,
  manifest,
  tags: async (repository) => {
    await image(repository);
    return { path: `/v2/${repository.name}/tags/list` };
  },
  referrers: async (repository) => ({ path: `/v2/${repository.name}/referrers/${await image(repository)}` }),
  uploads: ({ name }) => ({ path: `/v2/${name}/blobs/uploads/` }),
  upload,
  'PATCH upload': async (repository, principal) => ({
    path: await begun(repository, principal),
    body: newBytes(),
    type: 'application/octet-stream',
  }),
  'PUT upload': async (repository, principal) => {
    const body = newBytes();
    const path = `${await begun(repository, principal)}?digest=${digestOf(body)}`;
    return { path, body, type: 'application/octet-stream' };
  },
  'PUT manifest': async (repository) => {
    await repository.pushBlob(EMPTY_JSON);
    return { path: `/v2/${repository.name}/manifests/v2`, body: newManifest(), type: OCI_MANIFEST };
  },
};

/** All principals on one namespace: the allowed each on something fresh, all the others on one thing of the owner's. */
const tryAll = async (
  row: V2Row,
  namespace: string,
  isAllowed: (one: Principal) => boolean,
): Promise<void> => {
  const [method = '', kind = ''] = row.route.split(' ');
  // an upload is its principal's own
  const isReading = /^(GET|HEAD)$/.test(method) && kind !== 'upload';
  const make = MAKERS[row.route] ?? MAKERS[kind];
  assert.ok(make, `no request is known for ${row.route}`);
  const repository = (): TestRepository =>
    new TestRepository(registry, `${namespace}/${newBytes(6).toString('hex')}`);
  const shared = await make(repository(), owner);
  const unchanged = await state.read();
  for (const principal of cast.filter((each) => !isAllowed(each))) {
    const { status, headers } = await as(principal, method, shared);
    assert.equal(status, 401, `${row.route} in ${namespace} by ${principal.name}`);
    assert.match(headers.get('www-authenticate') ?? '', /^Bearer /);
  }
  assert.deepEqual(await state.read(), unchanged, `${row.route}: a refused request changed something`);
  for (const principal of cast.filter(isAllowed)) {
    const response = await as(principal, method, isReading ? shared : await make(repository(), principal));
    assert.equal(response.status, row.status, `${row.route} in ${namespace} by ${principal.name}`);
    assert.equal(response.headers.get('set-cookie'), null);
    await response.arrayBuffer();
  }
};

const isForeign = ({ home }: Principal): boolean => home !== undefined && home !== registry.accountId;

for (const row of V2_ROWS) {
  test(`${row.route}: ${row.allowed} ${row.status}`, async () => {
    const isAllowed = (each: Principal): boolean => isIn(row.allowed, each, registry.accountId);
    if (row.allowed === 'authenticated') return tryAll(row, 'birds', isAllowed);
    const atHome = (each: Principal): boolean => isAllowed(each) && !isForeign(each);
    await tryAll(row, 'birds', atHome);
    await tryAll(row, 'fish', (each) => atHome(each) && each.role !== 'reader of birds');
  });
}

test('the catalog lists to each what they may pull, and to a stranger nothing', async () => {
  for (const name of ['birds/seen', 'fish/seen']) await image(new TestRepository(registry, name));
  for (const principal of cast) {
    if (principal.role === 'anonymous') continue;
    const answer = await as(principal, 'GET', { path: '/v2/_catalog?n=1000' });
    const { repositories } = (await answer.json()) as { repositories: string[] };
    const isPuller = isIn('pullers', principal, registry.accountId) && !isForeign(principal);
    assert.equal(repositories.includes('birds/seen'), isPuller, principal.name);
    const seesFish = isPuller && principal.role !== 'reader of birds';
    assert.equal(repositories.includes('fish/seen'), seesFish, principal.name);
  }
});

test('serverless-registry#130: a bearer of each principal opens what its Basic opens, whatever it asked for', async () => {
  const name = 'birds/bearers';
  const digest = await image(new TestRepository(registry, name));
  for (const principal of cast) {
    if (principal.basic === undefined) continue;
    const [user = '', secret = ''] = Buffer.from(principal.basic.slice(6), 'base64')
      .toString()
      .split(/:(.*)/s);
    assert.equal(basic(user, secret), principal.basic);
    const token = await registry.bearer(`repository:${name}:*`, user, secret);
    const headers = { Authorization: `Bearer ${token}` };
    for (const [method, path, right, status] of [
      ['GET', `/v2/${name}/manifests/${digest}`, 'pullers', 200],
      ['POST', `/v2/${name}/blobs/uploads/`, 'pushers', 202],
      ['DELETE', `/v2/${name}/manifests/absent`, 'deleters', 404],
    ] as const) {
      const response = await registry.fetch(path, { method, headers });
      const isAllowed = isIn(right, principal, registry.accountId) && !isForeign(principal);
      // a push that no token would allow says so
      const refusal = method === 'POST' ? 403 : 401;
      assert.equal(response.status, isAllowed ? status : refusal, `${method} by ${principal.name}`);
    }
  }
});

import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import { type Answer, Caller } from '../access/caller.ts';
import { type Holder, Identities } from '../access/identities.ts';
import { onNamespace } from '../access/policy-documents.ts';
import { TestRegistry } from '../support/registry.ts';
import { askHost, TWO_REGIONS } from './ask-host.ts';

const VA = '/va/api/v4';
const DIGEST = `sha256:${'a'.repeat(64)}`;

const encoded = (name: string): string => encodeURIComponent(name);

describe('exemptions', () => {
  let registry: TestRegistry;
  let identities: Identities;
  let owner: Caller;
  let stranger: Holder;
  let other: Caller;

  before(async () => {
    registry = await TestRegistry.start({ regions: TWO_REGIONS });
    identities = new Identities(registry);
    owner = await Caller.login(registry);
    stranger = await identities.stranger();
    other = await Caller.login(registry, stranger.apikey);
  });
  after(() => registry[Symbol.asyncDispose]());

  /** The address of one exemption; `*` is the account. */
  const addressOf = (scope: string, id = 'CVE-2020-0001', type = 'cve'): string =>
    `${VA}/exempt/image${scope === '*' ? '' : `/${encoded(scope)}`}/issue/${encoded(type)}/${encoded(id)}`;

  const add = (scope: string, id?: string, type?: string, caller = owner): Promise<Answer> =>
    caller.send('POST', addressOf(scope, id, type));

  const list = async (path: string, caller = owner): Promise<string[]> => {
    const { status, body } = await caller.get(path);
    assert.equal(status, 200, JSON.stringify(body));
    return body.map((each: { issue_id: string; scope?: object }) =>
      [...Object.values(each.scope ?? {}), each.issue_id].join(' '),
    );
  };

  const removeAll = async (caller = owner): Promise<number> => {
    const { status, body } = await caller.send('POST', `${VA}/exemptions/deleteAll`);
    assert.equal(status, 200);
    return body.number_of_exemptions_deleted;
  };

  test('an exemption is added with 201, read, and deleted with 200; then it is 404', async () => {
    for (const [scope, wire] of [
      ['*', { scope_type: 'account' }],
      ['birds', { scope_type: 'namespace', namespace: 'birds' }],
      ['birds/a/b', { scope_type: 'repository', namespace: 'birds', repository: 'a/b' }],
      ['birds/a:1', { scope_type: 'image', namespace: 'birds', repository: 'a', tag: '1' }],
      [`birds/a@${DIGEST}`, { scope_type: 'image', namespace: 'birds', repository: 'a', tag: DIGEST }],
    ] as const) {
      const exemption = {
        account_id: registry.accountId,
        issue_id: 'CVE-2020-0001',
        issue_type: 'cve',
        scope: wire,
      };
      const added = await add(scope);
      assert.deepEqual([added.status, added.body], [201, exemption]);
      assert.equal((await add(scope)).status, 201, 'the same again');
      const found = await owner.get(addressOf(scope));
      assert.deepEqual([found.status, found.body], [200, exemption]);
      const deleted = await owner.delete(addressOf(scope));
      assert.deepEqual([deleted.status, deleted.body], [200, {}]);
      for (const gone of [await owner.get(addressOf(scope)), await owner.delete(addressOf(scope))]) {
        assert.deepEqual([gone.status, gone.body.code], [404, 'CRG0004E']);
        assert.match(gone.body.message, /no exemption for cve CVE-2020-0001 in the scope/);
      }
    }
  });

  test('a scope may begin with the registry’s host; another host is refused', async () => {
    assert.equal((await add(`${registry.host}/birds/a:1`)).status, 201);
    assert.equal((await owner.get(addressOf('birds/a:1'))).status, 200);
    const longest = `${'a'.repeat(249)}@sha512:${'b'.repeat(128)}`;
    assert.equal((await add(`${registry.host}/birds/${longest}`)).status, 201);
    assert.equal((await owner.delete(addressOf(`birds/${longest}`))).status, 200);
    const refused = await add('us.icr.io/birds/a:1');
    assert.equal(refused.status, 400);
    assert.match(refused.body.message, /^The name is of "us\.icr\.io", and this registry is 127/);
    assert.equal(await removeAll(), 1);
  });

  test('a list is of one scope, of all, or of what holds for an image: its own and wider scopes', async () => {
    const scopes = ['*', 'birds', 'birds/a', 'birds/a:1', 'birds/a:2', 'birds/a-b', 'fish', 'fish/a:1'];
    for (const scope of scopes) await add(scope);
    await add('birds', 'USN-1', 'sn');
    assert.deepEqual(await list(`${VA}/exempt/image`), ['account CVE-2020-0001']);
    assert.deepEqual(await list(`${VA}/exempt/image/birds`), [
      'namespace birds CVE-2020-0001',
      'namespace birds USN-1',
    ]);
    assert.deepEqual(await list(`${VA}/exempt/image/${encoded('birds/a')}`), [
      'repository birds a CVE-2020-0001',
    ]);
    assert.equal((await list(`${VA}/exemptions/account`)).length, scopes.length + 1);
    const holding = [
      'account CVE-2020-0001',
      'namespace birds CVE-2020-0001',
      'namespace birds USN-1',
      'repository birds a CVE-2020-0001',
      'image birds a 1 CVE-2020-0001',
    ];
    const address = `${VA}/exemptions/image/${encoded('birds/a:1')}`;
    assert.deepEqual(await list(`${address}?includeScope=true`), holding);
    const { body: bare } = await owner.get(address);
    assert.deepEqual(bare[0], {
      account_id: registry.accountId,
      issue_id: 'CVE-2020-0001',
      issue_type: 'cve',
    });
    const { status, body } = await owner.post(`${VA}/exemptions/images`, ['birds/a:1', 'fish/b:1'] as object);
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(body), ['birds/a:1', 'fish/b:1']);
    assert.equal(body['birds/a:1'].length, holding.length);
    assert.equal(body['fish/b:1'].length, 2);
    assert.deepEqual((await owner.post(`${VA}/exemptions/images`, [] as object)).body, {});
    assert.equal(await removeAll(), scopes.length + 1);
    assert.deepEqual(await list(`${VA}/exemptions/account`), []);
  });

  test('exemptions are of the token’s account in one region, whatever the header Account says', async () => {
    await add('birds');
    for (const account of [registry.accountId, 'testString', '']) {
      const sent = await other.send('GET', `${VA}/exemptions/account`, undefined, { Account: account });
      assert.deepEqual([sent.status, sent.body], [200, []], account);
    }
    assert.equal((await other.get(addressOf('birds'))).status, 404);
    assert.equal((await other.delete(addressOf('birds'))).status, 404);
    assert.equal(await removeAll(other), 0);
    assert.equal((await add('birds', undefined, undefined, other)).body.account_id, stranger.accountId);
    assert.equal((await list(`${VA}/exemptions/account`)).length, 1);
    const { access_token: token } = await registry.login();
    const path = `${VA}/exemptions/account`;
    assert.deepEqual(
      await askHost(registry, 'de.example.com', path, { Authorization: `Bearer ${token}` }),
      [],
    );
    await removeAll(other);
    assert.equal(await removeAll(), 1);
  });

  test('a Reader of the account lists and changes nothing; a Reader of a namespace, a Writer and a stranger do neither', async () => {
    await add('birds');
    for (const [role, on, listing] of [
      ['Reader', { serviceName: 'container-registry' }, 200],
      ['Reader', onNamespace('birds'), 403],
      ['Manager', onNamespace('birds'), 403],
      ['Writer', { serviceName: 'container-registry' }, 403],
    ] as const) {
      const caller = await Caller.login(registry, (await identities.holding(role, on)).apikey);
      for (const path of [
        '/exempt/image',
        '/exempt/image/birds',
        '/exemptions/account',
        '/exemptions/image/birds',
      ])
        assert.equal((await caller.get(`${VA}${path}`)).status, listing, `${role} ${path}`);
      assert.equal((await caller.get(addressOf('birds'))).status, listing);
      assert.equal((await caller.post(`${VA}/exemptions/images`, ['birds'] as object)).status, listing);
      assert.equal((await add('fish', undefined, undefined, caller)).status, 403);
      assert.equal((await caller.delete(addressOf('birds'))).status, 403);
      assert.equal((await caller.send('POST', `${VA}/exemptions/deleteAll`)).status, 403);
      assert.equal((await caller.get(`${VA}/exempt/types`)).status, 200);
    }
    const anonymous = Caller.bearing(registry);
    for (const path of ['/exempt/types', '/exempt/image', '/exemptions/account'])
      assert.equal((await anonymous.get(`${VA}${path}`)).status, 401);
    assert.equal((await anonymous.delete(addressOf('birds'))).status, 401);
    assert.equal(await removeAll(), 1);
  });

  test('the types say what their ids look like, and other types and ids are refused', async () => {
    const { body: types } = await owner.get(`${VA}/exempt/types`);
    assert.deepEqual(
      types.map(({ identifier, display_name: name }: Record<string, string>) => [identifier, name]),
      [
        ['cve', 'CVE'],
        ['sn', 'Security Notice'],
        ['configuration', 'Configuration Issue'],
      ],
    );
    const pattern = new RegExp(types[0].validation_regex);
    assert.ok(pattern.test('CVE-2018-9999') && !pattern.test('CVE-18-9999'));
    for (const [type, id, says] of [
      ['cve', 'CVE-18-1', /must match/],
      ['cve', 'cve-2018-9999', /must match/],
      ['sn', ' ', /must match/],
      ['sn', '<b>', /must match/],
      ['virus', 'x', /one of cve, sn, configuration/],
    ] as const) {
      const refused = await add('birds', id, type);
      assert.deepEqual([refused.status, refused.body.code], [400, 'CRG0001E'], `${type} ${id}`);
      assert.match(refused.body.message, says);
    }
    assert.deepEqual(await list(`${VA}/exemptions/account`), []);
  });

  test('a resource that has no such form is 400 with a sentence, on every address', async () => {
    const names = [
      'a',
      'Birds',
      'birds:1',
      'birds/',
      '/birds',
      'birds/a:',
      'birds/a:1:2',
      'birds/a@sha256:ab',
      'birds/a@1',
      'birds/../a',
      'birds/a b',
      '**',
      'birds/%00',
    ];
    for (const name of names)
      for (const { status, body } of [
        await add(name),
        await owner.get(addressOf(name)),
        await owner.get(`${VA}/exempt/image/${encoded(name)}`),
        await owner.get(`${VA}/exemptions/image/${encoded(name)}`),
        await owner.post(`${VA}/exemptions/images`, [name] as object),
      ]) {
        assert.deepEqual([status, body.code], [400, 'CRG0001E'], `${name} ${JSON.stringify(body)}`);
        assert.match(body.message, /NAMESPACE\/REPOSITORY:TAG/);
      }
  });

  test('what is too long or too much is refused', async () => {
    const long = await owner.get(`${VA}/exempt/image/${'a'.repeat(701)}`);
    assert.deepEqual([long.status, long.body.code], [400, 'CRG0001E']);
    assert.equal((await add('birds', `CVE-2020-${'1'.repeat(300)}`)).status, 400);
    const many = Array.from({ length: 101 }, () => 'birds/a:1');
    assert.equal((await owner.post(`${VA}/exemptions/images`, many as object)).status, 400);
    assert.equal((await owner.post(`${VA}/exemptions/images`, { a: 1 })).status, 400);
    assert.equal((await owner.send('POST', `${VA}/exemptions/images`)).status, 400);
    const flag = await owner.get(`${VA}/exemptions/image/birds?includeScope=perhaps`);
    assert.equal(flag.status, 400);
  });

  test('adding and deleting are events that name issue and scope', async () => {
    const events = async (verb: string) => {
      const path = `/api/v1/audit/events?action=container-registry.exemption.${verb}&limit=1`;
      return (await owner.get(path)).body.events[0];
    };
    registry.clock.advance(1000);
    owner = await Caller.login(registry);
    await add('birds/a:7');
    const created = await events('create');
    assert.deepEqual([created.target.id, created.target.name], ['birds/a:7', 'cve CVE-2020-0001']);
    registry.clock.advance(1000);
    await owner.delete(addressOf('birds/a:7'));
    assert.equal((await events('delete')).target.id, 'birds/a:7');
    registry.clock.advance(1000);
    await add('birds/a:7');
    await add('birds/a:8');
    await removeAll();
    const removed = await events('delete');
    assert.deepEqual([removed.target.id, removed.count], [registry.accountId, 2]);
  });
});

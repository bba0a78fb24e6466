import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Caller } from '../access/caller.ts';
import { Identities } from '../access/identities.ts';
import { v2Policy } from '../access/policy-documents.ts';
import { EMPTY_JSON, newManifest } from '../spec/content.ts';
import { TestRepository } from '../spec/repository.ts';
import { HOUR, MINUTE } from '../support/clock.ts';
import { TestRegistry } from '../support/registry.ts';
import { openRows } from '../support/rows.ts';
import { type Doors, doorsOf, type SecretKind } from './credential-doors.ts';
import { ASSUME, accept, as, grant, invite, join, PASSWORD } from './people.ts';

/**
 * Which credential authenticates in which state of what it came from: at every door that takes it, or at none. `.`: it has no
 * such state. `expired`: itself; `source`: the key it came from.
 */
const TABLE = `
KIND            live locked disabled expired source deleted recreated owner-gone suspended
user-key        yes  yes    no       no      .      no      no        no         no
service-id-key  yes  yes    no       no      .      no      no        no         no
access-token    yes  yes    no       no      no     no      no        no         no
refresh-token   yes  yes    no       no      no     no      no        no         no
docker-bearer   yes  yes    no       no      no     no      no        no         no
profile-token   yes  yes    no       no      no     no      no        no         no
registry-token  yes  .      no       no      .      no      no        yes        no
password        yes  .      no       .       .      no      no        no         no
`;

class Lab implements AsyncDisposable {
  readonly registry: TestRegistry;
  readonly identities: Identities;
  owner: Caller;

  private constructor(registry: TestRegistry, owner: Caller) {
    this.registry = registry;
    this.identities = new Identities(registry);
    this.owner = owner;
  }

  static async open(): Promise<Lab> {
    const registry = await TestRegistry.start();
    await registry.namespaceAdd('birds');
    const repository = new TestRepository(registry, 'birds/a');
    await repository.pushBlob(EMPTY_JSON);
    assert.equal((await repository.putManifest('v1', newManifest())).status, 201);
    return new Lab(registry, await Caller.login(registry));
  }

  get account(): { Account: string } {
    return { Account: this.registry.accountId };
  }

  /** The owner's request, with a token of this moment: the clock may have moved. */
  async make(method: string, path: string, body?: object): Promise<Record<string, string>> {
    this.owner = await Caller.login(this.registry);
    const headers = { ...this.account, 'If-Match': '*' };
    const answer = await this.owner.send(method, path, body, headers);
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async reader(iamId: string): Promise<void> {
    await this.make('POST', '/v2/policies', v2Policy(iamId, 'Reader', this.registry.accountId));
  }

  async suspend(): Promise<void> {
    {
      await using db = openRows(this.registry.database);
      const one = db.updateTable('accounts').where('id', '=', this.registry.accountId);
      await one.set({ state: 'SUSPENDED' }).execute();
    }
    // a row written behind the program's back is seen by who has not been asked about it
    await this.registry.restart();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.registry[Symbol.asyncDispose]();
  }
}

/** A secret, where it is shown, and what brings it into each state it has. */
interface Subject {
  readonly kind: SecretKind;
  readonly secret: string;
  readonly states: Readonly<Record<string, () => Promise<unknown>>>;
}

type Maker = (lab: Lab, state: string) => Promise<Subject>;

const VALUE = 'a-value-of-somebodys-own-choosing-0123456789';

/** A key of a user or a service ID with the role Reader. */
const key = async (lab: Lab, state: string, kind: 'user' | 'service-id') => {
  const { registry, identities } = lab;
  const holder = kind === 'user' ? await identities.user() : await identities.serviceId();
  await lab.reader(holder.iamId);
  const ends = new Date(registry.clock.now() + 10 * MINUTE).toISOString().slice(0, 16);
  const body = {
    name: 'ci',
    iam_id: holder.iamId,
    account_id: registry.accountId,
    ...(state === 'expired' || state === 'source' ? { expires_at: `${ends}+0000` } : {}),
  };
  // a user's key is the user's to make
  const maker = await Caller.login(registry, kind === 'user' ? holder.apikey : registry.apikey);
  const make = async (more: object): Promise<{ id: string; apikey: string }> => {
    const made = await maker.post('/v1/apikeys', { ...body, ...more });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    return made.body;
  };
  const made = await make({ apikey: VALUE });
  const path = `/v1/apikeys/${made.id}`;
  const remove = (): Promise<unknown> => lab.make('DELETE', path);
  const ownerGone = (): Promise<unknown> =>
    kind === 'user'
      ? lab.make('DELETE', `/v2/accounts/${registry.accountId}/users/${holder.iamId}`)
      : lab.make('DELETE', `/v1/serviceids/${holder.iamId.slice('iam-'.length)}`);
  return {
    holder,
    make,
    remove,
    states: {
      live: async () => {},
      locked: () => lab.make('POST', `${path}/lock`),
      disabled: () => lab.make('POST', `${path}/disable`),
      deleted: remove,
      'owner-gone': ownerGone,
      suspended: () => lab.suspend(),
    },
  };
};

const keyOf =
  (kind: 'user' | 'service-id'): Maker =>
  async (lab, state) => {
    const { states, remove, make } = await key(lab, state, kind);
    return {
      kind: 'api-key',
      secret: VALUE,
      states: {
        ...states,
        expired: async () => lab.registry.clock.advance(11 * MINUTE),
        recreated: async () => {
          await remove();
          await make({});
        },
      },
    };
  };

/** What came from a user's key. A key made again under the same name, even with the same value, is another key. */
const fromKey =
  (kind: SecretKind, life: number, take: (lab: Lab) => Promise<string>): Maker =>
  async (lab, state) => {
    const { states, remove, make } = await key(lab, state, 'user');
    return {
      kind,
      secret: await take(lab),
      states: {
        ...states,
        expired: async () => lab.registry.clock.advance(life),
        source: async () => lab.registry.clock.advance(11 * MINUTE),
        recreated: async () => {
          await remove();
          await make({ apikey: VALUE });
        },
      },
    };
  };

const profileToken: Maker = async (lab, state) => {
  const { states, holder } = await key(lab, state, 'user');
  const trust = { type: 'user', identifier: holder.iamId };
  const create = async (): Promise<string> => {
    const body = { name: 'trusted', account_id: lab.registry.accountId };
    const { id = '', iam_id: iamId = '' } = await lab.make('POST', '/v1/profiles', body);
    await lab.make('POST', `/v1/profiles/${id}/identities/user`, trust);
    await lab.reader(iamId);
    return id;
  };
  const id = await create();
  const { access_token } = await lab.registry.login(VALUE);
  const { body } = await grant(lab.registry, { grant_type: ASSUME, access_token, profile_id: id });
  return {
    kind: 'access-token',
    secret: body.access_token,
    states: {
      ...states,
      expired: async () => lab.registry.clock.advance(HOUR),
      source: async () => lab.registry.clock.advance(11 * MINUTE),
      deleted: () => lab.make('DELETE', `/v1/profiles/${id}/identities/user/${holder.iamId}`),
      recreated: async () => {
        await lab.make('DELETE', `/v1/profiles/${id}`);
        await create();
      },
    },
  };
};

const registryToken: Maker = async (lab) => {
  const creator = await lab.identities.user();
  const { accountId, clock } = lab.registry;
  const rights = v2Policy(creator.iamId, 'Administrator', accountId);
  await lab.make('POST', '/v2/policies', rights);
  const caller = await Caller.login(lab.registry, creator.apikey);
  const create = () => caller.send('POST', '/api/v1/tokens?secondaryOwner=ci', undefined, lab.account);
  const { body } = await create();
  const listed = await caller.send('GET', '/api/v1/tokens', undefined, lab.account);
  const remove = () => lab.make('DELETE', `/api/v1/tokens/${listed.body.tokens[0]._id}`);
  return {
    kind: 'registry-token',
    secret: body.token,
    states: {
      live: async () => {},
      disabled: () => lab.make('PATCH', '/api/v1/auth', { registry_tokens: 'disabled' }),
      expired: async () => clock.advance(24 * HOUR),
      deleted: remove,
      recreated: async () => {
        await remove();
        assert.equal((await create()).status, 200);
      },
      'owner-gone': () => lab.make('DELETE', `/v2/accounts/${accountId}/users/${creator.iamId}`),
      suspended: () => lab.suspend(),
    },
  };
};

const password: Maker = async (lab) => {
  const { registry } = lab;
  const { iamId, email, token } = await join(registry, 'ada@example.com');
  const member = `/v2/accounts/${registry.accountId}/users/${iamId}`;
  const change = { old_password: PASSWORD, password: 'another horse battery' };
  return {
    kind: 'password',
    secret: `${email}\n${PASSWORD}`,
    states: {
      live: async () => {},
      disabled: () => lab.make('PATCH', member, { state: 'DISABLED' }),
      deleted: async () => {
        const { status } = await registry.fetch('/v1/users/me/password', {
          method: 'PUT',
          headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
          body: JSON.stringify(change),
        });
        assert.equal(status, 204);
      },
      recreated: async () => {
        await lab.make('DELETE', member);
        const { code } = await invite(registry, email);
        assert.equal((await accept(registry, code, { password: change.password })).status, 200);
      },
      'owner-gone': () => lab.make('DELETE', member),
      suspended: () => lab.suspend(),
    },
  };
};

const MAKERS: Readonly<Record<string, Maker>> = {
  'user-key': keyOf('user'),
  'service-id-key': keyOf('service-id'),
  'access-token': fromKey(
    'access-token',
    HOUR,
    async ({ registry }) => (await registry.login(VALUE)).access_token,
  ),
  'refresh-token': fromKey(
    'refresh-token',
    24 * HOUR,
    async ({ registry }) => (await registry.login(VALUE, 'bx')).refresh_token,
  ),
  'docker-bearer': fromKey('docker-bearer', 15 * MINUTE, ({ registry }) =>
    registry.bearer('repository:birds/a:pull', 'iamapikey', VALUE),
  ),
  'profile-token': profileToken,
  'registry-token': registryToken,
  password,
};

const [HEAD = [], ...ROWS] = TABLE.trim()
  .split('\n')
  .map((line) => line.split(/\s+/));

const assertAll = async (doors: Doors, isAccepted: boolean, what: string): Promise<void> => {
  for (const [door, show] of Object.entries(doors)) {
    const status = await show();
    if (isAccepted) assert.ok(status < 300, `${what} at ${door}: ${status}`);
    else assert.ok(status === 401 || status === 400, `${what} at ${door}: ${status}`);
  }
};

for (const [name = '', ...cells] of ROWS) {
  for (const [index, due] of cells.entries()) {
    const state = HEAD[index + 1] ?? '';
    if (due === '.') continue;
    test(`P1: ${name}, ${state}: ${due === 'yes' ? 'authenticates' : 'is refused'} at every door`, async () => {
      await using lab = await Lab.open();
      const subject = await MAKERS[name]?.(lab, state);
      assert.ok(subject);
      const doors = doorsOf(lab.registry, subject.kind, subject.secret);
      // with every cache warm
      await assertAll(doors, true, `${name} before it is ${state}`);
      const enter = subject.states[state];
      assert.ok(enter, `${name} has no state ${state}`);
      await enter();
      await assertAll(doors, due === 'yes', `${name}, ${state}`);
    });
  }
}

test('P2: what came from a membership that ended is not alive again when its user is invited again', async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  const other = await identities.stranger();
  const { iamId, email } = await join(registry, 'ada@example.com');
  const { access_token: token } = await registry.login(other.apikey);
  const elsewhere = await invite(registry, email, { token, account: other.accountId });
  const login = (client?: 'bx') =>
    grant(
      registry,
      { grant_type: 'password', username: email, password: PASSWORD, bss_account: registry.accountId },
      client,
    );
  const own = (await login()).body.access_token;
  assert.equal((await accept(registry, elsewhere.code, {}, own)).status, 200);
  const body = { name: 'trusted', account_id: registry.accountId };
  const profile = await (await registry.api('POST', '/v1/profiles', body)).json();
  const { id } = profile as { id: string };
  const trust = { type: 'user', identifier: iamId };
  assert.equal((await registry.api('POST', `/v1/profiles/${id}/identities/user`, trust)).status, 200);
  const withSession = (await login('bx')).body.access_token;
  const bearer = await registry.bearer('repository:birds/a:pull', 'iambearer', own);
  const tokens = [own, withSession];
  const use = async (access: string): Promise<number> =>
    (await as(registry, access, 'GET', '/identity/userinfo')).status;
  const pull = async (): Promise<number> =>
    (await registry.fetch('/v2/', { headers: { Authorization: `Bearer ${bearer}` } })).status;
  for (const each of tokens) assert.equal(await use(each), 200);
  assert.equal(await pull(), 200);

  const member = `/v2/accounts/${registry.accountId}/users/${iamId}`;
  assert.equal((await registry.api('DELETE', member)).status, 204);
  for (const each of tokens) assert.equal(await use(each), 401);
  registry.clock.advance(1);
  const again = await invite(registry, email);
  const there = await grant(registry, { grant_type: 'password', username: email, password: PASSWORD });
  const accepted = await accept(registry, again.code, {}, there.body.access_token);
  assert.deepEqual([accepted.status, accepted.body.iam_id], [200, iamId]);
  for (const [index, each] of tokens.entries()) assert.equal(await use(each), 401, `token ${index}`);
  assert.equal(await pull(), 401);
});

test('a value given to another key after the first was deleted signs in as the other', async () => {
  await using lab = await Lab.open();
  const { make, remove } = await key(lab, 'live', 'service-id');
  await lab.registry.login(VALUE);
  await remove();
  await assert.rejects(lab.registry.login(VALUE), /401/);
  await make({ apikey: VALUE });
  await lab.registry.login(VALUE);
});

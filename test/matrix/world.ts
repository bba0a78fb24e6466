import assert from 'node:assert/strict';
import { Caller } from '../access/caller.ts';
import { onNamespace, v2Policy } from '../access/policy-documents.ts';
import { ASSUME, grant } from '../identity/people.ts';
import { basic, type TestRegistry } from '../support/registry.ts';

export const NAMESPACES = ['birds', 'fish'] as const;
const RIGHTS = ['pull', 'push', 'delete'] as const;
const ROLES = ['Reader', 'Writer', 'Manager'] as const;

/** What a principal may do, as `push fish`. */
export type Rights = ReadonlySet<string>;

/** One step of a history; `who`, `which` and `what` choose among what there is. */
export interface Step {
  readonly op: (typeof OPERATIONS)[number];
  readonly who: number;
  readonly which: number;
  readonly what: number;
}

export const OPERATIONS = [
  'grant',
  'grant',
  'withdraw',
  'join',
  'leave',
  'recreate namespace',
  'recreate identity',
  'recreate key',
  'take tokens',
] as const;

interface Robot {
  readonly name: string;
  readonly id: string;
  readonly iamId: string;
  readonly keyId: string;
  readonly apikey: string;
  readonly profile: { readonly id: string; readonly iamId: string };
}

/** A docker bearer, and whether it is from before its namespace or what it came from was made again. */
interface Taken {
  readonly bearer: string;
  readonly namespace: string;
  readonly robot: Robot;
  stale: boolean;
}

/** An account that a random history happens to: service IDs, their profiles, keys, groups, policies and namespaces. */
export class World {
  readonly #registry: TestRegistry;
  readonly #owner: Caller;
  readonly #group: string;
  readonly #policies: string[] = [];
  readonly #taken: Taken[] = [];
  #robots: Robot[] = [];
  #made = 0;

  private constructor(registry: TestRegistry, owner: Caller, group: string) {
    this.#registry = registry;
    this.#owner = owner;
    this.#group = group;
  }

  static async begin(registry: TestRegistry, name: string): Promise<World> {
    const owner = await Caller.login(registry);
    const { body } = await owner.post(`/v2/groups?account_id=${registry.accountId}`, { name });
    const world = new World(registry, owner, body.id);
    for (const word of ['one', 'two']) {
      const robot = await world.#robot(`${name} ${word}`);
      world.#robots.push(robot);
      for (const namespace of NAMESPACES) await world.#take(robot, namespace);
    }
    return world;
  }

  async step({ op, who, which, what }: Step): Promise<void> {
    const index = who % this.#robots.length;
    const robot = this.#robots[index];
    assert.ok(robot);
    const namespace = NAMESPACES[which % NAMESPACES.length] ?? 'birds';
    switch (op) {
      case 'grant':
        return this.#grant(robot, which, what);
      case 'withdraw':
        return this.#withdraw(which);
      case 'join':
        return void (await this.#make('PUT', `/v2/groups/${this.#group}/members`, {
          members: [{ iam_id: robot.iamId }],
        }));
      case 'leave':
        return void (await this.#owner.delete(`/v2/groups/${this.#group}/members/${robot.iamId}`));
      case 'recreate namespace':
        await this.#make('DELETE', `/api/v1/namespaces/${namespace}`);
        await this.#make('PUT', `/api/v1/namespaces/${namespace}`);
        return this.#outdate((taken) => taken.namespace === namespace);
      case 'recreate identity':
        await this.#make('DELETE', `/v1/serviceids/${robot.id}`);
        this.#robots[index] = await this.#robot(robot.name);
        return this.#outdate((taken) => taken.robot.id === robot.id);
      case 'recreate key':
        this.#robots[index] = await this.#newKey(robot);
        return this.#outdate((taken) => taken.robot.keyId === robot.keyId);
      case 'take tokens':
        for (const each of NAMESPACES) await this.#take(robot, each);
    }
  }

  /** Fails unless rights only ever get fewer on the way from the principal to the last token. */
  async assertShrinking(): Promise<void> {
    for (const robot of this.#robots) {
      const principal = await this.#allowed(robot.iamId, 'serviceid');
      const [key, access, refresh] = await this.#logins(robot);
      const chain: [string, Rights][] = [
        ['the principal', principal],
        ['its key', await this.#opened(key)],
        ['an access token of the key', await this.#opened(access)],
        ['a bearer of the access token', await this.#ofBearers(access)],
      ];
      assertEachWithin(chain);
      assertEachWithin([
        ['the key', await this.#opened(key)],
        ['a refresh token of it', await this.#opened(refresh)],
        ['a bearer of the refresh token', await this.#ofBearers(refresh)],
      ]);
      const profile = await this.#assumed(robot, access.secret);
      assertEachWithin([
        ['the profile', await this.#allowed(robot.profile.iamId, 'profile')],
        ['a token of the profile', await this.#opened(profile)],
        ['a bearer of that', await this.#ofBearers(profile)],
      ]);
    }
  }

  /** Fails if a bearer from before something was made again still opens anything, whatever is granted afterwards. */
  async assertStaleAreDead(): Promise<void> {
    for (const { iamId } of this.#robots) {
      const body = v2Policy(iamId, 'Manager', this.#registry.accountId);
      const { status } = await this.#owner.post('/v2/policies', body);
      assert.ok(status === 201 || status === 409, String(status));
    }
    for (const { bearer, namespace, stale, robot } of this.#taken) {
      if (!stale) continue;
      const headers = { Authorization: `Bearer ${bearer}` };
      for (const right of RIGHTS) {
        const opens = await this.#opens(right, namespace, headers);
        assert.ok(!opens, `a bearer of ${robot.name} from before still has ${right} on ${namespace}`);
      }
    }
  }

  #outdate(isOld: (taken: Taken) => boolean): void {
    for (const taken of this.#taken) if (isOld(taken)) taken.stale = true;
  }

  async #grant(robot: Robot, which: number, what: number): Promise<void> {
    const subject = [robot.iamId, robot.profile.iamId, this.#group][what % 3] ?? robot.iamId;
    const role = ROLES[which % ROLES.length] ?? 'Reader';
    const scope = [undefined, ...NAMESPACES][(which + what) % (NAMESPACES.length + 1)];
    const on = scope === undefined ? { serviceName: 'container-registry' } : onNamespace(scope);
    const body = v2Policy(subject, role, this.#registry.accountId, on);
    const { status, body: made } = await this.#owner.post('/v2/policies', body);
    assert.ok(status === 201 || status === 409, JSON.stringify(made));
    if (status === 201) this.#policies.push(made.id);
  }

  /** Takes a policy away: no principal may have more rights after it than before. */
  async #withdraw(which: number): Promise<void> {
    const [id] = this.#policies.splice(which % Math.max(1, this.#policies.length), 1);
    if (id === undefined) return;
    const all = async (): Promise<Rights[]> =>
      Promise.all(this.#robots.map(({ iamId }) => this.#allowed(iamId, 'serviceid')));
    const before = await all();
    const { status } = await this.#owner.delete(`/v2/policies/${id}`);
    // those of an identity that is no more went with it
    assert.ok(status === 204 || status === 404, String(status));
    for (const [index, rights] of (await all()).entries())
      assert.ok(rights.isSubsetOf(before[index] ?? new Set()), 'removing a policy gave a right');
  }

  async #take(robot: Robot, namespace: string): Promise<void> {
    const scope = `repository:${namespace}/a:pull,push,delete`;
    const bearer = await this.#registry.bearer(scope, 'iamapikey', robot.apikey);
    this.#taken.push({ bearer, namespace, robot, stale: false });
  }

  async #make(method: string, path: string, body?: object) {
    const headers = { Account: this.#registry.accountId };
    const answer = await this.#owner.send(method, path, body, headers);
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async #robot(name: string): Promise<Robot> {
    const account = { account_id: this.#registry.accountId };
    const made = await this.#make('POST', '/v1/serviceids', { ...account, name, apikey: { name: 'k' } });
    this.#made += 1;
    const profile = await this.#make('POST', '/v1/profiles', { ...account, name: `${name} ${this.#made}` });
    const trust = { type: 'serviceid', identifier: made.id };
    await this.#make('POST', `/v1/profiles/${profile.id}/identities/serviceid`, trust);
    return {
      name,
      id: made.id,
      iamId: made.iam_id,
      keyId: made.apikey.id,
      apikey: made.apikey.apikey,
      profile: { id: profile.id, iamId: profile.iam_id },
    };
  }

  async #newKey(robot: Robot): Promise<Robot> {
    await this.#make('DELETE', `/v1/apikeys/${robot.keyId}`);
    const asked = { name: 'k', iam_id: robot.iamId, account_id: this.#registry.accountId };
    // with the value it had: even so it is another key
    const made = await this.#make('POST', '/v1/apikeys', { ...asked, apikey: robot.apikey });
    return { ...robot, keyId: made.id };
  }

  async #logins(robot: Robot): Promise<[Login, Login, Login]> {
    const { access_token, refresh_token } = await this.#registry.login(robot.apikey, 'bx');
    return [
      { user: 'iamapikey', secret: robot.apikey },
      { user: 'iambearer', secret: access_token },
      { user: 'iamrefresh', secret: refresh_token },
    ];
  }

  async #assumed(robot: Robot, access_token: string): Promise<Login> {
    const fields = { grant_type: ASSUME, access_token, profile_id: robot.profile.id };
    const { status, body } = await grant(this.#registry, fields);
    assert.equal(status, 200, JSON.stringify(body));
    return { user: 'iambearer', secret: body.access_token };
  }

  /** What decide says, asked by an Administrator. */
  async #allowed(iamId: string, type: string): Promise<Rights> {
    const rights = new Set<string>();
    for (const namespace of NAMESPACES) {
      for (const right of RIGHTS) {
        const action = `container-registry.image.${right}`;
        const { body } = await this.#owner.post('/v1/explain', {
          iam_id: iamId,
          type,
          action,
          resource: { namespace },
        });
        if (body.allowed) rights.add(`${right} ${namespace}`);
      }
    }
    return rights;
  }

  #opened({ user, secret }: Login): Promise<Rights> {
    return this.#tried(async () => ({ Authorization: basic(user, secret) }));
  }

  #ofBearers({ user, secret }: Login): Promise<Rights> {
    return this.#tried(async (namespace) => {
      const token = await this.#registry.bearer(`repository:${namespace}/a:*`, user, secret);
      return { Authorization: `Bearer ${token}` };
    });
  }

  async #tried(headersFor: (namespace: string) => Promise<Record<string, string>>): Promise<Rights> {
    const rights = new Set<string>();
    for (const namespace of NAMESPACES) {
      const headers = await headersFor(namespace);
      for (const right of RIGHTS)
        if (await this.#opens(right, namespace, headers)) rights.add(`${right} ${namespace}`);
    }
    return rights;
  }

  async #opens(right: (typeof RIGHTS)[number], namespace: string, headers: Record<string, string>) {
    const [method, path] = {
      pull: ['GET', 'tags/list'],
      push: ['POST', 'blobs/uploads/'],
      delete: ['DELETE', 'manifests/absent'],
    }[right];
    const response = await this.#registry.fetch(`/v2/${namespace}/a/${path}`, {
      method: method ?? '',
      headers,
    });
    await response.arrayBuffer();
    assert.ok([202, 404, 401, 403].includes(response.status), `${method} ${path}: ${response.status}`);
    return ![401, 403].includes(response.status);
  }
}

interface Login {
  readonly user: string;
  readonly secret: string;
}

const assertEachWithin = (chain: readonly (readonly [string, Rights])[]): void => {
  for (const [index, [name, rights]] of chain.entries()) {
    const [origin, wider] = chain[index - 1] ?? [name, rights];
    assert.ok(
      rights.isSubsetOf(wider),
      `${name} has ${[...rights.difference(wider)].join(', ')}, which ${origin} has not`,
    );
  }
};

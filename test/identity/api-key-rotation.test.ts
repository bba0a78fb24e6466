import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ApiKey } from '../../src/wire/api-keys.ts';
import { DAY, HOUR, MINUTE } from '../support/clock.ts';
import { basic, TestRegistry } from '../support/registry.ts';
import { AllRows } from '../support/rows.ts';
import { IamLab, type Someone } from './iam-lab.ts';

const ANY = { 'If-Match': '*' };
const PULL = 'repository:birds/a:pull';

/** A registry with a key that is rotated. */
class Rotation {
  readonly registry: TestRegistry;
  readonly lab: IamLab;
  readonly key: ApiKey;

  constructor(registry: TestRegistry, lab: IamLab, key: ApiKey) {
    this.registry = registry;
    this.lab = lab;
    this.key = key;
  }

  static async of(more: object = {}): Promise<Rotation> {
    const registry = await TestRegistry.start();
    await registry.namespaceAdd('birds');
    const lab = new IamLab(registry);
    return new Rotation(registry, lab, await lab.key(registry.ownerIamId, more));
  }

  get path(): string {
    return `/v1/apikeys/${this.key.id}`;
  }

  get first(): string {
    return this.key.apikey ?? '';
  }

  async rotate(body: object = {}): Promise<string> {
    return (await this.lab.want<ApiKey>(200, 'POST', `${this.path}/rotate`, body, ANY)).apikey ?? '';
  }

  endPrevious(status = 204): Promise<unknown> {
    return this.lab.want(status, 'DELETE', `${this.path}/previous_secret`, undefined, ANY);
  }

  read(): Promise<ApiKey> {
    return this.lab.want(200, 'GET', this.path);
  }

  /** What docker login with a secret is answered. */
  async login(secret: string, agent = 'docker/29'): Promise<number> {
    const headers = { Authorization: basic('iamapikey', secret), 'User-Agent': agent };
    return (await this.registry.fetch('/oauth/token', { headers })).status;
  }

  logins(...secrets: string[]): Promise<number[]> {
    return Promise.all(secrets.map((secret) => this.login(secret)));
  }

  /** What a pull with a bearer is answered: 404 when it is let in, since there is no such repository. */
  async pull(bearer: string): Promise<number> {
    const headers = { Authorization: `Bearer ${bearer}` };
    return (await this.registry.fetch('/v2/birds/a/tags/list', { headers })).status;
  }

  report(secret: string): Promise<Response> {
    return this.registry.fetch('/v1/apikeys/leaked', { method: 'POST', headers: { 'IAM-ApiKey': secret } });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.registry[Symbol.asyncDispose]();
  }
}

suite('rotation of an API key', () => {
  test('both secrets sign in as the same key until the grace ends; afterwards the old one is refused', async () => {
    await using it = await Rotation.of();
    const answer = await it.lab.as(it.lab.owner, 'POST', `${it.path}/rotate`, { grace: 3600 }, ANY);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    const rotated = (await answer.json()) as ApiKey;
    const next = rotated.apikey ?? '';
    assert.deepEqual([rotated.id, rotated.name, next === it.first], [it.key.id, it.key.name, false]);
    assert.equal(answer.headers.get('etag'), rotated.entity_tag);
    assert.deepEqual(await it.logins(it.first, next), [200, 200]);
    for (const secret of [it.first, next]) {
      const details = { 'IAM-ApiKey': secret };
      const { id } = await it.lab.want<ApiKey>(200, 'GET', '/v1/apikeys/details', undefined, details);
      assert.equal(id, it.key.id);
    }
    it.registry.clock.advance(HOUR - 1);
    assert.deepEqual(await it.logins(it.first, next), [200, 200]);
    it.registry.clock.advance(1);
    assert.deepEqual(await it.logins(it.first, next), [401, 200]);
    const { secrets = [] } = await it.read();
    assert.deepEqual(
      secrets.map(({ number }) => number),
      [2],
    );
    const kept = it.registry.logged.join('');
    for (const secret of [it.first, next]) assert.ok(!kept.includes(secret));
  });

  test('without a grace in the request the old secret signs in for a day', async () => {
    await using it = await Rotation.of();
    await it.rotate();
    it.registry.clock.advance(DAY - 1);
    assert.equal(await it.login(it.first), 200);
    it.registry.clock.advance(1);
    assert.equal(await it.login(it.first), 401);
  });

  test('the old secret can be ended early: the next request with it, or with what came from it, is refused', async () => {
    await using it = await Rotation.of();
    const next = await it.rotate();
    const { access_token, refresh_token } = await it.registry.login(it.first, 'bx');
    const old = [
      await it.registry.bearer(PULL, 'iamapikey', it.first),
      await it.registry.bearer(PULL, 'iambearer', access_token),
      await it.registry.bearer(PULL, 'iamrefresh', refresh_token),
    ];
    const current = await it.registry.bearer(PULL, 'iamapikey', next);
    for (const bearer of [...old, current]) assert.equal(await it.pull(bearer), 404);
    await it.endPrevious();
    for (const bearer of old) assert.equal(await it.pull(bearer), 401);
    assert.equal(await it.pull(current), 404);
    assert.deepEqual(await it.logins(it.first, next), [401, 200]);
    await it.endPrevious(404);
  });

  test('what came from the old secret never outlives its grace', async () => {
    await using it = await Rotation.of();
    await it.rotate({ grace: 60 });
    const bearer = await it.registry.bearer(PULL, 'iamapikey', it.first);
    it.registry.clock.advance(MINUTE - 1);
    assert.equal(await it.pull(bearer), 404);
    it.registry.clock.advance(1);
    assert.equal(await it.pull(bearer), 401);
  });

  test('a second rotation during the grace ends the oldest secret', async () => {
    await using it = await Rotation.of();
    const second = await it.rotate();
    const bearers = [
      await it.registry.bearer(PULL, 'iamapikey', it.first),
      await it.registry.bearer(PULL, 'iamapikey', second),
    ];
    const third = await it.rotate();
    assert.deepEqual(await it.logins(it.first, second, third), [401, 200, 200]);
    assert.deepEqual(await Promise.all(bearers.map((bearer) => it.pull(bearer))), [401, 404]);
    assert.deepEqual(
      (await it.read()).secrets?.map(({ number }) => number),
      [3, 2],
    );
  });

  test('disabling, expiring or deleting the key ends both secrets at once; locking keeps them from change', async () => {
    await using it = await Rotation.of({ expires_at: '2026-01-16T12:00+0000' });
    const next = await it.rotate({ grace: 30 * 86_400 });
    await it.lab.want(204, 'POST', `${it.path}/lock`);
    assert.deepEqual(await it.logins(it.first, next), [200, 200]);
    await it.lab.want(409, 'POST', `${it.path}/rotate`, {}, ANY);
    await it.endPrevious(409);
    await it.lab.want(204, 'DELETE', `${it.path}/lock`);
    await it.lab.want(204, 'POST', `${it.path}/disable`);
    assert.deepEqual(await it.logins(it.first, next), [401, 401]);
    await it.lab.want(204, 'DELETE', `${it.path}/disable`);
    assert.deepEqual(await it.logins(it.first, next), [200, 200]);
    it.registry.clock.advance(DAY);
    assert.deepEqual(await it.logins(it.first, next), [401, 401]);
    // the rotation may move the end of the key
    const third = await it.rotate({ expires_at: '2026-02-16T12:00+0000' });
    assert.deepEqual(await it.logins(it.first, next, third), [401, 200, 200]);
    await it.lab.want(204, 'DELETE', it.path);
    assert.deepEqual(await it.logins(next, third), [401, 401]);
  });

  test('an old secret that leaks acts on the key while it signs in, and on nothing when it is over', async () => {
    await using it = await Rotation.of();
    const next = await it.rotate({ grace: 3600 });
    it.registry.clock.advance(HOUR);
    assert.equal((await it.report(it.first)).status, 401);
    assert.equal(await it.login(next), 200);
    const third = await it.rotate({ grace: 3600 });
    assert.deepEqual(await (await it.report(next)).json(), { id: it.key.id, action: 'disable' });
    assert.deepEqual(await it.logins(next, third), [401, 401]);
  });

  test('the last use of each secret is shown: when, from where, with what, and what is safe to delete', async () => {
    await using it = await Rotation.of();
    await it.login(it.first, 'docker/28.5 (old runner)');
    const next = await it.rotate();
    it.registry.clock.advance(5 * MINUTE);
    // written in batches; the end of the process writes what is left
    await it.registry.restart();
    const before = (await it.read()).secrets ?? [];
    assert.deepEqual(
      before.map(({ number, last_used_with, safe_to_delete }) => [number, last_used_with, safe_to_delete]),
      [
        [2, undefined, false],
        [1, 'docker/28.5 (old runner)', false],
      ],
      'nothing uses the next one yet',
    );
    await it.login(next, 'podman/5.8');
    await it.registry.restart();
    const moved = (await it.read()).secrets ?? [];
    assert.deepEqual(moved, [
      {
        number: 2,
        created_at: '2026-01-15T12:00+0000',
        last_used_at: '2026-01-15T12:05+0000',
        last_used_from: '127.0.0.1',
        last_used_with: 'podman/5.8',
        safe_to_delete: false,
      },
      {
        number: 1,
        created_at: '2026-01-15T12:00+0000',
        expires_at: '2026-01-16T12:00+0000',
        last_used_at: '2026-01-15T12:00+0000',
        last_used_from: '127.0.0.1',
        last_used_with: 'docker/28.5 (old runner)',
        safe_to_delete: true,
      },
    ]);
    await it.login(it.first, 'docker/28.5 (old runner)');
    await it.registry.restart();
    assert.deepEqual(
      (await it.read()).secrets?.map(({ last_used_at, safe_to_delete }) => [last_used_at, safe_to_delete]),
      [
        ['2026-01-15T12:05+0000', false],
        ['2026-01-15T12:05+0000', false],
      ],
    );
  });

  test('a chosen next secret is held to the rules of a chosen first one, and is no secret of any key', async () => {
    await using it = await Rotation.of();
    const chosen = 'a-secret-of-their-own-of-40-characters-xx';
    const refused = (apikey: string): Promise<unknown> =>
      it.lab.want(400, 'POST', `${it.path}/rotate`, { apikey }, ANY);
    await refused('too short');
    await refused(it.registry.apikey);
    await refused(it.first);
    assert.equal(await it.rotate({ apikey: chosen }), chosen);
    await refused(it.first);
    const body = { name: 'k', iam_id: it.registry.ownerIamId, apikey: it.first };
    await it.lab.want(400, 'POST', '/v1/apikeys', body);
    assert.equal(await it.login(chosen), 200);
  });

  test('a rotation says which version of the key it is for, and a grace is 1 second to 30 days', async () => {
    await using it = await Rotation.of();
    const path = `${it.path}/rotate`;
    await it.lab.want(400, 'POST', path, {});
    await it.lab.want(412, 'POST', path, {}, { 'If-Match': '"1-other"' });
    for (const grace of [0, -1, 2_592_001, 1.5, '24h', null])
      await it.lab.want(400, 'POST', path, { grace }, ANY);
    await it.lab.want(400, 'DELETE', `${it.path}/previous_secret`);
    await it.rotate();
    const stale = { 'If-Match': it.key.entity_tag };
    await it.lab.want(412, 'POST', path, {}, stale);
    await it.lab.want(412, 'DELETE', `${it.path}/previous_secret`, undefined, stale);
    assert.equal(await it.login(it.first), 200);
  });

  test('what may make a key of an identity may rotate it: no stranger, no anonymous caller, no writer of a tenant', async () => {
    await using it = await Rotation.of();
    const { lab, registry } = it;
    const robot = await lab.someone('robot', 'Writer', {
      serviceName: 'container-registry',
      resourceType: 'namespace',
      resource: 'birds',
    });
    const viewer = await lab.someone('viewer', 'Viewer', { serviceName: 'iam-identity' });
    const stranger = await lab.stranger();
    const asked = async (who: Someone, method: string, what: string): Promise<number> =>
      (await lab.as(who, method, `${it.path}/${what}`, method === 'POST' ? {} : undefined, ANY)).status;
    for (const [who, status] of [
      [robot, 404],
      [stranger, 404],
      [viewer, 403],
    ] as const) {
      assert.equal(await asked(who, 'POST', 'rotate'), status);
      assert.equal(await asked(who, 'DELETE', 'previous_secret'), status);
    }
    // also where the identity reaches nothing, so that no right would be gained
    const { id: bare } = await lab.key((await lab.serviceId('bare')).iam_id);
    assert.equal((await lab.as(viewer, 'POST', `/v1/apikeys/${bare}/rotate`, {}, ANY)).status, 403);
    const anonymous = { method: 'POST', headers: { ...ANY, 'Content-Type': 'application/json' }, body: '{}' };
    assert.equal((await registry.fetch(`${it.path}/rotate`, anonymous)).status, 401);
    // as with a new key: a service ID's are made by its Administrators, not by itself
    const { id } = await lab.want<ApiKey>(200, 'GET', '/v1/apikeys/details', undefined, {
      'IAM-ApiKey': robot.apikey,
    });
    assert.equal((await lab.as(robot, 'POST', `/v1/apikeys/${id}/rotate`, {}, ANY)).status, 404);
    await lab.want(200, 'POST', `/v1/apikeys/${id}/rotate`, {}, ANY);
    assert.equal(await it.login(it.first), 200);
  });

  test('a profile that is assumed with the old secret ends with it', async () => {
    await using it = await Rotation.of();
    const { lab, registry } = it;
    const { id } = await lab.want<{ id: string }>(201, 'POST', '/v1/profiles', {
      name: 'p',
      account_id: registry.accountId,
    });
    const identity = { identifier: registry.ownerIamId, type: 'user', iam_id: registry.ownerIamId };
    await lab.want(200, 'POST', `/v1/profiles/${id}/identities/user`, identity);
    await lab.grant(`iam-${id}`, 'Reader', { serviceName: 'container-registry' });
    await it.rotate();
    const bearer = await registry.bearer(PULL, id, it.first);
    assert.equal(await it.pull(bearer), 404);
    await it.endPrevious();
    assert.equal(await it.pull(bearer), 401);
  });

  test('the newest secret stands where a version without rotation looks for it, and the old one does not', async () => {
    await using it = await Rotation.of();
    await using rows = await AllRows.open(it.registry.database);
    const stored = async (): Promise<Record<string, unknown> | undefined> =>
      (await rows.read()).api_keys?.find(({ id }) => id === it.key.id);
    const before = await stored();
    await it.rotate();
    const after = await stored();
    assert.notEqual(after?.secret_hash, before?.secret_hash);
    assert.equal(after?.previous_hash, before?.secret_hash);
  });

  test('a rotation and the end of a secret are in the history of the key, without the secret', async () => {
    await using it = await Rotation.of();
    const next = await it.rotate();
    await it.endPrevious();
    const { history = [] } = await it.lab.want<ApiKey>(200, 'GET', `${it.path}?include_history=true`);
    const actions = history.map(({ action }) => action);
    assert.ok(actions.includes('iam-identity.user-apikey.rotate'));
    assert.ok(actions.includes('iam-identity.user-apikey.end-previous-secret'));
    assert.ok(!JSON.stringify(history).includes(next));
  });
});

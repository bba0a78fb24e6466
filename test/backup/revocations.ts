import assert from 'node:assert/strict';
import { onNamespace, v2Policy } from '../access/policy-documents.ts';
import { IamLab } from '../identity/iam-lab.ts';
import type { KeylessLab } from '../identity/keyless-lab.ts';
import { ASSUME, as, grant, join, newProfile, PASSWORD, type Person } from '../identity/people.ts';
import { basic, type TestRegistry } from '../support/registry.ts';

/** Something that works, and what ends it. */
export interface Revocation {
  readonly what: string;
  /** In a registry, of before or restored. */
  works(registry: TestRegistry): Promise<boolean>;
  revoke(): Promise<unknown>;
}

const ANY = { 'If-Match': '*' };

export const login = async (
  registry: TestRegistry,
  secret: string,
  name = 'iamapikey',
  headers: Record<string, string> = {},
): Promise<boolean> => {
  const answer = await registry.fetch('/oauth/token', {
    headers: { Authorization: basic(name, secret), ...headers },
  });
  await answer.body?.cancel();
  return answer.status === 200;
};

/** Whether the key may begin a push to the namespace. */
const pushes = async (registry: TestRegistry, apikey: string, namespace = 'birds'): Promise<boolean> => {
  const answer = await registry.fetch(`/v2/${namespace}/a/blobs/uploads/`, {
    method: 'POST',
    headers: { Authorization: basic('iamapikey', apikey) },
  });
  await answer.body?.cancel();
  return answer.status === 202;
};

const passwordWorks = async (registry: TestRegistry, { email }: Person): Promise<boolean> =>
  (await grant(registry, { grant_type: 'password', username: email, password: PASSWORD })).status === 200;

/** Makes one of everything that can be revoked. The lab's registry trusts X-Forwarded-For from loopback. */
export const makeRevocations = async (keyless: KeylessLab): Promise<Revocation[]> => {
  const { registry } = keyless;
  const lab = new IamLab(registry);
  return [
    ...(await apiKeys(registry, lab)),
    ...(await registryTokens(registry, lab)),
    ...(await policies(registry, lab)),
    ...(await groups(registry, lab)),
    ...(await users(registry, lab)),
    ...(await profiles(registry, lab)),
    ...(await workloads(keyless, lab)),
    ...(await settings(registry, lab)),
  ];
};

const apiKeys = async (registry: TestRegistry, lab: IamLab): Promise<Revocation[]> => {
  const made = async (what: string, revoke: (path: string) => Promise<unknown>): Promise<Revocation> => {
    const { id, apikey = '' } = await lab.key(registry.ownerIamId, { name: what });
    return { what, works: (at) => login(at, apikey), revoke: () => revoke(`/v1/apikeys/${id}`) };
  };
  const locked = await lab.key(registry.ownerIamId, { name: 'to be locked' });
  const rotated = await lab.key(registry.ownerIamId, { name: 'rotated' });
  const rotate = `/v1/apikeys/${rotated.id}`;
  await lab.want(200, 'POST', `${rotate}/rotate`, { grace: 86_400 }, ANY);
  const late = await lab.key(registry.ownerIamId, { name: 'rotated afterwards' });
  const service = await lab.someone('removed with its keys');
  return [
    await made('an API key that is deleted', (path) => lab.want(204, 'DELETE', path)),
    await made('an API key that is disabled', (path) => lab.want(204, 'POST', `${path}/disable`)),
    {
      what: 'an API key that could be changed, and is locked',
      works: async (at) => {
        const path = `/v1/apikeys/${locked.id}`;
        const body = { name: 'changed' };
        return (await new IamLab(at).as({ iamId: '', apikey: at.apikey }, 'PUT', path, body, ANY)).ok;
      },
      revoke: () => lab.want(204, 'POST', `/v1/apikeys/${locked.id}/lock`),
    },
    {
      what: 'the old secret of a rotated key, which is ended',
      works: (at) => login(at, rotated.apikey ?? ''),
      revoke: () => lab.want(204, 'DELETE', `${rotate}/previous_secret`, undefined, ANY),
    },
    {
      what: 'the secret of a key that is rotated after the backup, and is ended',
      works: (at) => login(at, late.apikey ?? ''),
      revoke: async () => {
        await lab.want(200, 'POST', `/v1/apikeys/${late.id}/rotate`, {}, ANY);
        await lab.want(204, 'DELETE', `/v1/apikeys/${late.id}/previous_secret`, undefined, ANY);
      },
    },
    {
      what: 'the key of a service ID that is deleted',
      works: (at) => login(at, service.apikey),
      revoke: () => lab.want(204, 'DELETE', `/v1/serviceids/${service.id}`),
    },
  ];
};

const registryTokens = async (registry: TestRegistry, lab: IamLab): Promise<Revocation[]> => {
  const made = async (): Promise<string> =>
    (await lab.want<{ token: string }>(200, 'POST', '/api/v1/tokens')).token;
  const token = await made();
  const { jti } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64').toString());
  return [
    {
      what: 'a registry token that is deleted',
      works: (at) => login(at, token, 'token'),
      revoke: async () => assert.equal((await registry.api('DELETE', `/api/v1/tokens/${jti}`)).status, 200),
    },
  ];
};

const policies = async (registry: TestRegistry, lab: IamLab): Promise<Revocation[]> => {
  const { accountId } = registry;
  const granted = async (name: string) => {
    const who = await lab.someone(name);
    const document = v2Policy(who.iamId, 'Writer', accountId, onNamespace('birds'));
    const { id } = await lab.want<{ id: string }>(201, 'POST', '/v2/policies', document);
    return { ...who, path: `/v2/policies/${id}`, document };
  };
  const deleted = await granted('writer of a policy that is deleted');
  const narrowed = await granted('writer of a policy that is narrowed');
  const reader = v2Policy(narrowed.iamId, 'Reader', accountId, onNamespace('birds'));
  const moved = await lab.someone('writer of a resource group');
  const group = await lab.want<{ id: string }>(201, 'POST', '/v2/resource_groups', {
    name: 'team',
    account_id: accountId,
  });
  const other = await lab.want<{ id: string }>(201, 'POST', '/v2/resource_groups', {
    name: 'other',
    account_id: accountId,
  });
  await registry.namespaceAdd('moved');
  const assign = (to: string) =>
    lab.want(200, 'PUT', `/api/v1/accounts/${accountId}/namespaces/moved/resource_group`, {
      resource_group_id: to,
    });
  await assign(group.id);
  await lab.grant(moved.iamId, 'Writer', { serviceName: 'container-registry', resourceGroupId: group.id });
  const role = await lab.want<{ id: string; crn: string }>(201, 'POST', '/v2/roles', {
    name: 'Pusher',
    display_name: 'Pusher',
    service_name: 'container-registry',
    account_id: accountId,
    actions: ['container-registry.image.push', 'container-registry.image.pull'],
  });
  const custom = await lab.someone('holder of a role that is narrowed');
  await lab.want(
    201,
    'POST',
    '/v2/policies',
    v2Policy(custom.iamId, role.crn, accountId, onNamespace('birds')),
  );
  return [
    {
      what: 'a policy that is deleted',
      works: (at) => pushes(at, deleted.apikey),
      revoke: () => lab.want(204, 'DELETE', deleted.path),
    },
    {
      what: 'a policy that is narrowed',
      works: (at) => pushes(at, narrowed.apikey),
      revoke: () => lab.want(200, 'PUT', narrowed.path, reader, ANY),
    },
    {
      what: 'a policy on a resource group that the namespace leaves',
      works: (at) => pushes(at, moved.apikey, 'moved'),
      revoke: () => assign(other.id),
    },
    {
      what: 'a custom role that is narrowed',
      works: (at) => pushes(at, custom.apikey),
      revoke: () =>
        lab.want(
          200,
          'PUT',
          `/v2/roles/${role.id}`,
          { display_name: 'Pusher', actions: ['container-registry.image.pull'] },
          ANY,
        ),
    },
  ];
};

const groups = async (registry: TestRegistry, lab: IamLab): Promise<Revocation[]> => {
  const { accountId } = registry;
  const member = async (name: string) => {
    const who = await lab.someone(name);
    const { id } = await lab.want<{ id: string }>(201, 'POST', `/v2/groups?account_id=${accountId}`, {
      name,
    });
    const members = { members: [{ iam_id: who.iamId, type: 'service' }] };
    await lab.want(207, 'PUT', `/v2/groups/${id}/members`, members);
    await lab.want(201, 'POST', '/v2/policies', v2Policy(id, 'Writer', accountId, onNamespace('birds')));
    return { ...who, path: `/v2/groups/${id}` };
  };
  const left = await member('left');
  const dissolved = await member('dissolved');
  return [
    {
      what: 'the membership of a group, which ends',
      works: (at) => pushes(at, left.apikey),
      revoke: () => lab.want(204, 'DELETE', `${left.path}/members/${left.iamId}`),
    },
    {
      what: 'a group that is deleted',
      works: (at) => pushes(at, dissolved.apikey),
      revoke: () => lab.want(204, 'DELETE', `${dissolved.path}?force=true`),
    },
  ];
};

const users = async (registry: TestRegistry, lab: IamLab): Promise<Revocation[]> => {
  const person = async (name: string) => {
    const joined = await join(registry, `${name}@example.com`);
    const path = `/v2/accounts/${registry.accountId}/users/${joined.iamId}`;
    return { ...joined, path };
  };
  const [removed, suspended, changed] = [await person('ada'), await person('bea'), await person('cid')];
  const change = { old_password: PASSWORD, password: 'another battery, staple' };
  return [
    {
      what: 'a user who is removed from the account',
      works: (at) => passwordWorks(at, removed),
      revoke: () => lab.want(204, 'DELETE', removed.path),
    },
    {
      what: 'a user who is suspended',
      works: (at) => passwordWorks(at, suspended),
      revoke: () => lab.want(204, 'PATCH', suspended.path, { state: 'SUSPENDED' }),
    },
    {
      what: 'a password that is changed',
      works: (at) => passwordWorks(at, changed),
      revoke: async () => {
        const answer = await as(registry, changed.token, 'PUT', '/v1/users/me/password', change);
        assert.equal(answer.status, 204);
      },
    },
  ];
};

const profiles = async (registry: TestRegistry, lab: IamLab): Promise<Revocation[]> => {
  const assumed = async (at: TestRegistry, profile: string): Promise<boolean> => {
    const { access_token } = await at.login();
    const answer = await grant(at, { grant_type: ASSUME, access_token, profile_id: profile });
    return answer.status === 200;
  };
  const owner = { type: 'user' as const, identifier: registry.ownerIamId, accounts: [registry.accountId] };
  const gone = await newProfile(registry, 'gone', owner);
  const untrusting = await newProfile(registry, 'untrusting', owner);
  const trust = `/v1/profiles/${untrusting.id}/identities/user/${registry.ownerIamId}`;
  return [
    {
      what: 'a trusted profile that is deleted',
      works: (at) => assumed(at, gone.id),
      revoke: () => lab.want(204, 'DELETE', `/v1/profiles/${gone.id}`),
    },
    {
      what: 'the trust in an identity, which ends',
      works: (at) => assumed(at, untrusting.id),
      revoke: () => lab.want(204, 'DELETE', trust),
    },
  ];
};

const workloads = async (keyless: KeylessLab, lab: IamLab): Promise<Revocation[]> => {
  const rule = await keyless.profile();
  const narrowed = await keyless.profile();
  const ended = await keyless.profile();
  const token = await keyless.token();
  const used = await keyless.token({ jti: 'of an ended session' });
  assert.ok(await login(keyless.registry, used, ended.id));
  const path = `/v1/profiles/${rule.id}/rules/${rule.rule}`;
  const other = keyless.rule([{ claim: 'repository_id', operator: 'EQUALS', value: '"1"' }]);
  return [
    {
      what: 'the rule of a profile, which is deleted',
      works: (at) => login(at, token, rule.id),
      revoke: () => lab.want(204, 'DELETE', path),
    },
    {
      what: 'the rule of a profile, which is narrowed',
      works: (at) => login(at, token, narrowed.id),
      revoke: () => lab.want(200, 'PUT', `/v1/profiles/${narrowed.id}/rules/${narrowed.rule}`, other, ANY),
    },
    {
      what: 'the token of a workload whose session is ended',
      works: (at) => login(at, used, ended.id),
      revoke: async () => {
        const listed = await keyless.owner('GET', `/v1/sessions?iam_id=iam-${ended.id}`);
        const session = `/v1/sessions/${listed.body.sessions[0].id}/state`;
        assert.equal((await keyless.owner('PATCH', session, { state: 'invalid' })).status, 204);
      },
    },
  ];
};

const settings = async (registry: TestRegistry, lab: IamLab): Promise<Revocation[]> => {
  const elsewhere = { 'X-Forwarded-For': '192.0.2.77' };
  return [
    {
      what: 'an address that the settings of the account, set for the first time, do not allow',
      works: (at) => login(at, at.apikey, 'iamapikey', elsewhere),
      revoke: () =>
        lab.want(
          200,
          'PUT',
          `/v1/accounts/${registry.accountId}/settings/identity`,
          { allowed_ip_addresses: '127.0.0.1' },
          ANY,
        ),
    },
  ];
};

/** What ends much at once: to be revoked after all others. */
export const makeWideRevocations = async (keyless: KeylessLab): Promise<Revocation[]> => {
  const { registry } = keyless;
  const lab = new IamLab(registry);
  const { token } = await lab.want<{ token: string }>(200, 'POST', '/api/v1/tokens');
  const workload = await keyless.token();
  const { id } = await keyless.profile();
  return [
    {
      what: 'registry tokens, which the account switches off',
      works: (at) => login(at, token, 'token'),
      revoke: () => lab.want(204, 'PATCH', '/api/v1/auth', { registry_tokens: 'disabled' }),
    },
    {
      what: 'an issuer that is disabled',
      works: (at) => login(at, workload, id),
      revoke: () => keyless.owner('PATCH', '/api/v1/issuers/github', { state: 'disabled' }),
    },
  ];
};

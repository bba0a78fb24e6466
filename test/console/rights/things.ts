import { ok } from 'node:assert/strict';
import { Identities } from '../../access/identities.ts';
import { onNamespace, v2Policy } from '../../access/policy-documents.ts';
import type { TestRegistry } from '../../support/registry.ts';
import { Pusher } from '../images.ts';

/** What the table of rights names: who looks, and things of the first account that were made for them alone. */
export interface Things {
  /** Of what was made: rows of lists have it. */
  readonly name: string;
  /** The account of who looks. */
  readonly home: string;
  readonly iamId: string;
  readonly host: string;
  /** The first account's. */
  readonly owner: string;
  readonly namespace: string;
  readonly protection: string;
  /** An image with a tag, and another one. */
  readonly image: string;
  readonly other: string;
  /** One that is in the trash, by its digest. */
  readonly deleted: string;
  readonly serviceId: string;
  readonly serviceIamId: string;
  readonly lockedServiceId: string;
  readonly key: string;
  /** A key that is locked and disabled. */
  readonly lockedKey: string;
  /** A key with two secrets. */
  readonly rotatedKey: string;
  readonly group: string;
  readonly profile: string;
  readonly rule: string;
  readonly policy: string;
  readonly deletedPolicy: string;
  readonly user: string;
  /** Sessions of the user. */
  readonly session: string;
  readonly otherSession: string;
  readonly disabledUser: string;
  readonly pendingUser: string;
  readonly token: string;
  readonly webhook: string;
  readonly resourceGroup: string;
  readonly account: string;
  readonly suspendedAccount: string;
}

const CONDITIONS = [{ claim: 'namespace', operator: 'EQUALS', value: 'ci' }];

/** Makes requests as the first account's owner: each must succeed. */
type Make = (method: string, path: string, body?: object) => Promise<Made>;
interface Made extends Readonly<Record<string, string>> {
  readonly id: string;
  readonly iam_id: string;
}

const makerOf = async (registry: TestRegistry): Promise<Make> => {
  const { access_token: token } = await registry.login();
  return async (method, path, body) => {
    const answer = await registry.fetch(path, {
      method,
      headers: {
        Authorization: `Bearer ${token}`,
        Account: registry.accountId,
        'If-Match': '*',
        ...(body ? { 'Content-Type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const told = await answer.text();
    ok(answer.ok, `${method} ${path}: ${answer.status} ${told}`);
    return (told === '' ? {} : JSON.parse(told)) as Made;
  };
};

/** Makes one of each kind. What one principal may destroy, the next does not lack. */
export const thingsFor = async (
  registry: TestRegistry,
  { name, home, iamId }: { name: string; home: string; iamId: string },
): Promise<Things> => {
  const make = await makerOf(registry);
  const persons = await people(registry, make, name);
  return {
    name,
    home,
    iamId,
    host: registry.host,
    owner: registry.ownerIamId,
    ...(await content(registry, make, name)),
    ...(await services(registry, make, name)),
    ...persons,
    ...(await access(registry, make, name, persons.user)),
    ...(await accounts(make, name)),
  };
};

type Part<Key extends keyof Things> = Promise<Pick<Things, Key>>;

const content = async (
  registry: TestRegistry,
  make: Make,
  name: string,
): Part<'namespace' | 'protection' | 'image' | 'other' | 'deleted' | 'webhook' | 'token'> => {
  await make('PUT', `/api/v1/namespaces/${name}`);
  const pusher = new Pusher(registry);
  const repositories = [`birds/${name}`, `birds/${name}-other`, `${name}/deleted`];
  for (const repository of repositories) await pusher.image(repository, ['1', '2'], { layer: repository });
  await make('DELETE', `/api/v1/images/${name}/deleted:1`);
  const trash = await make('GET', `/api/v1/trash?namespace=${name}`);
  const { tokens } = (await make('POST', `/api/v1/tokens?permanent=true&description=${name}`).then(() =>
    make('GET', '/api/v1/tokens'),
  )) as unknown as { tokens: { _id: string; secondary_owner: string }[] };
  const hook = { name, url: 'https://receiver.invalid/hook', events: ['image.deleted'] };
  return {
    namespace: name,
    // of tags that nothing else here has
    protection: (
      await make('POST', `/api/v1/namespaces/${name}/protections`, { tags: `${name.slice(0, 20)}*` })
    ).id,
    image: `birds/${name}:1`,
    other: `birds/${name}-other:1`,
    deleted: Object.keys(trash)[0] ?? '',
    webhook: (await make('POST', '/api/v1/webhooks', hook)).id,
    token: tokens.find(({ secondary_owner: description }) => description === name)?._id ?? '',
  };
};

const services = async (
  { accountId: account_id }: TestRegistry,
  make: Make,
  name: string,
): Part<'serviceId' | 'serviceIamId' | 'lockedServiceId' | 'key' | 'lockedKey' | 'rotatedKey'> => {
  const { id: serviceId, iam_id: iamId } = await make('POST', '/v1/serviceids', { account_id, name });
  const locked = await make('POST', '/v1/serviceids', { account_id, name: `${name}-locked` });
  await make('POST', `/v1/serviceids/${locked.id}/lock`);
  const key = async (): Promise<string> =>
    (await make('POST', '/v1/apikeys', { name, iam_id: iamId, account_id })).id;
  const [lockedKey, rotatedKey] = [await key(), await key()];
  for (const state of ['disable', 'lock']) await make('POST', `/v1/apikeys/${lockedKey}/${state}`);
  await make('POST', `/v1/apikeys/${rotatedKey}/rotate`, {});
  return {
    serviceId,
    serviceIamId: iamId,
    lockedServiceId: locked.id,
    key: await key(),
    lockedKey,
    rotatedKey,
  };
};

const people = async (
  registry: TestRegistry,
  make: Make,
  name: string,
): Part<'user' | 'session' | 'otherSession' | 'disabledUser' | 'pendingUser'> => {
  const { accountId } = registry;
  const identities = new Identities(registry);
  const user = await identities.user();
  for (let signedIn = 0; signedIn < 2; signedIn++) await registry.login(user.apikey, 'bx');
  const { sessions } = (await make('GET', `/v1/sessions?iam_id=${user.iamId}`)) as unknown as {
    sessions: { id: string }[];
  };
  const { iamId: disabledUser } = await identities.member();
  await make('PATCH', `/v2/accounts/${accountId}/users/${disabledUser}`, { state: 'DISABLED' });
  const users = [{ email: `${name}-pending@example.com`, account_role: 'Member' }];
  const { resources } = (await make('POST', `/v2/accounts/${accountId}/users`, { users })) as unknown as {
    resources: { id: string }[];
  };
  return {
    user: user.iamId,
    session: sessions[0]?.id ?? '',
    otherSession: sessions[1]?.id ?? '',
    disabledUser,
    pendingUser: resources[0]?.id ?? '',
  };
};

const access = async (
  { accountId: account_id }: TestRegistry,
  make: Make,
  name: string,
  user: string,
): Part<'group' | 'profile' | 'rule' | 'policy' | 'deletedPolicy' | 'resourceGroup'> => {
  // deleting what holds a policy needs more, which the registry says when it is asked
  const holder = await make('POST', '/v1/serviceids', { account_id, name: `${name}-holder` });
  const policy = async (namespace: string): Promise<string> =>
    (
      await make(
        'POST',
        '/v2/policies',
        v2Policy(holder.iam_id, 'Reader', account_id, onNamespace(namespace)),
      )
    ).id;
  const deletedPolicy = await policy('fish');
  await make('DELETE', `/v2/policies/${deletedPolicy}`);
  const group = (await make('POST', `/v2/groups?account_id=${account_id}`, { name })).id;
  await make('PUT', `/v2/groups/${group}/members`, {
    members: [
      { iam_id: holder.iam_id, type: 'service' },
      { iam_id: user, type: 'user' },
    ],
  });
  const profile = (await make('POST', '/v1/profiles', { account_id, name })).id;
  const rule = { name, type: 'Profile-CR', cr_type: 'ROKS_SA', conditions: CONDITIONS };
  return {
    group,
    profile,
    rule: (await make('POST', `/v1/profiles/${profile}/rules`, rule)).id,
    policy: await policy('birds'),
    deletedPolicy,
    resourceGroup: (await make('POST', '/v2/resource_groups', { account_id, name: `${name}-group` })).id,
  };
};

const accounts = async (make: Make, name: string): Part<'account' | 'suspendedAccount'> => {
  const { account_id: account = '' } = await make('POST', '/api/v1/accounts', { name });
  const { account_id: suspendedAccount = '' } = await make('POST', '/api/v1/accounts', {
    name: `${name} suspended`,
  });
  await make('POST', `/api/v1/accounts/${suspendedAccount}/suspend`, {});
  return { account, suspendedAccount };
};

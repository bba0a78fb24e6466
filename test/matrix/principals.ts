import assert from 'node:assert/strict';
import { Caller } from '../access/caller.ts';
import type { Holder, Identities } from '../access/identities.ts';
import { onNamespace, v2Policy } from '../access/policy-documents.ts';
import { ASSUME, grant } from '../identity/people.ts';
import { basic, type TestRegistry } from '../support/registry.ts';

/** One kind of principal: what it holds in which account, and how it shows itself. */
export interface Principal {
  readonly name: string;
  /** What it is at home. */
  readonly role: string;
  /** The account it acts in; undefined for a client without a login. */
  readonly home: string | undefined;
  /** At the JSON doors; undefined: sends none. */
  readonly bearer: string | undefined;
  /** At /v2/. */
  readonly basic: string | undefined;
  readonly apikey: string | undefined;
}

const VIEWERS = ['owner', 'administrator', 'editor', 'viewer'];
const USERS = [...VIEWERS, 'manager', 'writer', 'reader', 'reader of birds', 'member'];
const IDENTITIES = [...USERS, 'service ID', 'profile'];
const TOKENS = ['read-only token', 'read-write token'];
const PULLERS = [
  ...['owner', 'manager', 'writer', 'reader', 'reader of birds', 'service ID', 'profile'],
  ...TOKENS,
];
const DELETERS = ['owner', 'manager', 'writer'];

/** The sets of the tables by their names. */
const SETS: Readonly<Record<string, readonly string[]>> = {
  everyone: [...IDENTITIES, ...TOKENS, 'anonymous'],
  authenticated: [...IDENTITIES, ...TOKENS],
  'signed-in': IDENTITIES,
  members: IDENTITIES,
  users: USERS,
  viewers: VIEWERS,
  editors: ['owner', 'administrator', 'editor'],
  admins: ['owner', 'administrator'],
  managers: ['owner', 'manager'],
  configurers: ['owner', 'administrator', 'manager'],
  operator: ['owner'],
  // any role of the registry, on all of it
  'users-of-all': ['owner', 'manager', 'writer', 'reader', 'service ID', 'profile'],
  'exemption-readers': ['owner', 'manager', 'reader', 'service ID', 'profile'],
  'report-readers': ['owner', 'manager', 'reader', 'reader of birds', 'service ID', 'profile'],
  readers: ['owner', 'manager', 'reader', 'service ID', 'profile'],
  pullers: PULLERS,
  inspectors: ['owner', 'manager', 'reader', 'service ID', 'profile'],
  pushers: [...DELETERS, 'read-write token'],
  deleters: DELETERS,
};

/** Whether a set has a principal. The operator is the owner of the first account. */
export const isIn = (set: string, { role, home }: Principal, firstAccount: string): boolean => {
  const roles = SETS[set];
  assert.ok(roles, `there is no set ${set}`);
  return roles.includes(role) && (set !== 'operator' || home === firstAccount);
};

interface Place {
  readonly registry: TestRegistry;
  readonly identities: Identities;
}

const PLATFORM = { serviceType: 'platform_service' };
const SERVICES = { serviceType: 'service' };
const REGISTRY = { serviceName: 'container-registry' };

/** Every kind of principal of the account, and a client without a login. */
export const castOf = async ({ registry, identities }: Place): Promise<Principal[]> => {
  const { accountId } = registry;
  const owner = await Caller.login(registry);
  const give = async (subject: string, role: string, on: Readonly<Record<string, string>>): Promise<void> => {
    const made = await owner.post('/v2/policies', v2Policy(subject, role, accountId, on));
    assert.equal(made.status, 201, JSON.stringify(made.body));
  };
  const holders: [string, Holder][] = [
    ['owner', { iamId: registry.ownerIamId, accountId, apikey: registry.apikey }],
  ];
  for (const [role, ...policies] of [
    ['administrator', ['Administrator', PLATFORM], ['Administrator', SERVICES]],
    ['editor', ['Editor', PLATFORM]],
    ['viewer', ['Viewer', PLATFORM]],
    ['manager', ['Manager', REGISTRY]],
    ['writer', ['Writer', REGISTRY]],
    ['reader', ['Reader', REGISTRY]],
    ['reader of birds', ['Reader', onNamespace('birds')]],
    ['member'],
    ['service ID', ['Reader', REGISTRY]],
  ] as [string, ...[string, Readonly<Record<string, string>>][]][]) {
    const holder = role === 'service ID' ? await identities.serviceId() : await identities.user();
    for (const [given, on] of policies) await give(holder.iamId, given, on);
    holders.push([role, holder]);
  }
  const principals = await Promise.all(
    holders.map(([role, holder]) => identityOf(registry, role, role, holder)),
  );
  const profile = await profileOf(registry, owner, await identities.user());
  await give(profile.iamId, 'Reader', REGISTRY);
  principals.push(profile.principal);
  for (const [role, query] of [
    ['read-only token', ''],
    ['read-write token', '?write=true'],
  ] as const) {
    const { body } = await owner.send('POST', `/api/v1/tokens${query}`, undefined, { Account: accountId });
    const bearer: string = body.token;
    principals.push({
      name: role,
      role,
      home: accountId,
      bearer,
      basic: basic('token', bearer),
      apikey: undefined,
    });
  }
  const none = { home: undefined, bearer: undefined, basic: undefined, apikey: undefined };
  return [...principals, { name: 'no login', role: 'anonymous', ...none }];
};

/** The owner and an Administrator of another account. */
export const strangersOf = async ({ registry, identities }: Place, owner: Holder): Promise<Principal[]> => {
  const caller = await Caller.login(registry, owner.apikey);
  const administrator = await identities.user(owner.accountId);
  for (const on of [PLATFORM, SERVICES]) {
    const policy = v2Policy(administrator.iamId, 'Administrator', owner.accountId, on);
    assert.equal((await caller.post('/v2/policies', policy)).status, 201);
  }
  return [
    await identityOf(registry, 'owner of another account', 'owner', owner),
    await identityOf(registry, 'administrator of another account', 'administrator', administrator),
  ];
};

const identityOf = async (
  registry: TestRegistry,
  name: string,
  role: string,
  { accountId, apikey }: Holder,
): Promise<Principal> => ({
  name,
  role,
  home: accountId,
  // as the command line does: a user's token then has a session
  bearer: (await registry.login(apikey, 'bx')).access_token,
  basic: basic('iamapikey', apikey),
  apikey,
});

const profileOf = async (
  registry: TestRegistry,
  owner: Caller,
  user: Holder,
): Promise<{ iamId: string; principal: Principal }> => {
  const { accountId } = registry;
  const { body } = await owner.post('/v1/profiles', { name: 'trusted', account_id: accountId });
  const trust = { type: 'user', identifier: user.iamId };
  assert.equal((await owner.post(`/v1/profiles/${body.id}/identities/user`, trust)).status, 200);
  const { access_token } = await registry.login(user.apikey);
  const assumed = await grant(registry, { grant_type: ASSUME, access_token, profile_id: body.id });
  assert.equal(assumed.status, 200, JSON.stringify(assumed.body));
  const bearer: string = assumed.body.access_token;
  return {
    iamId: body.iam_id,
    principal: {
      name: 'profile',
      role: 'profile',
      home: accountId,
      bearer,
      basic: basic('iambearer', bearer),
      apikey: user.apikey,
    },
  };
};

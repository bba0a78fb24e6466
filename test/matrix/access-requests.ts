import type { Place } from './place.ts';
import { ANY_VERSION, type Ask, type Maker } from './request.ts';

const RULE = {
  realm_name: 'https://idp.example',
  expiration: 12,
  conditions: [{ claim: 'groups', operator: 'CONTAINS', value: '"birds"' }],
};

const policy = async (place: Place, version: 'v1' | 'v2'): Promise<Ask> => {
  const { id, body } = await place.policy(version);
  return { path: `/${version}/policies/${id}`, body, headers: ANY_VERSION };
};

const bodiless = ({ path }: Ask): Ask => ({ path });

const role = async (place: Place): Promise<string> =>
  `/v2/roles/${(await place.make('POST', '/v2/roles', place.roleBody())).id}`;

const onGroup = async (place: Place, below = ''): Promise<string> =>
  `/v2/groups/${await place.group()}${below}`;

const inGroup = async (place: Place): Promise<{ group: string; iamId: string }> => {
  const { iam_id: iamId } = await place.serviceId();
  return { group: await place.group(iamId), iamId };
};

const membership = async (place: Place): Promise<string> => {
  const { group, iamId } = await inGroup(place);
  return `/v2/groups/${group}/members/${iamId}`;
};

const groupRule = async (place: Place): Promise<string> => {
  const path = await onGroup(place, '/rules');
  return `${path}/${(await place.make('POST', path, RULE)).id}`;
};

const of = (place: Place): string => `account_id=${place.accountId}`;

/** The id of a request that a fresh service ID of the account was refused. */
const refusedRequest = async (place: Place): Promise<string> => {
  const { apikey } = await place.serviceId();
  const { access_token: token } = await place.registry.login(apikey.apikey);
  const path = `/v1/serviceids?${of(place)}`;
  const refused = await place.registry.fetch(path, { headers: { Authorization: `Bearer ${token}` } });
  return refused.headers.get('x-request-id') ?? 'none';
};

const resourceGroup = async (place: Place): Promise<string> => {
  const body = { name: place.name(), account_id: place.accountId };
  return `/v2/resource_groups/${(await place.make('POST', '/v2/resource_groups', body)).id}`;
};

const managementSettings = ({ accountId }: Place): string =>
  `/v1/accounts/${accountId}/settings/access_management`;

export const ACCESS_REQUESTS: Readonly<Record<string, Maker>> = {
  'GET /v1/policies': (place) => ({ path: `/v1/policies?${of(place)}` }),
  'POST /v1/policies': async (place) => ({ path: '/v1/policies', body: await place.policyBody('v1') }),
  'GET /v1/policies/:id': async (place) => bodiless(await policy(place, 'v1')),
  'PUT /v1/policies/:id': (place) => policy(place, 'v1'),
  'PATCH /v1/policies/:id': async (place) => {
    const { path } = await policy(place, 'v1');
    await place.make('DELETE', path);
    return { path, body: { state: 'active' }, headers: ANY_VERSION };
  },
  'DELETE /v1/policies/:id': async (place) => bodiless(await policy(place, 'v1')),
  'GET /v2/policies': (place) => ({ path: `/v2/policies?${of(place)}` }),
  'POST /v2/policies': async (place) => ({ path: '/v2/policies', body: await place.policyBody('v2') }),
  'GET /v2/policies/:id': async (place) => bodiless(await policy(place, 'v2')),
  'PUT /v2/policies/:id': (place) => policy(place, 'v2'),
  'DELETE /v2/policies/:id': async (place) => bodiless(await policy(place, 'v2')),

  'GET /v2/roles': (place) => ({ path: `/v2/roles?${of(place)}` }),
  'POST /v2/roles': (place) => ({ path: '/v2/roles', body: place.roleBody() }),
  'GET /v2/roles/:id': async (place) => ({ path: await role(place) }),
  'PUT /v2/roles/:id': async (place) => ({
    path: await role(place),
    body: { display_name: 'changed', actions: ['container-registry.image.push'] },
    headers: ANY_VERSION,
  }),
  'DELETE /v2/roles/:id': async (place) => ({ path: await role(place) }),

  'POST /v2/groups': (place) => ({ path: `/v2/groups?${of(place)}`, body: { name: place.name() } }),
  'GET /v2/groups': (place) => ({ path: `/v2/groups?${of(place)}` }),
  'GET /v2/groups/:id': async (place) => ({ path: await onGroup(place) }),
  'PATCH /v2/groups/:id': async (place) => ({
    path: await onGroup(place),
    body: { description: 'changed' },
    headers: ANY_VERSION,
  }),
  'DELETE /v2/groups/:id': async (place) => ({ path: await onGroup(place) }),
  'PUT /v2/groups/:id/members': async (place) => ({
    path: await onGroup(place, '/members'),
    body: { members: [{ iam_id: (await place.serviceId()).iam_id }] },
  }),
  'GET /v2/groups/:id/members': async (place) => ({ path: await onGroup(place, '/members') }),
  'HEAD /v2/groups/:id/members/:iam_id': async (place) => ({ path: await membership(place) }),
  'DELETE /v2/groups/:id/members/:iam_id': async (place) => ({ path: await membership(place) }),
  'POST /v2/groups/:id/members/delete': async (place) => {
    const { group, iamId } = await inGroup(place);
    return { path: `/v2/groups/${group}/members/delete`, body: { members: [iamId] } };
  },
  'PUT /v2/groups/_allgroups/members/:iam_id': async (place) => ({
    path: `/v2/groups/_allgroups/members/${(await place.serviceId()).iam_id}?${of(place)}`,
    body: { groups: [await place.group()] },
  }),
  'DELETE /v2/groups/_allgroups/members/:iam_id': async (place) => ({
    path: `/v2/groups/_allgroups/members/${(await inGroup(place)).iamId}?${of(place)}`,
  }),
  'POST /v2/groups/:id/rules': async (place) => ({ path: await onGroup(place, '/rules'), body: RULE }),
  'GET /v2/groups/:id/rules': async (place) => ({ path: await onGroup(place, '/rules') }),
  'GET /v2/groups/:id/rules/:rule_id': async (place) => ({ path: await groupRule(place) }),
  'PUT /v2/groups/:id/rules/:rule_id': async (place) => ({
    path: await groupRule(place),
    body: RULE,
    headers: ANY_VERSION,
  }),
  'DELETE /v2/groups/:id/rules/:rule_id': async (place) => ({ path: await groupRule(place) }),
  'GET /v2/groups/settings': (place) => ({ path: `/v2/groups/settings?${of(place)}` }),
  'PATCH /v2/groups/settings': (place) => ({
    path: `/v2/groups/settings?${of(place)}`,
    body: { public_access_enabled: false },
  }),
  'GET /v1/accounts/:account_id/settings/access_management': (place) => ({ path: managementSettings(place) }),
  'PATCH /v1/accounts/:account_id/settings/access_management': (place) => ({
    path: managementSettings(place),
    body: {},
    headers: ANY_VERSION,
  }),
  'GET /v1/policy_templates': (place) => ({ path: `/v1/policy_templates?${of(place)}` }),
  'GET /v1/policy_assignments': (place) => ({ path: `/v1/policy_assignments?${of(place)}` }),
  'GET /v1/action_control_templates': (place) => ({ path: `/v1/action_control_templates?${of(place)}` }),
  'GET /v1/action_control_assignments': (place) => ({ path: `/v1/action_control_assignments?${of(place)}` }),
  'GET /v1/role_templates': (place) => ({ path: `/v1/role_templates?${of(place)}` }),
  'GET /v1/role_assignments': (place) => ({ path: `/v1/role_assignments?${of(place)}` }),
  'GET /v1/group_templates': (place) => ({ path: `/v1/group_templates?${of(place)}` }),
  'GET /v1/group_assignments': (place) => ({ path: `/v1/group_assignments?${of(place)}` }),
  'GET /v2/resource_groups': (place) => ({ path: `/v2/resource_groups?${of(place)}` }),
  'POST /v2/resource_groups': (place) => ({
    path: '/v2/resource_groups',
    body: { name: place.name(), account_id: place.accountId },
  }),
  'GET /v2/resource_groups/:id': async (place) => ({ path: await resourceGroup(place) }),
  'PATCH /v2/resource_groups/:id': async (place) => ({
    path: await resourceGroup(place),
    body: { name: place.name() },
  }),
  'DELETE /v2/resource_groups/:id': async (place) => ({ path: await resourceGroup(place) }),
  'GET /v2/quota_definitions': () => ({ path: '/v2/quota_definitions' }),
  'GET /v2/quota_definitions/:id': () => ({ path: '/v2/quota_definitions/unlimited' }),
  'GET /v1/explain/:request_id': async (place) => ({ path: `/v1/explain/${await refusedRequest(place)}` }),
  'POST /v1/explain': async (place) => ({
    path: '/v1/explain',
    body: { iam_id: (await place.serviceId()).iam_id, type: 'serviceid', action: 'pull', resource: {} },
  }),
  'POST /v1/explain/removal': async (place) => ({
    path: '/v1/explain/removal',
    body: { kind: 'api-key', id: (await place.serviceId()).apikey.id },
  }),
  'POST /v1/explain/questions': async (place) => ({
    path: '/v1/explain/questions',
    body: {
      questions: [
        { iam_id: (await place.serviceId()).iam_id, type: 'serviceid', action: 'pull', resource: {} },
      ],
    },
  }),
};

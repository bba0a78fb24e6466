import { v2Policy } from '../access/policy-documents.ts';
import type { Visit } from './browser-lab.ts';
import type { Things } from './rights-things.ts';

/** A request as a script would send it. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  readonly headers?: Record<string, string>;
}

/** An address, what its page asks for to be seen, and its buttons: each with what it sends. */
export interface PageRights {
  /** The route of the page. */
  readonly of: string;
  /** Its address, where that is not the route. */
  readonly at?: string;
  /** What the page shows; without the right to it the page says so. */
  readonly shows: Asked;
  /** What a part of it shows that needs a further right. */
  readonly alsoShows?: Asked;
  /** The buttons stand in rows: who may not list what may be changed, as a Writer alone, has no row. */
  readonly inRows?: true;
  /** What the rows of the things have in their text; without it, the name of the things. */
  readonly row?: string;
  /** Where a button appears after something was done on the page. */
  readonly before?: (visit: Visit) => Promise<void>;
  /** What destroys the thing comes last. */
  readonly buttons?: Readonly<Record<string, Asked>>;
  /** Who looks: their own things are theirs, and every button works. */
  readonly isOwn?: true;
}

const get = (path: string): Asked => ({ method: 'GET', path });
const post = (path: string, body?: object): Asked => ({ method: 'POST', path, ...(body ? { body } : {}) });
const remove = (path: string): Asked => ({ method: 'DELETE', path });
/** What a script sends that was written for an earlier version: where the right is there, 412 is all that comes of it. */
const stale = (method: string, path: string, body: object): Asked => ({
  method,
  path,
  body,
  headers: { 'If-Match': '"stale"' },
});

const selectFirst = (visit: Visit): Promise<void> =>
  visit.page
    .locator('tbody input[type=checkbox]')
    .first()
    .check({ timeout: 500 })
    .catch(() => undefined);

const typeInto = (label: string, text: string) => (visit: Visit) =>
  visit
    .field(label)
    .fill(text, { timeout: 500 })
    .catch(() => undefined);

/** The pages for one account and one thing of each kind. */
export const rightsOf = (things: Things): readonly PageRights[] => [
  ...contentPages(things),
  ...imagePages(things),
  ...identityPages(things),
  ...keyPages(things),
  ...accessPages(things),
  ...accountPages(things),
  ...operatorPages(things),
];

/** Pages that need nothing made: lists, each with the button that makes something. */
export const isList = ({ of, isOwn }: PageRights): boolean => !/[:*]/.test(of) && !isOwn;

/** Pages without a button of their own, for everyone: what is shown on them depends on what is typed, or on whose it is. */
export const FOR_EVERYONE: readonly string[] = [
  ...['/', '/search', '/explain', '/policies/new', '/api-keys/leaked', '/me/password', '/me/cli'],
];

const contentPages = ({ name, namespace, token, deleted, protection }: Things): readonly PageRights[] => {
  const onNamespace = '/namespaces/:name';
  const restored = encodeURIComponent(deleted.slice(deleted.indexOf('/') + 1));
  return [
    { of: '/repositories', shows: get('/api/v1/repositories') },
    {
      of: '/namespaces',
      shows: get('/api/v1/namespaces/details'),
      buttons: { 'Add a namespace': { method: 'PUT', path: `/api/v1/namespaces/${name}-new` } },
    },
    {
      of: onNamespace,
      at: `/namespaces/${namespace}?tab=retention`,
      shows: get(`/api/v1/retentions/${namespace}`),
      before: async (visit) => {
        if ((await visit.button('Preview').count()) === 0) return;
        await visit.button('Preview').click();
        await visit.settled();
      },
      buttons: {
        'Save and run': post('/api/v1/retentions', { namespace, images_per_repo: -1, retain_untagged: true }),
      },
    },
    {
      of: onNamespace,
      at: `/namespaces/${namespace}?tab=protection`,
      shows: get(`/api/v1/namespaces/${namespace}/protections`),
      buttons: {
        'Protect tags': post(`/api/v1/namespaces/${namespace}/protections`, { tags: 'v*' }),
        Remove: remove(`/api/v1/namespaces/${namespace}/protections/${protection}`),
      },
    },
    {
      of: '/trash',
      shows: get('/api/v1/trash'),
      inRows: true,
      buttons: { Restore: post(`/api/v1/trash/${restored}/restore`) },
    },
    {
      of: '/trash',
      at: `/trash?namespace=${namespace}`,
      shows: get('/api/v1/trash'),
      buttons: { [`Empty the trash of ${namespace}`]: remove(`/api/v1/trash?namespace=${namespace}`) },
    },
    {
      of: onNamespace,
      at: `/namespaces/${namespace}`,
      shows: get(`/api/v1/repositories?namespace=${namespace}`),
      buttons: { 'Delete namespace': remove(`/api/v1/namespaces/${namespace}`) },
    },
    { of: '/retention', shows: get('/api/v1/retentions') },
    {
      of: '/registry-tokens',
      shows: get('/api/v1/tokens'),
      buttons: {
        'Create a registry token': post(`/api/v1/tokens?permanent=true&description=${name}-new`),
        Change: { method: 'PATCH', path: '/api/v1/auth', body: { registry_tokens: 'enabled' } },
        'Show value': get(`/api/v1/tokens/${token}`),
        Delete: remove(`/api/v1/tokens/${token}`),
      },
    },
  ];
};

const imagePages = ({ image, other, host }: Things): readonly PageRights[] => {
  const of = '/repositories/*name';
  const [repository = ''] = other.split(':');
  const full = (name: string): string => encodeURIComponent(`${host}/${name}`);
  const tagging = new URLSearchParams({ fromimage: `${host}/${image}`, toimage: `${host}/${image}-again` });
  return [
    {
      of,
      at: `/repositories/${image}`,
      shows: get(`/api/v1/images/${full(image)}/json`),
      buttons: {
        'Add a tag': post(`/api/v1/images/tags?${tagging}`),
        'Remove tag': remove(`/api/v1/tags/${full(`${image}-again`)}`),
        'Delete image': remove(`/api/v1/images/${full(image)}`),
      },
    },
    {
      of,
      at: `/repositories/${repository}`,
      shows: get(`/api/v1/tags?repository=${repository}`),
      before: selectFirst,
      inRows: true,
      buttons: {
        'Remove tags': remove(`/api/v1/tags/${full(`${repository}:2`)}`),
        'Delete images': remove(`/api/v1/images/${full(other)}`),
      },
    },
  ];
};

const identityPages = (things: Things): readonly PageRights[] => {
  const { home, name, serviceId, serviceIamId, lockedServiceId, user, disabledUser, pendingUser } = things;
  const { group, session, otherSession } = things;
  const users = `/v2/accounts/${home}/users`;
  const ofUser = { of: '/users/:id', shows: get(`${users}/${user}`) };
  const ofService = { of: '/service-ids/:id', shows: get(`/v1/serviceids/${serviceId}`) };
  const giving = (iamId: string): Asked =>
    post('/v2/policies', v2Policy(iamId, 'Reader', home, { serviceName: 'container-registry' }));
  const adding = (iamId: string): Asked => ({
    method: 'PUT',
    path: `/v2/groups/${group}/members`,
    body: { members: [{ iam_id: iamId }] },
  });
  const inviting = (email: string): Asked => post(users, { users: [{ email, account_role: 'Member' }] });
  return [
    {
      of: '/service-ids',
      shows: get(`/v1/serviceids?account_id=${home}`),
      buttons: { 'Create a service ID': post('/v1/serviceids', { account_id: home, name }) },
    },
    {
      ...ofService,
      at: `/service-ids/${serviceId}?tab=groups`,
      buttons: { 'Add to a group': adding(serviceIamId) },
    },
    {
      ...ofService,
      at: `/service-ids/${serviceId}?tab=policies`,
      buttons: { 'Give access': giving(serviceIamId) },
    },
    {
      ...ofService,
      at: `/service-ids/${lockedServiceId}`,
      buttons: { Unlock: remove(`/v1/serviceids/${lockedServiceId}/lock`) },
    },
    { of: '/users', shows: get(users), buttons: { 'Invite a person': inviting(`${name}@example.com`) } },
    {
      ...ofUser,
      at: `/users/${user}?tab=sessions`,
      alsoShows: get(`/v1/sessions?iam_id=${user}`),
      buttons: {
        End: { method: 'PATCH', path: `/v1/sessions/${session}/state`, body: { state: 'invalid' } },
        'End all': {
          method: 'PATCH',
          path: `/v1/sessions/${otherSession}/state`,
          body: { state: 'invalid' },
        },
      },
    },
    { ...ofUser, at: `/users/${user}?tab=policies`, buttons: { 'Give access': giving(user) } },
    { ...ofUser, at: `/users/${user}?tab=groups`, buttons: { 'Add to a group': adding(user) } },
    {
      ...ofUser,
      at: `/users/${user}?tab=groups`,
      buttons: { 'Remove from the group': remove(`/v2/groups/${group}/members/${user}`) },
    },
    {
      ...ofUser,
      at: `/users/${disabledUser}`,
      buttons: {
        Enable: { method: 'PATCH', path: `${users}/${disabledUser}`, body: { state: 'ACTIVE' } },
      },
    },
    {
      ...ofUser,
      at: `/users/${pendingUser}`,
      buttons: { 'New invitation code': inviting(`${name}-pending@example.com`) },
    },
    {
      ...ofUser,
      at: `/users/${user}`,
      buttons: {
        Disable: { method: 'PATCH', path: `${users}/${user}`, body: { state: 'DISABLED' } },
        Remove: remove(`${users}/${user}`),
      },
    },
    {
      of: '/inactive',
      shows: post(`/v1/activity/accounts/${home}/report?type=inactive&duration=720`),
    },
  ];
};

const keyPages = (things: Things): readonly PageRights[] => {
  const { home, iamId, name, serviceId, serviceIamId, lockedServiceId, key, lockedKey, rotatedKey } = things;
  const making = (owner: string): Asked => post('/v1/apikeys', { name, iam_id: owner, account_id: home });
  const ofKey = { of: '/api-keys/:id', shows: get(`/v1/apikeys/${key}`) };
  return [
    { of: '/api-keys', shows: get('/v1/iam'), isOwn: true, buttons: { 'Create an API key': making(iamId) } },
    { of: '/me/keys', shows: get('/v1/iam'), isOwn: true, buttons: { 'Create an API key': making(iamId) } },
    { of: '/me/sessions', shows: get('/v1/sessions'), isOwn: true },
    {
      ...ofKey,
      at: `/api-keys/${rotatedKey}`,
      buttons: { 'End the older secret': remove(`/v1/apikeys/${rotatedKey}/previous_secret`) },
    },
    {
      ...ofKey,
      at: `/api-keys/${lockedKey}`,
      buttons: {
        Unlock: remove(`/v1/apikeys/${lockedKey}/lock`),
        Enable: remove(`/v1/apikeys/${lockedKey}/disable`),
      },
    },
    {
      ...ofKey,
      at: `/api-keys/${key}`,
      buttons: {
        Rotate: post(`/v1/apikeys/${key}/rotate`, {}),
        Change: stale('PUT', `/v1/apikeys/${key}`, { name }),
        Lock: post(`/v1/apikeys/${lockedKey}/lock`),
        Disable: post(`/v1/apikeys/${key}/disable`),
        Delete: remove(`/v1/apikeys/${key}`),
      },
    },
    {
      of: '/service-ids/:id',
      at: `/service-ids/${serviceId}`,
      shows: get(`/v1/serviceids/${serviceId}`),
      buttons: {
        'Create an API key': making(serviceIamId),
        Change: stale('PUT', `/v1/serviceids/${serviceId}`, { name }),
        Lock: post(`/v1/serviceids/${lockedServiceId}/lock`),
        Delete: remove(`/v1/serviceids/${serviceId}`),
      },
    },
  ];
};

const accessPages = (things: Things): readonly PageRights[] => {
  const { home, name, owner, group, profile, rule, policy, deletedPolicy, resourceGroup } = things;
  const giving = post(
    '/v2/policies',
    v2Policy('iam-ServiceId-00000000-0000-4000-8000-000000000000', 'Reader', home),
  );
  const ofGroup = { of: '/groups/:id', shows: get(`/v2/groups/${group}`) };
  const ofPolicy = { of: '/policies/:id', shows: get(`/v2/policies/${policy}`) };
  const ofProfile = { of: '/profiles/:id', shows: get(`/v1/profiles/${profile}`) };
  return [
    {
      of: '/groups',
      shows: get(`/v2/groups?account_id=${home}`),
      buttons: { 'Create a group': post(`/v2/groups?account_id=${home}`, { name: `${name}-new` }) },
    },
    {
      ...ofGroup,
      at: `/groups/${group}`,
      before: selectFirst,
      inRows: true,
      buttons: {
        'Remove from the group': post(`/v2/groups/${group}/members/delete`, { members: [owner] }),
      },
    },
    { ...ofGroup, at: `/groups/${group}?tab=policies`, buttons: { 'Give access': giving } },
    {
      ...ofGroup,
      at: `/groups/${group}`,
      buttons: {
        'Add members': {
          method: 'PUT',
          path: `/v2/groups/${group}/members`,
          body: { members: [{ iam_id: owner, type: 'user' }] },
        },
        Change: stale('PATCH', `/v2/groups/${group}`, { name }),
        'Delete group': remove(`/v2/groups/${group}?force=true`),
      },
    },
    {
      of: '/profiles',
      shows: get(`/v1/profiles?account_id=${home}`),
      buttons: { 'Create a profile': post('/v1/profiles', { account_id: home, name: `${name}-new` }) },
    },
    { ...ofProfile, at: `/profiles/${profile}?tab=policies`, buttons: { 'Give access': giving } },
    {
      ...ofProfile,
      at: `/profiles/${profile}`,
      buttons: {
        'Add a rule': post(`/v1/profiles/${profile}/rules`, {
          type: 'Profile-CR',
          cr_type: 'ROKS_SA',
          conditions: [{ claim: 'namespace', operator: 'EQUALS', value: 'other' }],
        }),
        Delete: remove(`/v1/profiles/${profile}/rules/${rule}`),
        'Delete profile': remove(`/v1/profiles/${profile}`),
      },
    },
    {
      of: '/policies',
      shows: get(`/v2/policies?account_id=${home}`),
      buttons: { 'Add a policy': giving },
    },
    {
      ...ofPolicy,
      at: `/policies/${policy}`,
      before: typeInto('Document', '{}'),
      buttons: {
        'Save the document': stale('PUT', `/v2/policies/${policy}`, v2Policy(owner, 'Reader', home)),
        'Delete policy': remove(`/v2/policies/${policy}`),
      },
    },
    {
      ...ofPolicy,
      at: `/policies/${deletedPolicy}`,
      buttons: {
        Restore: stale('PUT', `/v2/policies/${deletedPolicy}`, v2Policy(owner, 'Reader', home)),
      },
    },
    { of: '/roles', shows: get(`/v2/roles?account_id=${home}`) },
    {
      of: '/resource-groups',
      shows: get(`/v2/resource_groups?account_id=${home}`),
      // its namespaces stand in a row too
      row: `${name}-group`,
      buttons: {
        'Create a group': post('/v2/resource_groups', { account_id: home, name: `${name}-new` }),
        Delete: remove(`/v2/resource_groups/${resourceGroup}`),
      },
    },
  ];
};

const accountPages = ({ home, name, webhook }: Things): readonly PageRights[] => {
  const hook = `/api/v1/webhooks/${webhook}`;
  const adding = post('/api/v1/webhooks', {
    name,
    url: 'https://receiver.invalid/hook',
    events: ['image.deleted'],
  });
  return [
    { of: '/webhooks', shows: get('/api/v1/webhooks'), buttons: { 'Add a webhook': adding } },
    {
      of: '/webhooks/:id',
      at: `/webhooks/${webhook}`,
      shows: get(hook),
      buttons: {
        'Send a test': post(`${hook}/test`),
        Disable: stale('PATCH', hook, { enabled: false }),
        Change: stale('PATCH', hook, { name }),
        'New secret': post(`${hook}/rotate`, {}),
        'Delete webhook': remove(hook),
      },
    },
    {
      of: '/quota',
      shows: get('/api/v1/quotas'),
      buttons: {
        'Change the limits': { method: 'PATCH', path: '/api/v1/quotas', body: { storage_megabytes: -1 } },
      },
    },
    {
      of: '/settings',
      shows: get(`/v1/accounts/${home}/settings/identity`),
      before: typeInto('Allowed addresses', '127.0.0.1'),
      buttons: {
        Save: stale('PUT', `/v1/accounts/${home}/settings/identity`, {
          session_expiration_in_seconds: '80000',
        }),
        Change: { method: 'PATCH', path: '/api/v1/auth', body: { registry_tokens: 'enabled' } },
      },
    },
    {
      of: '/audit',
      shows: get('/api/v1/audit/events'),
      buttons: { 'Save as a file': get('/api/v1/audit/events/export') },
    },
  ];
};

const operatorPages = ({ name, account, suspendedAccount }: Things): readonly PageRights[] => {
  const dry = post('/api/v1/gc/runs', { dry_run: true });
  return [
    {
      of: '/operator/accounts',
      shows: get('/api/v1/accounts'),
      buttons: {
        'Create an account': post('/api/v1/accounts', { name: `${name}-new` }),
        Suspend: post(`/api/v1/accounts/${account}/suspend`, {}),
        Resume: post(`/api/v1/accounts/${suspendedAccount}/resume`, {}),
      },
    },
    {
      of: '/operator/collection',
      shows: get('/api/v1/gc'),
      buttons: { 'Run now': dry, 'Dry run': dry, 'Verify all bytes': post('/api/v1/gc/verify', {}) },
    },
    {
      of: '/operator/backups',
      shows: get('/api/v1/backups'),
      buttons: { 'Back up now': post('/api/v1/backups', {}) },
    },
    {
      of: '/operator/system',
      shows: get('/api/v1/warnings?account=all'),
      buttons: { 'Look now': post('/api/v1/warnings/looks') },
    },
    {
      of: '/issuers',
      shows: get('/api/v1/issuers'),
      row: 'issuer.invalid',
      buttons: { Disable: { method: 'PATCH', path: '/api/v1/issuers/ci', body: { state: 'enabled' } } },
    },
  ];
};

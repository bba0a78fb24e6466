import { v2Policy } from '../../access/policy-documents.ts';
import { type Asked, get, type PageRights, post, remove, stale } from './page-rights.ts';
import type { Things } from './things.ts';

export const identityPages = (things: Things): readonly PageRights[] => {
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

export const keyPages = (things: Things): readonly PageRights[] => {
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

import { v2Policy } from '../../access/policy-documents.ts';
import { get, type PageRights, post, remove, selectFirst, stale, typeInto } from './page-rights.ts';
import type { Things } from './things.ts';

export const accessPages = (things: Things): readonly PageRights[] => {
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

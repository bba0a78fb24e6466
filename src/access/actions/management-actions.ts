import type { Role } from '../roles/roles.ts';
import type { ActionRow } from './action-row.ts';

const READING: readonly Role[] = ['Viewer', 'Operator', 'Editor', 'Administrator'];
const EDITING: readonly Role[] = ['Editor', 'Administrator'];
const ADMINISTRATOR: readonly Role[] = ['Administrator'];

/**
 * Actions that manage identities and access, and the operator's own. Actions that hand rights on (keys of another
 * identity, members, policies, trust, unlocking) are in the role Administrator only. Their routes also ask for
 * Administrator over everything that is reached (access.ts: `governs`).
 */
export const MANAGEMENT_ACTIONS = {
  'iam-identity.apikey.create': { roles: ADMINISTRATOR, on: 'entity', self: true, notOnUsers: true },
  'iam-identity.apikey.list': { roles: READING, on: 'entity', self: true },
  'iam-identity.apikey.get': { roles: READING, on: 'entity', self: true },
  'iam-identity.apikey.update': { roles: ADMINISTRATOR, on: 'entity', self: true },
  'iam-identity.apikey.delete': { roles: ADMINISTRATOR, on: 'entity', self: true },
  // lock, disable; enable and unlock hand rights on
  'iam-identity.apikey.restrict': { roles: ADMINISTRATOR, on: 'entity', self: true },
  'iam-identity.apikey.release': { roles: ADMINISTRATOR, on: 'entity', self: true },
  'iam-identity.session.list': { roles: ADMINISTRATOR, on: 'account', self: true },
  'iam-identity.session.revoke': { roles: ADMINISTRATOR, on: 'account', self: true },
  'iam-identity.serviceid.create': { roles: EDITING, on: 'account' },
  'iam-identity.serviceid.list': { roles: READING, on: 'account' },
  'iam-identity.serviceid.get': { roles: READING, on: 'entity' },
  'iam-identity.serviceid.update': { roles: EDITING, on: 'entity' },
  'iam-identity.serviceid.delete': { roles: EDITING, on: 'entity' },
  'iam-identity.serviceid.lock': { roles: EDITING, on: 'entity' },
  'iam-identity.serviceid.unlock': { roles: ADMINISTRATOR, on: 'entity' },
  'iam-identity.profile.create': { roles: EDITING, on: 'account' },
  'iam-identity.profile.list': { roles: READING, on: 'account' },
  'iam-identity.profile.get': { roles: READING, on: 'entity' },
  'iam-identity.profile.update': { roles: EDITING, on: 'entity' },
  'iam-identity.profile.delete': { roles: EDITING, on: 'entity' },
  'iam-identity.profile.trust': { roles: ADMINISTRATOR, on: 'entity' },
  'iam-identity.profile.distrust': { roles: EDITING, on: 'entity' },
  'iam-identity.account.get': { roles: READING, on: 'account' },
  'iam-identity.account.update': { roles: ADMINISTRATOR, on: 'account' },
  'iam-identity.activity.report': { roles: ADMINISTRATOR, on: 'account' },
  'iam-access-management.policy.create': { roles: ADMINISTRATOR, on: 'entity' },
  'iam-access-management.policy.update': { roles: ADMINISTRATOR, on: 'entity' },
  'iam-access-management.policy.delete': { roles: ADMINISTRATOR, on: 'entity' },
  'iam-access-management.policy.get': { roles: READING, on: 'account', self: true },
  'iam-access-management.policy.list': { roles: READING, on: 'account', self: true },
  'iam-access-management.customRole.create': { roles: ADMINISTRATOR, on: 'account' },
  'iam-access-management.customRole.update': { roles: ADMINISTRATOR, on: 'account' },
  'iam-access-management.customRole.delete': { roles: ADMINISTRATOR, on: 'account' },
  'iam-access-management.customRole.get': { roles: READING, on: 'account' },
  'iam-access-management.settings.get': { roles: READING, on: 'account' },
  'iam-access-management.settings.update': { roles: ADMINISTRATOR, on: 'account' },
  'iam-access-management.explain': { roles: ADMINISTRATOR, on: 'account', self: true },
  'iam-groups.group.create': { roles: EDITING, on: 'account' },
  'iam-groups.group.list': { roles: READING, on: 'account', self: true },
  'iam-groups.group.get': { roles: READING, on: 'entity' },
  'iam-groups.group.update': { roles: EDITING, on: 'entity' },
  'iam-groups.group.delete': { roles: EDITING, on: 'entity' },
  'iam-groups.member.list': { roles: READING, on: 'entity' },
  'iam-groups.member.add': { roles: ADMINISTRATOR, on: 'entity' },
  'iam-groups.member.remove': { roles: EDITING, on: 'entity' },
  'iam-groups.rule.create': { roles: ADMINISTRATOR, on: 'entity' },
  'iam-groups.rule.update': { roles: ADMINISTRATOR, on: 'entity' },
  'iam-groups.rule.delete': { roles: EDITING, on: 'entity' },
  'iam-groups.rule.get': { roles: READING, on: 'entity' },
  'iam-groups.settings.get': { roles: READING, on: 'account' },
  'iam-groups.settings.update': { roles: ADMINISTRATOR, on: 'account' },
  'resource-controller.group.create': { roles: EDITING, on: 'account' },
  'resource-controller.group.retrieve': { roles: READING, on: 'entity' },
  'resource-controller.group.update': { roles: EDITING, on: 'entity' },
  'resource-controller.group.delete': { roles: EDITING, on: 'entity' },
  'user-management.user.invite': { roles: ADMINISTRATOR, on: 'account' },
  'user-management.user.list': { roles: READING, on: 'account' },
  'user-management.user.get': { roles: READING, on: 'account', self: true },
  'user-management.user.update': { roles: ADMINISTRATOR, on: 'account', self: true },
  'user-management.user.remove': { roles: ADMINISTRATOR, on: 'account' },
  'tidegate.account.create': { roles: ADMINISTRATOR, on: 'account' },
  'tidegate.gc.get': { roles: ADMINISTRATOR, on: 'account' },
  'tidegate.gc.run': { roles: ADMINISTRATOR, on: 'account' },
} as const satisfies Record<string, ActionRow>;

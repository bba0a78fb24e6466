import type { ActionRow } from './action-row.ts';

/**
 * Actions of the service container-registry, IBM's unless it is said. Writer alone can neither list nor inspect. Actions that configure the
 * account need a policy on the whole account. Both are as at IBM.
 * https://cloud.ibm.com/docs/Registry?topic=Registry-iam
 */
export const REGISTRY_ACTIONS = {
  // using: may be narrowed to a namespace, and here to a repository
  'container-registry.image.pull': { roles: ['Reader', 'Writer', 'Manager'], on: 'namespace' },
  'container-registry.image.push': { roles: ['Writer', 'Manager'], on: 'namespace' },
  'container-registry.image.list': { roles: ['Reader', 'Manager'], on: 'namespace' },
  'container-registry.image.inspect': { roles: ['Reader', 'Manager'], on: 'namespace' },
  'container-registry.image.delete': { roles: ['Writer', 'Manager'], on: 'namespace' },
  'container-registry.image.vulnerabilities': { roles: ['Reader', 'Manager'], on: 'namespace' },
  'container-registry.namespace.list': { roles: ['Reader', 'Manager'], on: 'namespace' },
  'container-registry.retention.get': { roles: ['Reader', 'Manager'], on: 'namespace' },
  'container-registry.retention.list': { roles: ['Reader', 'Manager'], on: 'namespace' },
  'container-registry.retention.analyze': { roles: ['Reader', 'Manager'], on: 'namespace' },
  'container-registry.retention.set': { roles: ['Writer', 'Manager'], on: 'namespace' },
  // Tidegate's own: tags that stay where they are, and images that cannot be deleted
  'container-registry.protection.list': { roles: ['Reader', 'Manager'], on: 'namespace' },
  'container-registry.protection.set': { roles: ['Manager'], on: 'namespace' },
  'container-registry.hold.list': { roles: ['Reader', 'Manager'], on: 'namespace' },
  'container-registry.hold.set': { roles: ['Manager'], on: 'namespace' },
  // Tidegate's own: what is in the trash cannot be restored any more
  'container-registry.trash.empty': { roles: ['Manager'], on: 'namespace' },
  // Tidegate's own: addresses that are told of what happens. They are as secret as what signs: so no role of readers sees them
  'container-registry.webhook.list': { roles: ['Administrator'], on: 'namespace' },
  'container-registry.webhook.set': { roles: ['Administrator'], on: 'namespace' },
  // configuring
  'container-registry.namespace.create': { roles: ['Manager'], on: 'account' },
  'container-registry.namespace.delete': { roles: ['Manager'], on: 'account' },
  'container-registry.auth.get': { roles: ['Manager', 'Administrator'], on: 'account' },
  // what allows registry tokens needs Administrator besides (http/v1/auth.ts)
  'container-registry.auth.set': { roles: ['Manager', 'Administrator'], on: 'account' },
  'container-registry.exemption.list': { roles: ['Reader', 'Manager'], on: 'account' },
  'container-registry.exemption.manager': { roles: ['Manager'], on: 'account' },
  'container-registry.plan.get': { roles: ['Manager'], on: 'account' },
  'container-registry.plan.set': { roles: ['Manager'], on: 'account' },
  'container-registry.quota.get': { roles: ['Reader', 'Writer', 'Manager'], on: 'account' },
  'container-registry.quota.set': { roles: ['Manager'], on: 'account' },
  'container-registry.settings.get': { roles: ['Reader', 'Writer', 'Manager'], on: 'account' },
  'container-registry.settings.set': { roles: ['Manager'], on: 'account' },
  'container-registry.registrytoken.create': { roles: ['Administrator'], on: 'account' },
  'container-registry.registrytoken.delete': { roles: ['Administrator'], on: 'account' },
  'container-registry.registrytoken.get': { roles: ['Administrator'], on: 'account' },
  'container-registry.registrytoken.list': { roles: ['Administrator'], on: 'account' },
} as const satisfies Record<string, ActionRow>;

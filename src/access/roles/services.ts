import { BUILT_IN_ROLES, IDENTITY_ROLES, PLATFORM_ROLES, type Role, SERVICE_ROLES } from './roles.ts';

/** What manages the installation itself; only policies that name it reach it. */
export const OPERATORS_SERVICE = 'tidegate';

/** The roles each service has. A policy that names another service could never grant anything. */
const SERVICES: Readonly<Record<string, readonly Role[]>> = {
  'container-registry': [...SERVICE_ROLES, 'Administrator'],
  'iam-identity': [...PLATFORM_ROLES, ...IDENTITY_ROLES],
  'iam-access-management': PLATFORM_ROLES,
  'iam-groups': PLATFORM_ROLES,
  'resource-controller': PLATFORM_ROLES,
  'user-management': PLATFORM_ROLES,
  [OPERATORS_SERVICE]: ['Administrator'],
};

export const SERVICE_NAMES: readonly string[] = Object.keys(SERVICES);

export const isService = (name: string): boolean => Object.hasOwn(SERVICES, name);

/** Without a service: every role, for a policy on several services. */
export const rolesOfService = (service: string | undefined): readonly Role[] =>
  service === undefined ? BUILT_IN_ROLES : (isService(service) && SERVICES[service]) || [];

/** IBM's groups of services: `service_group_id` IAM is all that manages identities and access. */
const SERVICE_GROUPS: Readonly<Record<string, readonly string[]>> = {
  IAM: ['iam-identity', 'iam-access-management', 'iam-groups', 'user-management'],
};

/** The services of a group; undefined where there is no such group. */
export const servicesOfGroup = (group: string): readonly string[] | undefined =>
  Object.hasOwn(SERVICE_GROUPS, group) ? SERVICE_GROUPS[group] : undefined;

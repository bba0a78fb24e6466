import { PLATFORM_ROLES, type Role, SERVICE_ROLES } from './roles.ts';

/** What manages the installation itself; only policies that name it reach it. */
export const OPERATORS_SERVICE = 'tidegate';

/** The roles each service has (facts section 4); a policy that names another service could never grant anything. */
const SERVICES: Readonly<Record<string, readonly Role[]>> = {
  'container-registry': [...SERVICE_ROLES, 'Administrator'],
  'iam-identity': PLATFORM_ROLES,
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
  service === undefined
    ? [...PLATFORM_ROLES, ...SERVICE_ROLES]
    : (isService(service) && SERVICES[service]) || [];

import type { ErrorCode } from '../../errors.ts';
import { type Attribute, POLICY_KEYS } from '../decision/attributes.ts';
import { readRule } from '../decision/time-conditions.ts';
import { customRoleOfCrn, type Role, roleOfCrn } from '../roles/roles.ts';
import { isService, OPERATORS_SERVICE, rolesOfService, SERVICE_NAMES } from '../roles/services.ts';
import type { PolicyTerms } from './policy-terms.ts';

/** Keys that a policy can have once, with an exact value. */
const EXACT = ['accountId', 'serviceName', 'serviceType', 'resourceGroupId', 'resourceType'];

const SERVICE_TYPES = ['service', 'platform_service'];

/** Why a policy of this account may not be about these resources; undefined where it may. */
export const faultOfScope = (attributes: readonly Attribute[], accountId: string): string | undefined =>
  faultOfAttributes(attributes, accountId) ?? faultOfServices(attributes);

/** What of a scope is not understood, or not of this account; a stored policy with such a scope grants nothing. */
export const faultOfAttributes = (
  attributes: readonly Attribute[],
  accountId: string,
): string | undefined => {
  const strange = attributes.find(({ key }) => !POLICY_KEYS.has(key));
  if (strange?.key === 'serviceInstance')
    return 'serviceInstance must stay empty: container-registry has no instances; leave the attribute out';
  if (strange) return `there is no resource attribute ${strange.key}; use ${[...POLICY_KEYS].join(', ')}`;
  for (const key of EXACT) {
    const [first, second] = attributes.filter((attribute) => attribute.key === key);
    if (second) return `the attribute ${key} can be in a policy once`;
    if (first && first.operator !== 'stringEquals') return `the operator of ${key} must be stringEquals`;
  }
  if (exactly(attributes, 'accountId') !== accountId)
    return 'the resource must have the attribute accountId with the id of the account of the policy';
  return undefined;
};

const faultOfServices = (attributes: readonly Attribute[]): string | undefined => {
  const [name, type, group, kind] = ['serviceName', 'serviceType', 'resourceGroupId', 'resourceType'].map(
    (key) => exactly(attributes, key),
  );
  if (name !== undefined && !isService(name))
    return `there is no service ${name}; use ${SERVICE_NAMES.join(', ')}`;
  if (type !== undefined && !SERVICE_TYPES.includes(type))
    return `serviceType must be ${SERVICE_TYPES.join(' or ')}`;
  if ((name ?? type ?? group) === undefined && kind !== 'resource-group')
    return 'the resource must have one of the attributes serviceName, serviceType, resourceGroupId';
  return undefined;
};

/** What the roles of a policy are held against. */
export interface RoleContext {
  readonly accountId: string;
  /** The account whose Administrators are the operators. */
  readonly isFirstAccount: boolean;
  /** The services of the account's own roles by their names. */
  readonly customRoles: ReadonlyMap<string, string>;
}

interface Fault {
  readonly code: ErrorCode;
  readonly message: string;
}

/** Why these roles cannot be given there; undefined where they can. */
export const faultOfRoles = (
  { roles, attributes }: Pick<PolicyTerms, 'roles' | 'attributes'>,
  context: RoleContext,
): Fault | undefined => {
  const service = exactly(attributes, 'serviceName');
  if (service === OPERATORS_SERVICE && !context.isFirstAccount)
    return invalid(`the service ${OPERATORS_SERVICE} can be given in the installation's first account only`);
  const supported = rolesOfService(service);
  for (const crn of roles) {
    const role = roleOfCrn(crn);
    const fault = role ? faultOfRole(role, service, supported) : faultOfCustomRole(crn, service, context);
    if (fault) return fault;
  }
  return undefined;
};

const faultOfRole = (
  role: Role,
  service: string | undefined,
  supported: readonly Role[],
): Fault | undefined =>
  supported.includes(role)
    ? undefined
    : invalid(`${service} has no role ${role}; it has ${supported.join(', ')}`);

const faultOfCustomRole = (
  crn: string,
  service: string | undefined,
  { accountId, customRoles }: RoleContext,
): Fault | undefined => {
  const of = customRoles.get(customRoleOfCrn(accountId, crn) ?? '');
  if (of === undefined)
    return { code: 'ROLE_UNKNOWN', message: `there is no role ${crn}; GET /v2/roles lists the roles` };
  return of === service
    ? undefined
    : invalid(`the role ${crn} is one of ${of}: the policy must have the attribute serviceName ${of}`);
};

/** Why a policy's rule cannot be; undefined where there is none or it is understood. */
export const faultOfRule = ({ rule, pattern }: PolicyTerms): string | undefined => {
  const read = rule === undefined ? undefined : readRule(rule, pattern);
  return typeof read === 'string' ? read : undefined;
};

const exactly = (attributes: readonly Attribute[], name: string): string | undefined =>
  attributes.find(({ key, operator }) => key === name && operator === 'stringEquals')?.value;

const invalid = (message: string): Fault => ({ code: 'BAD_REQUEST', message });

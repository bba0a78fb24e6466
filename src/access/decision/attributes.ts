import { type Action, type Resource, serviceOf } from '../actions/actions.ts';
import { matchesPattern } from './patterns.ts';
import type { Steps } from './steps.ts';

/** How a policy's attribute is compared. */
export type Operator = 'stringEquals' | 'stringMatch' | 'stringExists';

/** One condition on a resource, as a policy states it. */
export interface Attribute {
  readonly key: string;
  readonly operator: Operator;
  readonly value: string;
}

/** A resource's text for a key; several where it has several names, undefined where it says nothing of it. */
type Reader = (resource: Resource, action: Action) => string | readonly string[] | undefined;

const PLATFORM_SERVICES = new Set([
  'iam-identity',
  'iam-access-management',
  'iam-groups',
  'resource-controller',
  'user-management',
]);

/**
 * What policies can name of a resource. A key that is not here never matches. `regionId` and `namespaceId` are for grants
 * that bind to an id; no policy document can state them. The operator's service has no type, so that only a policy that
 * names it reaches it.
 */
const READERS: Readonly<Record<string, Reader>> = {
  accountId: ({ accountId }) => accountId,
  serviceName: (_resource, action) => serviceOf(action),
  serviceType: (_resource, action) => serviceTypeOf(serviceOf(action)),
  region: ({ region }) => region,
  resourceGroupId: ({ resourceGroupId }) => resourceGroupId,
  resourceType: ({ namespace, entity }) => (namespace === undefined ? entity?.type : 'namespace'),
  resource: ({ namespace, entity }) => namespace ?? entity?.id,
  repository: ({ repository }) => repository,
  tag: ({ tag }) => tag,
  regionId: ({ regionId }) => regionId,
  namespaceId: ({ namespaceId }) => namespaceId,
};

/** IBM's `serviceType` of a service; undefined for the operator's own. */
export const serviceTypeOf = (service: string): string | undefined =>
  PLATFORM_SERVICES.has(service)
    ? 'platform_service'
    : service === 'container-registry'
      ? 'service'
      : undefined;

/** Keys a policy document may use. */
export const POLICY_KEYS: ReadonlySet<string> = new Set(
  Object.keys(READERS).filter((key) => key !== 'regionId' && key !== 'namespaceId'),
);

/** Keys that narrow a grant to less than an account (or its part in one region). */
const NARROWING = new Set([
  'resourceType',
  'resource',
  'repository',
  'tag',
  'resourceGroupId',
  'namespaceId',
]);

export const isNarrowing = ({ key }: Attribute): boolean => NARROWING.has(key);

/** Whether a resource has what the attribute asks for. What the resource does not say, it does not have. */
export const matches = (
  { key, operator, value }: Attribute,
  resource: Resource,
  action: Action,
  steps: Steps,
): boolean => {
  if (!steps.take(1)) return false;
  const actual = Object.hasOwn(READERS, key) ? READERS[key]?.(resource, action) : undefined;
  if (operator === 'stringExists') return value === 'true' && actual !== undefined;
  if (actual === undefined) return false;
  if (operator === 'stringMatch')
    return typeof actual === 'string'
      ? matchesPattern(value, actual, steps)
      : actual.some((text) => matchesPattern(value, text, steps));
  if (operator !== 'stringEquals') return false;
  return typeof actual === 'string' ? actual === value : actual.includes(value);
};

/**
 * Whether everything this part of a scope could match has what an attribute asks for. A scope that says nothing of a key
 * could match anything there; of two patterns only equal ones are known to lie in each other.
 */
export const isImplied = (
  attribute: Attribute,
  { key, operator, value }: Attribute,
  steps: Steps,
): boolean => {
  if (!steps.take(1)) return false;
  if (key === 'serviceName' && attribute.key === 'serviceType') {
    return (
      operator === 'stringEquals' &&
      attribute.operator === 'stringEquals' &&
      serviceTypeOf(value) === attribute.value
    );
  }
  if (key !== attribute.key) return false;
  if (operator === attribute.operator && value === attribute.value) return true;
  if (attribute.operator === 'stringExists') return attribute.value === 'true' && operator === 'stringEquals';
  return (
    operator === 'stringEquals' &&
    attribute.operator === 'stringMatch' &&
    matchesPattern(attribute.value, value, steps)
  );
};

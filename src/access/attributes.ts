import type { Action, Resource } from './actions.ts';
import { serviceOf } from './actions.ts';

/** How a policy's attribute is compared (facts 3.4). */
export type Operator = 'stringEquals' | 'stringMatch' | 'stringExists';

/** One condition on a resource, as a policy states it. */
export interface Attribute {
  readonly key: string;
  readonly operator: Operator;
  readonly value: string;
}

/**
 * What policies can name of a resource. A key that is not here never matches (P3); `regionId` and `namespaceId` are
 * for grants that bind to an id, and no policy document can state them.
 */
const READERS: Readonly<Record<string, (resource: Resource, action: Action) => string | undefined>> = {
  accountId: ({ accountId }) => accountId,
  serviceName: (_resource, action) => serviceOf(action),
  serviceType: (_resource, action) => (serviceOf(action).startsWith('iam-') ? 'platform_service' : 'service'),
  region: ({ region }) => region,
  resourceGroupId: ({ resourceGroupId }) => resourceGroupId,
  resourceType: ({ namespace }) => (namespace === undefined ? undefined : 'namespace'),
  resource: ({ namespace }) => namespace,
  repository: ({ repository }) => repository,
  tag: ({ tag }) => tag,
  regionId: ({ regionId }) => regionId,
  namespaceId: ({ namespaceId }) => namespaceId,
};

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
export const matches = ({ key, operator, value }: Attribute, resource: Resource, action: Action): boolean => {
  const actual = Object.hasOwn(READERS, key) ? READERS[key]?.(resource, action) : undefined;
  if (operator === 'stringExists') return value === 'true' && actual !== undefined;
  if (actual === undefined) return false;
  return operator === 'stringMatch' ? wildcard(value, actual) : actual === value;
};

/** `*` stands for any text, `?` for one character. Linear in practice: it goes back to the last star only. */
export const wildcard = (pattern: string, text: string): boolean => {
  let at = 0;
  let within = 0;
  let star = -1;
  let resume = 0;
  while (within < text.length) {
    if (
      at < pattern.length &&
      (pattern[at] === '?' || (pattern[at] === text[within] && pattern[at] !== '*'))
    ) {
      at++;
      within++;
    } else if (pattern[at] === '*') {
      star = at++;
      resume = within;
    } else if (star >= 0) {
      at = star + 1;
      within = ++resume;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
};

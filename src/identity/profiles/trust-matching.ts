import type { Identity } from '../../principal.ts';
import { FEDERATED } from './federated-rules.ts';
import type { LinkTrust, ProfileTrust, RuleCondition } from './profile-trust.ts';

/** The claims of a verified token of a compute resource, and which resource that is. */
export interface ComputeResource {
  readonly crType: string;
  readonly crn: string;
  readonly namespace: string;
  readonly name: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Whether a trust by name lets this identity in. Kinds are compared, never how an id is spelt. */
export const trustsIdentity = (
  { terms }: ProfileTrust,
  { kind, iamId, accountId }: Identity,
  home: string,
): boolean => {
  if (terms.kind !== 'identity' || terms.iamId !== iamId || terms.type !== kind) return false;
  return kind === 'service-id' || (terms.accounts ?? [home]).includes(accountId);
};

/** Whether a rule or link lets a compute resource in. What it does not understand does not hold. */
export const trustsCompute = ({ terms }: ProfileTrust, resource: ComputeResource, home: string): boolean => {
  if (terms.kind === 'link') return linkHolds(terms, resource);
  if (terms.kind !== 'rule') return false;
  const { of, crType, conditions } = terms;
  if (of !== 'compute' || crType === FEDERATED || crType !== resource.crType || conditions.length === 0)
    return false;
  // a rule is for the clusters of its own account, unless it names the cluster of another one
  const namesCluster = conditions.some(({ claim, operator }) => claim === 'crn' && operator === 'EQUALS');
  if (!namesCluster && accountOfCrn(resource.crn) !== home) return false;
  return conditions.every((condition) => conditionHolds(condition, resource));
};

const linkHolds = (link: LinkTrust, resource: ComputeResource): boolean =>
  link.crType === resource.crType &&
  link.crn === resource.crn &&
  link.namespace === resource.namespace &&
  link.serviceAccount === resource.name;

const accountOfCrn = (crn: string): string | undefined => /^a\/(.+)$/.exec(crn.split(':')[6] ?? '')?.[1];

const conditionHolds = ({ claim, operator, value }: RuleCondition, resource: ComputeResource): boolean => {
  const actual = claimOf(resource, claim);
  const wanted = parseValue(value);
  const texts = Array.isArray(actual) ? actual : [actual];
  if (texts.length === 0 || !texts.every((text) => typeof text === 'string')) return false;
  const [text] = texts;
  const single = texts.length === 1 && typeof text === 'string' ? text : undefined;
  switch (operator) {
    case 'EQUALS':
      return single !== undefined && single === wanted;
    case 'NOT_EQUALS':
      return typeof wanted === 'string' && !texts.includes(wanted);
    case 'EQUALS_IGNORE_CASE':
      return single !== undefined && single.toLowerCase() === lower(wanted);
    case 'NOT_EQUALS_IGNORE_CASE':
      return typeof wanted === 'string' && !texts.some((each) => each.toLowerCase() === lower(wanted));
    case 'IN':
      return Array.isArray(wanted) && single !== undefined && wanted.includes(single);
    case 'CONTAINS':
      if (typeof wanted !== 'string' || wanted === '') return false;
      return Array.isArray(actual) ? actual.includes(wanted) : single?.includes(wanted) === true;
    default:
      return false;
  }
};

const claimOf = ({ crn, namespace, name, claims }: ComputeResource, claim: string): unknown => {
  if (claim === 'crn') return crn;
  if (claim === 'namespace') return namespace;
  if (claim === 'name') return name;
  return Object.hasOwn(claims, claim) ? claims[claim] : undefined;
};

const lower = (value: unknown): string | undefined =>
  typeof value === 'string' ? value.toLowerCase() : undefined;

/** IBM's values are JSON as a text, `"\"deploy\""`; a plain word stands for itself. */
const parseValue = (value: string): unknown => {
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === 'string' || Array.isArray(parsed) ? parsed : value;
  } catch {
    return value;
  }
};

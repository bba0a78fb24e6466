import type { Attribute, Operator } from './attributes.ts';

/** What a policy says, in either version's words (facts 3.4): who, which roles, on what, when. */
export interface PolicyTerms {
  /** An iam_id or an access group's id. */
  readonly subject: string;
  readonly subjectKey: 'iam_id' | 'access_group_id';
  /** CRNs. */
  readonly roles: readonly string[];
  readonly attributes: readonly Attribute[];
  /** A v2 policy's time conditions as they were sent; undefined: always. */
  readonly rule: unknown;
}

const OPERATORS: readonly Operator[] = ['stringEquals', 'stringMatch', 'stringExists'];

/** Reads a policy document; a text that says what is wrong with it if it cannot be read whole (P3). */
export const readPolicy = (version: 'v1' | 'v2', document: unknown): PolicyTerms | string =>
  isRecord(document)
    ? version === 'v1'
      ? readV1(document)
      : readV2(document)
    : 'the policy is not an object';

const readV1 = (document: Record<string, unknown>): PolicyTerms | string => {
  const { subjects, resources, roles } = document;
  const [subject, ...otherSubjects] = listOf(subjects);
  const [resource, ...otherResources] = listOf(resources);
  if (!isRecord(subject) || otherSubjects.length > 0) return 'subjects must have exactly one element';
  if (!isRecord(resource) || otherResources.length > 0) return 'resources must have exactly one element';
  return termsOf(
    readAttributes(subject.attributes, 'name'),
    readAttributes(resource.attributes, 'name'),
    roles,
    undefined,
  );
};

const readV2 = (document: Record<string, unknown>): PolicyTerms | string => {
  const { subject, resource, control, rule } = document;
  if (!isRecord(subject)) return 'subject must have attributes';
  if (!isRecord(resource)) return 'resource must have attributes';
  const grant = isRecord(control) ? control.grant : undefined;
  if (!isRecord(grant)) return 'control must have a grant with roles';
  return termsOf(
    readAttributes(subject.attributes, 'key'),
    readAttributes(resource.attributes, 'key'),
    grant.roles,
    rule,
  );
};

const termsOf = (
  subject: Attribute[] | string,
  attributes: Attribute[] | string,
  roles: unknown,
  rule: unknown,
): PolicyTerms | string => {
  if (typeof subject === 'string') return subject;
  if (typeof attributes === 'string') return attributes;
  const [who, ...others] = subject;
  if (!who || others.length > 0 || who.operator !== 'stringEquals') {
    return 'the subject must have exactly one attribute: iam_id or access_group_id';
  }
  if (who.key !== 'iam_id' && who.key !== 'access_group_id')
    return `the subject attribute ${who.key} is not supported; use iam_id or access_group_id`;
  const ids = listOf(roles).map((role) => (isRecord(role) ? role.role_id : undefined));
  if (ids.length === 0 || !ids.every((id) => typeof id === 'string'))
    return 'roles must be a list with a role_id in each element';
  return { subject: who.value, subjectKey: who.key, roles: ids as string[], attributes, rule };
};

const readAttributes = (list: unknown, keyName: 'name' | 'key'): Attribute[] | string => {
  if (!Array.isArray(list) || list.length === 0) return 'attributes must be a list with one element or more';
  const attributes: Attribute[] = [];
  for (const each of list) {
    const key = isRecord(each) ? each[keyName] : undefined;
    if (!isRecord(each) || typeof key !== 'string') return `each attribute must have a ${keyName}`;
    // v1 leaves the operator out where it means equality
    const given = each.operator ?? (keyName === 'name' ? 'stringEquals' : undefined);
    const operator = OPERATORS.find((known) => known === given);
    if (!operator) return `the operator of ${key} must be one of ${OPERATORS.join(', ')}`;
    const value = operator === 'stringExists' ? String(each.value) : each.value;
    if (typeof value !== 'string' || value.length < 1 || value.length > 1000)
      return `the value of ${key} must be a text of 1 to 1000 characters`;
    attributes.push({ key, operator, value });
  }
  return attributes;
};

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

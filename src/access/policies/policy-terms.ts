import type { Attribute, Operator } from '../decision/attributes.ts';

/** What a policy says, in the words of either version: who, which roles, on what, when. */
export interface PolicyTerms {
  /** An iam_id or an access group's id. */
  readonly subject: string;
  readonly subjectKey: 'iam_id' | 'access_group_id';
  /** CRNs. */
  readonly roles: readonly string[];
  readonly attributes: readonly Attribute[];
  /** A v2 policy's time conditions as they were sent; undefined: always. */
  readonly rule: unknown;
  /** What kind of rule it says it is. */
  readonly pattern: unknown;
  /** Access management tags that the resource or the subject of a v1 policy must have. None has tags here. */
  readonly tags: readonly Attribute[];
}

export type PolicyVersion = 'v1' | 'v2';

const OPERATORS: readonly Operator[] = ['stringEquals', 'stringMatch', 'stringExists'];

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a policy document. Answers a text that says what is wrong if any part is not understood: that part might have
 * narrowed the policy.
 */
export const readPolicy = (version: PolicyVersion, document: unknown): PolicyTerms | string => {
  if (!isRecord(document)) return 'the policy must be an object';
  try {
    return version === 'v1' ? readV1(document) : readV2(document);
  } catch (error) {
    if (error instanceof Unreadable) return error.message;
    throw error;
  }
};

/** Thrown and caught in this file only: why a document cannot be read. */
class Unreadable extends Error {}

const readV1 = (document: Fields): PolicyTerms => {
  known(document, ['type', 'description', 'subjects', 'roles', 'resources'], 'a policy');
  const subject = known(only(document.subjects, 'subjects'), ['attributes', 'tags'], 'the subject');
  const resource = known(only(document.resources, 'resources'), ['attributes', 'tags'], 'the resource');
  return {
    ...readSubject(subject.attributes, 'name'),
    attributes: readAttributes(resource.attributes, 'name', 'the resource'),
    roles: readRoles(document.roles),
    rule: undefined,
    pattern: undefined,
    tags: [subject.tags, resource.tags].flatMap(readTags),
  };
};

const readV2 = (document: Fields): PolicyTerms => {
  known(document, ['type', 'description', 'subject', 'resource', 'control', 'rule', 'pattern'], 'a policy');
  const { grant } = known(document.control, ['grant'], 'control');
  const { rule, pattern } = document;
  if (rule === undefined && pattern !== undefined) throw new Unreadable('a pattern needs a rule');
  const subject = known(document.subject, ['attributes'], 'the subject');
  const resource = known(document.resource, ['attributes', 'tags'], 'the resource');
  if (readTags(resource.tags).length > 0)
    throw new Unreadable('access management tags are not supported; leave tags empty');
  return {
    ...readSubject(subject.attributes, 'key'),
    attributes: readAttributes(resource.attributes, 'key', 'the resource'),
    roles: readRoles(known(grant, ['roles'], 'control.grant').roles),
    rule,
    pattern,
    tags: [],
  };
};

const readSubject = (
  attributes: unknown,
  keyName: 'name' | 'key',
): Pick<PolicyTerms, 'subject' | 'subjectKey'> => {
  const [who, ...others] = readAttributes(attributes, keyName, 'the subject');
  if (!who || others.length > 0 || who.operator !== 'stringEquals')
    throw new Unreadable('the subject must have exactly one attribute: iam_id or access_group_id');
  if (who.key !== 'iam_id' && who.key !== 'access_group_id')
    throw new Unreadable(`the subject attribute ${who.key} is not supported; use iam_id or access_group_id`);
  return { subject: who.value, subjectKey: who.key };
};

const readTags = (tags: unknown): Attribute[] =>
  tags === undefined || (Array.isArray(tags) && tags.length === 0)
    ? []
    : readAttributes(tags, 'name', 'tags');

const readRoles = (roles: unknown): string[] => {
  if (!Array.isArray(roles) || roles.length === 0 || roles.length > 50)
    throw new Unreadable('roles must be a list with a role_id in each element');
  return roles.map((role) => {
    const { role_id: id } = known(role, ['role_id', 'display_name', 'description'], 'a role');
    if (typeof id !== 'string') throw new Unreadable('roles must be a list with a role_id in each element');
    return id;
  });
};

/** More attributes than there are keys would only cost time. */
const MOST_ATTRIBUTES = 20;

const readAttributes = (list: unknown, keyName: 'name' | 'key', whose: string): Attribute[] => {
  if (!Array.isArray(list) || list.length === 0 || list.length > MOST_ATTRIBUTES)
    throw new Unreadable(`${whose} must have attributes: a list of 1 to ${MOST_ATTRIBUTES}`);
  return list.map((each) => {
    const attribute = known(each, [keyName, 'operator', 'value'], `an attribute of ${whose}`);
    const key = attribute[keyName];
    if (typeof key !== 'string') throw new Unreadable(`each attribute of ${whose} must have a ${keyName}`);
    // v1 leaves the operator out where it means equality
    const given = attribute.operator ?? (keyName === 'name' ? 'stringEquals' : undefined);
    const operator = OPERATORS.find((name) => name === given);
    if (!operator) throw new Unreadable(`the operator of ${key} must be one of ${OPERATORS.join(', ')}`);
    return { key, operator, value: readValue(key, operator, attribute.value) };
  });
};

const readValue = (key: string, operator: Operator, value: unknown): string => {
  if (operator === 'stringExists') {
    if (value === true || value === 'true') return 'true';
    throw new Unreadable(`the value of ${key} with stringExists must be true`);
  }
  if (typeof value !== 'string' || value.length < 1 || value.length > 1000)
    throw new Unreadable(`the value of ${key} must be a text of 1 to 1000 characters`);
  return value;
};

/** The one element of a list. */
const only = (list: unknown, name: string): unknown => {
  if (!Array.isArray(list) || list.length !== 1)
    throw new Unreadable(`${name} must have exactly one element`);
  return list[0];
};

/** An object with no other fields than these. */
const known = (value: unknown, fields: readonly string[], what: string): Fields => {
  if (!isRecord(value)) throw new Unreadable(`${what} must be an object with ${fields.join(', ')}`);
  const strange = Object.keys(value).find((name) => !fields.includes(name));
  if (strange !== undefined) throw new Unreadable(`${what} has no ${strange}; it has ${fields.join(', ')}`);
  return value;
};

const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

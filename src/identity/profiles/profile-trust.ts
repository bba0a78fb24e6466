import { createHash } from 'node:crypto';
import type { ProfileTrustRow } from '../../database/iam-schema.ts';
import type { Identity } from '../../principal.ts';
import { iamIdOfServiceId } from '../iam-ids.ts';
import type { ChainLink } from '../login/credential.ts';

/** How a rule compares a claim with a value, which is JSON as a text (IBM's words). */
export const RULE_OPERATORS = [
  'EQUALS',
  'NOT_EQUALS',
  'EQUALS_IGNORE_CASE',
  'NOT_EQUALS_IGNORE_CASE',
  'IN',
  'CONTAINS',
] as const;

export interface RuleCondition {
  readonly claim: string;
  readonly operator: string;
  readonly value: string;
}

/** Who may become a profile: whoever shows a token with these claims. */
export interface RuleTrust {
  /** Only Profile-CR can ever hold here: there is no SAML login. */
  readonly type: 'Profile-SAML' | 'Profile-CR';
  readonly name?: string;
  readonly realm_name?: string;
  readonly cr_type?: string;
  readonly expiration?: number;
  readonly conditions: readonly RuleCondition[];
}

/** One service account of one cluster. */
export interface LinkTrust {
  readonly cr_type: string;
  readonly name?: string;
  readonly link: { readonly crn: string; readonly namespace?: string; readonly name?: string };
}

/** An identity by name. */
export interface IdentityTrust {
  readonly type: 'user' | 'serviceid';
  /** An iam_id for a user, `ServiceId-…` for a service ID. */
  readonly identifier: string;
  /** Users: the accounts they may come from; the profile's own where absent. */
  readonly accounts?: readonly string[];
  readonly description?: string;
}

/** The claims of a verified token of a compute resource, and which resource that is. */
export interface ComputeResource {
  readonly crType: string;
  readonly crn: string;
  readonly namespace: string;
  readonly name: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

export const iamIdOfTrusted = ({ type, identifier }: IdentityTrust): string =>
  type === 'serviceid' ? iamIdOfServiceId(identifier) : identifier;

/** The link a token that came by this trust carries: any change of the trust ends it. */
export const trustLink = ({ id, entity_tag }: ProfileTrustRow): ChainLink => ({
  kind: 'profile-trust',
  id: `${id}.${entity_tag}`,
});

/** One version for all of a profile's identities together. */
export const tagOfIdentities = (rows: readonly ProfileTrustRow[]): string => {
  const versions = rows.map(({ id, entity_tag }) => `${id} ${entity_tag}`).sort();
  return `1-${createHash('sha256').update(versions.join('\n')).digest('hex').slice(0, 32)}`;
};

/** Whether a trust by name lets this identity in. Kinds are compared, never how an id is spelt. */
export const trustsIdentity = (
  row: ProfileTrustRow,
  { kind, iamId, accountId }: Identity,
  home: string,
): boolean => {
  const { type, accounts = [home] } = JSON.parse(row.document) as IdentityTrust;
  if (row.kind !== 'identity' || row.identity !== iamId) return false;
  if (type === 'serviceid') return kind === 'service-id';
  return type === 'user' && kind === 'user' && accounts.includes(accountId);
};

/** Whether a rule or link lets a compute resource in. What it does not understand does not hold (P3). */
export const trustsCompute = (row: ProfileTrustRow, resource: ComputeResource, home: string): boolean => {
  if (row.kind === 'link') return linkHolds(JSON.parse(row.document) as LinkTrust, resource);
  if (row.kind !== 'rule') return false;
  const { type, cr_type, conditions } = JSON.parse(row.document) as RuleTrust;
  if (type !== 'Profile-CR' || cr_type !== resource.crType || conditions.length === 0) return false;
  // a rule is for the clusters of its own account, or for one it names: nobody's cluster is everybody's
  const namesCluster = conditions.some(({ claim, operator }) => claim === 'crn' && operator === 'EQUALS');
  if (!namesCluster && accountOfCrn(resource.crn) !== home) return false;
  return conditions.every((condition) => conditionHolds(condition, resource));
};

const linkHolds = ({ cr_type, link }: LinkTrust, resource: ComputeResource): boolean =>
  cr_type === resource.crType &&
  link.crn === resource.crn &&
  link.namespace === resource.namespace &&
  link.name === resource.name;

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

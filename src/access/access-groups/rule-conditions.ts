import type { Steps } from '../decision/steps.ts';
import { type Claims, type ConditionOutcome, outcomesOfConditions } from '../identities.ts';

/** What a rule of an access group says: its document, read. */
export interface RuleTerms {
  readonly name: string | undefined;
  /** Hours that claims count for, from when the provider said them. */
  readonly expiration: number;
  /** `iss` of the provider. */
  readonly realmName: string;
  readonly conditions: readonly RuleCondition[];
  /** The same, with every value as JSON: a plain word costs much more to read. */
  readonly tested: readonly RuleCondition[];
}

export interface RuleCondition {
  readonly claim: string;
  readonly operator: string;
  readonly value: string;
}

const POSITIVE = ['EQUALS', 'EQUALS_IGNORE_CASE', 'IN', 'CONTAINS'] as const;
/** IBM's operators. */
export const OPERATORS: readonly string[] = [...POSITIVE, 'NOT_EQUALS', 'NOT_EQUALS_IGNORE_CASE'];
/** Claims of every login: a rule on these alone says nothing of who it is. */
const COMMON = [
  ...[
    'iss',
    'aud',
    'exp',
    'iat',
    'nbf',
    'jti',
    'azp',
    'auth_time',
    'acr',
    'amr',
    'sid',
    'nonce',
    'updated_at',
  ],
  ...['email_verified', 'phone_number_verified'],
];
/** Claims that people write themselves at many providers (OpenID Connect Core 1.0, 5.1; upn and unique_name at Microsoft). */
const CHOSEN = [
  ...['name', 'given_name', 'family_name', 'middle_name', 'nickname', 'preferred_username', 'profile'],
  ...['picture', 'website', 'gender', 'birthdate', 'zoneinfo', 'locale', 'phone_number', 'address'],
  ...['upn', 'unique_name'],
];
const NOT_WHO = new Set([...COMMON, ...CHOSEN]);
/** Characters of the longest document that is looked at. */
export const LONGEST_RULE = 16_384;

/** Why conditions let in everyone, or no one; the first fault found. */
export const faultOfConditions = (conditions: readonly RuleCondition[]): string | undefined => {
  const unknown = conditions.find(({ operator }) => !OPERATORS.includes(operator));
  if (unknown) return `there is no operator ${unknown.operator}: there are ${OPERATORS.join(', ')}`;
  if (JSON.stringify(conditions).length > LONGEST_RULE - 4096)
    return 'the conditions are too long: make two rules of them';
  const says = ({ claim, operator }: RuleCondition): boolean =>
    POSITIVE.some((each) => each === operator) && !NOT_WHO.has(topOf(claim));
  return conditions.some(says)
    ? undefined
    : 'one condition must say with EQUALS, EQUALS_IGNORE_CASE, IN or CONTAINS what a claim is to be: without it, everyone that the provider knows is let in. Names, and what else people write themselves, do not count';
};

/** The claim that a condition looks into: a path begins with a slash, and its first part is the claim. */
const topOf = (claim: string): string => (claim.startsWith('/') ? (claim.split('/')[1] ?? '') : claim);

/** A stored document; undefined for one that lets no one in. */
export const ruleTermsOf = (document: string): RuleTerms | undefined => {
  if (document === '') return undefined;
  const { name, expiration, realm_name: realmName, conditions } = JSON.parse(document);
  const isRead = Number.isInteger(expiration) && typeof realmName === 'string' && Array.isArray(conditions);
  if (!isRead || faultOfConditions(conditions) !== undefined) return undefined;
  const tested = conditions.map((each: RuleCondition) => ({ ...each, value: jsonOf(each.value) }));
  return { name, expiration, realmName, conditions, tested };
};

/** How claims meet conditions. A text counts as a list of one, so that one group is a group. */
export const outcomesIn = (
  { conditions }: Pick<RuleTerms, 'conditions'>,
  claims: Claims,
): ConditionOutcome[] => outcomesOfConditions(conditions, claims);

/** What a condition costs beside the lengths of what it compares, in steps of decisions. */
const STEPS_PER_CONDITION = 50;

/** Whether claims meet every condition of a rule. The first that they miss ends it; `steps` counts the work. */
export const isMetBy = ({ tested }: RuleTerms, claims: Claims, steps: Steps): boolean =>
  tested.every((condition) => {
    const [outcome] = outcomesIn({ conditions: [condition] }, claims);
    steps.take(STEPS_PER_CONDITION + condition.value.length + lengthOf(outcome?.actual));
    return outcome?.holds === true;
  });

const lengthOf = (actual: unknown): number =>
  typeof actual === 'string' || Array.isArray(actual) ? actual.length : 1;

/** A plain word is told by its first character where that is possible: to try costs a hundred times as much. */
const jsonOf = (value: string): string => {
  if (!/^(?:[\s"[{\d-]|true|false|null)/.test(value)) return JSON.stringify(value);
  try {
    JSON.parse(value);
    return value;
  } catch {
    return JSON.stringify(value);
  }
};

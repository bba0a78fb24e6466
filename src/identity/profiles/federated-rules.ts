import type { OpenIssuer } from '../issuers/issuers.ts';
import { type Preset, presetOf } from '../issuers/presets.ts';
import type { RuleCondition, RuleTrust } from './profile-trust.ts';

/** `cr_type` of rules for tokens of declared issuers. */
export const FEDERATED = 'OIDC';

type Issuer = Pick<OpenIssuer, 'issuer' | 'audiences' | 'preset' | 'shared'>;
type Claims = Readonly<Record<string, unknown>>;
type Scalar = string | number | boolean;

/** What is wrong with a rule, and in which of its fields. */
export interface RuleFault {
  readonly field: string;
  readonly message: string;
}

/** A condition, and how a token meets it. */
export interface ConditionOutcome extends RuleCondition {
  /** The token's value; undefined where it has none. */
  readonly actual: unknown;
  readonly holds: boolean;
  readonly why: string | undefined;
}

const EXACT = new Set(['EQUALS', 'IN']);
const MOST_VALUES = 100;
/** Of an issuer without a preset it is not known which claims others can have in their tokens too. */
const UNKNOWN =
  'this issuer has no preset, so each token of it with these claims gets in: where others have tokens of it too, add a condition on sub';
/** Claims of every token: a rule on these alone says nothing of whose it is. */
const COMMON = new Set(['iss', 'aud', 'exp', 'iat', 'nbf', 'jti', 'azp']);

/** Why an issuer's tokens may not be trusted by such a rule; the first fault found. */
export const faultOfFederatedRule = (rule: RuleTrust, issuer: Issuer): RuleFault | undefined => {
  if (rule.realmName !== issuer.issuer)
    return { field: 'realm_name', message: 'it must be the issuer, byte for byte' };
  const preset = presetOf(issuer.preset);
  for (const [index, condition] of rule.conditions.entries()) {
    const message = faultOfCondition(condition, preset, issuer);
    if (message) return { field: `conditions[${index}]`, message: `${condition.claim}: ${message}` };
  }
  if ((issuer.audiences.length > 1 || issuer.shared) && !names(rule, 'aud', new Set(['EQUALS'])))
    return {
      field: 'conditions',
      message: 'this iss has several audiences: add a condition on aud with EQUALS and one of them',
    };
  return faultOfBinding(rule, preset);
};

/** What those who make a rule have to know of it. */
export const warningsOf = (rule: RuleTrust, issuer: Issuer): string[] => {
  if (issuer.preset === undefined && !names(rule, 'sub')) return [UNKNOWN];
  const bound = presetOf(issuer.preset).bindings.filter(({ claims }) =>
    claims.every((claim) => names(rule, claim)),
  );
  const isWeak = bound.length > 0 && bound.every(({ warning }) => warning !== undefined);
  return isWeak ? bound.flatMap(({ warning }) => warning ?? []) : [];
};

/** Whether a verified token of the issuer meets a rule. A rule that would be refused today does not hold either. */
export const federatedRuleHolds = (rule: RuleTrust, issuer: Issuer, claims: Claims): boolean =>
  rule.of === 'compute' &&
  rule.crType === FEDERATED &&
  faultOfFederatedRule(rule, issuer) === undefined &&
  guardFault(rule, issuer, claims) === undefined &&
  outcomesOf(rule, claims).every(({ holds }) => holds);

/** Why tokens of such work match no rule that does not name it. */
export const guardFault = (rule: RuleTrust, issuer: Issuer, claims: Claims): string | undefined => {
  for (const { claim, refused, required } of presetOf(issuer.preset).guards ?? []) {
    if (names(rule, claim)) continue;
    const actual = claimAt(claims, claim);
    if (refused.includes(actual))
      return `${claim} is ${printed(actual)}: such tokens need a condition on ${claim}`;
    if (required && actual === undefined) return `the token has no ${claim}`;
  }
  return undefined;
};

export const outcomesOf = ({ conditions }: RuleTrust, claims: Claims): ConditionOutcome[] =>
  conditions.map((condition) => {
    const actual = claimAt(claims, condition.claim);
    const why = missed(condition, actual);
    return { ...condition, actual, holds: why === undefined, why };
  });

/**
 * The same for what a provider said of a person, where a claim may be one text or a list of texts: CONTAINS takes a text as a
 * list of one, never as a part of it.
 */
export const outcomesOfConditions = (
  conditions: readonly RuleCondition[],
  claims: Claims,
): ConditionOutcome[] =>
  conditions.map((condition) => {
    const actual = claimAt(claims, condition.claim);
    const isOne = condition.operator === 'CONTAINS' && isText(actual);
    const why = missed(condition, isOne ? [actual] : actual);
    return { ...condition, actual, holds: why === undefined, why };
  });

/** A claim by its own name, else by the path that a leading / begins; null counts as absent. */
export const claimAt = (claims: Claims, name: string): unknown => {
  if (Object.hasOwn(claims, name)) return claims[name] ?? undefined;
  if (!name.startsWith('/')) return undefined;
  let value: unknown = claims;
  for (const part of name.slice(1).split('/')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    if (!Object.hasOwn(value, part)) return undefined;
    value = (value as Claims)[part];
  }
  return value ?? undefined;
};

/** The name of a claim, also where it is written as a path of one part. */
const plain = (claim: string): string => claim.replace(/^\//, '');

const names = ({ conditions }: RuleTrust, claim: string, operators = EXACT): boolean =>
  conditions.some((each) => each.claim === claim && operators.has(each.operator));

const faultOfBinding = (rule: RuleTrust, { bindings }: Preset): RuleFault | undefined => {
  const fits = ({ claims, warning }: Preset['bindings'][number]): boolean =>
    claims.every((claim) => names(rule, claim, warning === undefined ? EXACT : new Set(['EQUALS'])));
  const isBound =
    bindings.length > 0
      ? bindings.some(fits)
      : rule.conditions.some(({ claim, operator }) => EXACT.has(operator) && !COMMON.has(plain(claim)));
  if (isBound) return undefined;
  const wanted =
    bindings.length > 0
      ? bindings.map(({ claims }) => claims.join(' with ')).join(', or ')
      : 'sub, or a claim of its own';
  return {
    field: 'conditions',
    message: `one condition must say with EQUALS or IN whose tokens are trusted: ${wanted}`,
  };
};

const faultOfCondition = (
  { claim, operator, value }: RuleCondition,
  preset: Preset,
  { audiences }: Issuer,
): string | undefined => {
  if (preset.chosen?.includes(plain(claim))) return 'its subject can choose it; use an id';
  const wanted = parseValue(value);
  if (operator === 'IN') {
    const isList = Array.isArray(wanted) && wanted.length > 0 && wanted.length <= MOST_VALUES;
    if (!isList || !wanted.every((each) => isScalar(each) && typeof each === typeof wanted[0]))
      return 'IN needs a list of texts, or of numbers';
  } else if (!isScalar(wanted) || wanted === '') return `${operator} needs one text, number or boolean`;
  if (operator === 'CONTAINS' && preset !== presetOf(undefined) && !preset.lists?.includes(claim))
    return 'CONTAINS is for claims that are lists, and this one is a text; use EQUALS or IN';
  if (operator.endsWith('_IGNORE_CASE') && !preset.names?.includes(claim))
    return 'capitals count in it; use EQUALS or IN';
  if (claim === 'aud' && operator === 'EQUALS' && !audiences.includes(String(wanted)))
    return `the issuer's audiences are ${audiences.join(', ')}`;
  return undefined;
};

/** Why a value does not meet a condition, or undefined. Types count: "20" is not 20. */
const missed = ({ operator, value }: RuleCondition, actual: unknown): string | undefined => {
  if (actual === undefined) return 'the token does not have it';
  const wanted = parseValue(value);
  if (operator === 'CONTAINS') {
    if (!Array.isArray(actual)) return 'it is no list';
    return isScalar(wanted) && actual.includes(wanted) ? undefined : 'the list does not have this';
  }
  // a list of one audience is that audience
  const single = Array.isArray(actual) && actual.length === 1 ? actual[0] : actual;
  if (!isScalar(single)) return 'it is no single text, number or boolean';
  return holds(operator, single, wanted) ? undefined : 'it is another value';
};

const holds = (operator: string, actual: Scalar, wanted: unknown): boolean => {
  switch (operator) {
    case 'EQUALS':
      return actual === wanted;
    case 'IN':
      return Array.isArray(wanted) && wanted.includes(actual);
    case 'NOT_EQUALS':
      return typeof actual === typeof wanted && actual !== wanted;
    case 'EQUALS_IGNORE_CASE':
      return isText(actual) && isText(wanted) && actual.toLowerCase() === wanted.toLowerCase();
    case 'NOT_EQUALS_IGNORE_CASE':
      return isText(actual) && isText(wanted) && actual.toLowerCase() !== wanted.toLowerCase();
    default:
      return false;
  }
};

const isText = (value: unknown): value is string => typeof value === 'string';

const isScalar = (value: unknown): value is Scalar =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

/** Values are JSON as a text; a plain word stands for itself. */
const parseValue = (value: string): unknown => {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
};

const printed = (value: unknown): string => (JSON.stringify(value) ?? 'absent').slice(0, 200);

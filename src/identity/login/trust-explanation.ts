import type { Issuers, OpenIssuer } from '../issuers/issuers.ts';
import { parseJwt } from '../issuers/jwt.ts';
import type { WorkloadTokens } from '../issuers/workload-tokens.ts';
import {
  type ConditionOutcome,
  FEDERATED,
  faultOfFederatedRule,
  federatedRuleHolds,
  guardFault,
  outcomesOf,
} from '../profiles/federated-rules.ts';
import type { Profile } from '../profiles/profile.ts';
import type { ProfileTrust, RuleTrust } from '../profiles/profile-trust.ts';

/** How a rule judges a token. */
export interface RuleOutcome {
  readonly rule: ProfileTrust<RuleTrust>;
  readonly holds: boolean;
  /** What keeps the rule from holding beside its conditions. */
  readonly fault: string | undefined;
  readonly conditions: readonly ConditionOutcome[];
}

/** Whether a token is believed, and what each rule of a profile makes of it. */
export interface TrustExplanation {
  /** Name of the declared issuer. */
  readonly issuer: string | undefined;
  /** Why the token is not believed; its claims are then shown as they are sent. */
  readonly fault: string | undefined;
  readonly rules: readonly RuleOutcome[];
}

/** Judges a token rule by rule, for those who may read the rules. Nothing is opened by it. */
export class TrustExplainer {
  readonly #issuers: Issuers;
  readonly #tokens: WorkloadTokens;

  constructor(issuers: Issuers, tokens: WorkloadTokens) {
    this.#issuers = issuers;
    this.#tokens = tokens;
  }

  async explain(
    profile: Profile,
    rules: readonly ProfileTrust<RuleTrust>[],
    text: string,
  ): Promise<TrustExplanation> {
    const jwt = parseJwt(text);
    if (!jwt) return { issuer: undefined, fault: 'it is no JWT', rules: [] };
    const { claims } = jwt;
    const open = this.#issuers.forAccount(jwt.issuer ?? '', profile.accountId);
    if (open.length === 0) {
      const fault = `its iss, ${jwt.issuer?.slice(0, 200) ?? 'which is absent'}, is not of an issuer that is declared for this account`;
      return { issuer: undefined, fault, rules: [] };
    }
    const verified = await this.#tokens.verify(jwt);
    const isOpen = typeof verified !== 'string' && open.some(({ name }) => name === verified.issuer.name);
    const issuer = isOpen ? verified.issuer : (open[0] as OpenIssuer);
    return {
      issuer: issuer.name,
      fault: typeof verified === 'string' ? verified : undefined,
      rules: rules
        .filter(({ terms }) => terms.crType === FEDERATED)
        .map((rule) => outcomeOf(rule, issuer, claims)),
    };
  }
}

const outcomeOf = (
  rule: ProfileTrust<RuleTrust>,
  issuer: OpenIssuer,
  claims: Readonly<Record<string, unknown>>,
): RuleOutcome => ({
  rule,
  holds: federatedRuleHolds(rule.terms, issuer, claims),
  fault: faultOfFederatedRule(rule.terms, issuer)?.message ?? guardFault(rule.terms, issuer, claims),
  conditions: outcomesOf(rule.terms, claims),
});

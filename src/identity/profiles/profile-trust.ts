import { createHash } from 'node:crypto';
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

/** Tokens with these claims may become the profile. */
export interface RuleTrust {
  readonly kind: 'rule';
  /** Rules of SAML logins are kept and never hold: there is no SAML login. */
  readonly of: 'saml' | 'compute';
  readonly name: string | undefined;
  readonly realmName: string | undefined;
  /** The kind of compute resource: IKS_SA, ROKS_SA. */
  readonly crType: string | undefined;
  readonly expiration: number | undefined;
  readonly conditions: readonly RuleCondition[];
}

/** One service account of one cluster may become the profile. */
export interface LinkTrust {
  readonly kind: 'link';
  readonly name: string | undefined;
  readonly crType: string;
  readonly crn: string;
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** One identity may become the profile. */
export interface IdentityTrust {
  readonly kind: 'identity';
  readonly type: 'user' | 'service-id';
  readonly iamId: string;
  /** Users: the accounts they may come from; the profile's own where undefined. */
  readonly accounts: readonly string[] | undefined;
  readonly description: string | undefined;
}

export type TrustTerms = RuleTrust | LinkTrust | IdentityTrust;
export type TrustKind = TrustTerms['kind'];

/** Which identities or compute resources may become a profile. */
export interface ProfileTrust<Terms extends TrustTerms = TrustTerms> {
  readonly id: string;
  readonly profileId: string;
  readonly entityTag: string;
  readonly createdAt: number;
  readonly modifiedAt: number;
  readonly terms: Terms;
}

/** The link a token that came by this trust carries: any change of the trust ends the token. */
export const trustLink = ({ id, entityTag }: ProfileTrust): ChainLink => ({
  kind: 'profile-trust',
  id: `${id}.${entityTag}`,
});

/** One version for all of a profile's identities together. */
export const tagOfIdentities = (trusts: readonly Pick<ProfileTrust, 'id' | 'entityTag'>[]): string => {
  const versions = trusts.map(({ id, entityTag }) => `${id} ${entityTag}`).sort();
  return `1-${createHash('sha256').update(versions.join('\n')).digest('hex').slice(0, 32)}`;
};

import type { PeopleIssuer } from '../issuers/issuers.ts';
import { claimAt } from '../profiles/federated-rules.ts';

/** Who a provider says signed in. Nothing but issuer and subject tells one person from another. */
export interface Person {
  /** Name of the declared issuer. */
  readonly issuer: string;
  readonly subject: string;
  readonly email: string | undefined;
  /** The provider says that it verified the e-mail address. */
  readonly isEmailVerified: boolean;
  readonly name: string | undefined;
  readonly firstName: string;
  readonly lastName: string;
  /** Undefined where the provider names none, or left them out because they are too many. */
  readonly groups: readonly string[] | undefined;
  /** The provider left out groups, or cut them: nothing is known of them. */
  readonly isGroupsOverage: boolean;
  /** All that the provider said, for rules on claims. */
  readonly claims: Readonly<Record<string, unknown>>;
}

type Claims = Readonly<Record<string, unknown>>;

const MICROSOFT = 'login.microsoftonline.com';

/** Reads the claims of an ID token or of userinfo. Throws where they name no subject. */
export const personOf = (issuer: PeopleIssuer, claims: Claims): Person => {
  const email = textIn(claims, 'email', 254)?.toLowerCase();
  const { groupsClaim } = issuer.people;
  const isGroupsOverage = isLeftOut(claims, groupsClaim);
  return {
    issuer: issuer.name,
    subject: subjectOf(issuer, claims),
    email,
    // a text "true" is no promise
    isEmailVerified: email !== undefined && claims.email_verified === true,
    name: textIn(claims, 'name', 200),
    firstName: textIn(claims, 'given_name', 100) ?? '',
    lastName: textIn(claims, 'family_name', 100) ?? '',
    groups: isGroupsOverage ? undefined : groupsOf(claimAt(claims, groupsClaim)),
    isGroupsOverage,
    claims,
  };
};

/** At Microsoft a subject is another one for each application, so a person is tenant and object id there. */
const subjectOf = (issuer: PeopleIssuer, claims: Claims): string => {
  const isMicrosoft = issuer.preset === 'azure' || URL.parse(issuer.issuer)?.hostname === MICROSOFT;
  const [first, ...others] = (isMicrosoft ? ['tid', 'oid'] : ['sub']).map((name) =>
    textIn(claims, name, 255),
  );
  if (first === undefined || others.includes(undefined))
    throw new Error(`the provider does not say who signed in (${isMicrosoft ? 'tid and oid' : 'sub'})`);
  return [first, ...others].join('/');
};

const groupsOf = (value: unknown): readonly string[] | undefined => {
  if (value === undefined || value === null) return undefined;
  return [value].flat().filter((each): each is string => typeof each === 'string');
};

/** OpenID Connect Core, 5.6.2: the claim is somewhere else. Microsoft does so above 200 groups. */
const isLeftOut = ({ _claim_names: names }: Claims, claim: string): boolean =>
  typeof names === 'object' && names !== null && Object.hasOwn(names, claim);

const textIn = (claims: Claims, name: string, longest: number): string | undefined => {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
  return typeof value === 'string' && value !== '' && value.length <= longest ? value : undefined;
};

import type { PeopleIssuer } from '../issuers/issuers.ts';
import type { Person } from '../providers/person-claims.ts';

/** Why a person whom no user is tied to does not become one by signing in; undefined where they do. */
export const faultOfSignUp = ({ people, preset }: PeopleIssuer, person: Person): string | undefined => {
  const { signUp } = people;
  if (!signUp) return 'the issuer lets no one sign up';
  const { emailDomains, groups } = signUp;
  if (emailDomains !== undefined) {
    const fault = faultOfDomain(person, emailDomains, preset === 'google');
    if (fault) return fault;
  }
  return groups === undefined ? undefined : faultOfGroups(person, groups);
};

/** Google verifies addresses of any domain; `hd` says that the domain's own Workspace did. */
const faultOfDomain = (
  { email, isEmailVerified, claims }: Person,
  domains: readonly string[],
  isGoogle: boolean,
): string | undefined => {
  if (email === undefined || !isEmailVerified)
    return 'the provider does not say that it verified the e-mail address';
  const domain = email.slice(email.lastIndexOf('@') + 1);
  if (!domains.includes(domain)) return 'the e-mail address is of another domain';
  return isGoogle && claims.hd !== domain ? 'the account at Google is not of the domain' : undefined;
};

const faultOfGroups = (person: Person, groups: readonly string[]): string | undefined => {
  if (person.isGroupsOverage) return 'the provider left the groups out, since they are too many for a token';
  const isIn = person.groups?.some((group) => groups.includes(group)) ?? false;
  return isIn ? undefined : 'the person is in none of the groups that sign up';
};

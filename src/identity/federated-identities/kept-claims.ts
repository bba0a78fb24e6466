import type { Claims, ClaimsFault } from './federated-identity.ts';

/** Characters of JSON that are kept of a person's claims. */
const MOST_CHARACTERS = 32_768;
/** What is kept where all claims are too large: who it is, and no groups. */
const IDENTIFYING = ['iss', 'sub', 'tid', 'oid', 'email', 'email_verified', 'name', 'hd', 'auth_time'];
const LONGEST_IDENTIFYING = 1000;
/** Of one token, and no rule's business. */
const OF_THE_TOKEN = new Set([
  'aud',
  'exp',
  'iat',
  'nbf',
  'jti',
  'nonce',
  'at_hash',
  'c_hash',
  's_hash',
  'azp',
]);

/**
 * What is kept of claims. Where groups are too many for a token, Entra names another place instead of them (`_claim_names`):
 * that place is not asked, so there are no groups, and this is reported.
 */
export const keptClaims = (claims: Claims): { text: string; fault: ClaimsFault | undefined } => {
  const kept = Object.fromEntries(Object.entries(claims).filter(([name]) => !OF_THE_TOKEN.has(name)));
  const text = JSON.stringify(kept);
  if (text.length <= MOST_CHARACTERS) return { text, fault: isElsewhere(claims) ? 'overage' : undefined };
  const identifying = IDENTIFYING.flatMap((name) => {
    const value = claims[name];
    const isShort = typeof value !== 'object' && String(value).length <= LONGEST_IDENTIFYING;
    return value !== undefined && isShort ? [[name, value]] : [];
  });
  return { text: JSON.stringify(Object.fromEntries(identifying)), fault: 'too-large' };
};

/** OpenID Connect Core 1.0, 5.6.2. */
const isElsewhere = ({ _claim_names: names, hasgroups }: Claims): boolean =>
  (typeof names === 'object' && names !== null && Object.keys(names).length > 0) || hasgroups === true;

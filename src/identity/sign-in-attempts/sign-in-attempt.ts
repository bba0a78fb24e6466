import type { Identity } from '../../principal.ts';
import { type ChainLink, parseChain, printChain } from '../login/credential.ts';
import type { AttemptSecrets } from '../providers/providers.ts';

/** What a person who comes back from a provider wanted. */
export type Purpose =
  | { readonly kind: 'sign-in' }
  /** Who was signed in when they began: the identity at the provider becomes theirs too. */
  | { readonly kind: 'link'; readonly principal: Identity; readonly chain: readonly ChainLink[] }
  | { readonly kind: 'invitation'; readonly code: string };

/** An attempt to sign in at a provider, from the moment a browser is sent there until it comes back. */
export interface SignInAttempt extends AttemptSecrets {
  /** Name of the declared issuer. */
  readonly issuer: string;
  readonly purpose: Purpose;
  /** Where the browser goes afterwards: a path of this registry. */
  readonly returnTo: string;
}

export const printAttempt = ({ purpose, ...attempt }: SignInAttempt): string =>
  JSON.stringify({
    ...attempt,
    purpose: purpose.kind === 'link' ? { ...purpose, chain: printChain(purpose.chain) } : purpose,
  });

/** What printAttempt wrote and the master key sealed. Undefined where a chain is not understood. */
export const parseAttempt = (text: string): SignInAttempt | undefined => {
  const attempt = JSON.parse(text) as SignInAttempt;
  if (attempt.purpose.kind !== 'link') return attempt;
  const chain = parseChain(attempt.purpose.chain);
  return chain && { ...attempt, purpose: { ...attempt.purpose, chain } };
};

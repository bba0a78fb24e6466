import type { Claims } from './federated-identity.ts';

/** What a provider answers when it is asked whether a person is still there. */
export type Refreshed =
  | {
      readonly outcome: 'there';
      /** Undefined where it sent no ID token and has no userinfo: what it said before stays, and grows old. */
      readonly claims: Claims | undefined;
      readonly email: string | undefined;
      readonly name: string | undefined;
    }
  /** `invalid_grant`, or another subject: the person left, or was signed out everywhere. */
  | { readonly outcome: 'over'; readonly reason: string }
  /** It did not answer, or with 5xx: nothing is known. */
  | { readonly outcome: 'unreachable'; readonly reason: string };

/**
 * Asks a provider by a refresh token (src/identity/providers). `keep` is awaited with the token that the provider gave in its
 * place, before anything else of the answer is used or asked: the old one may not work again.
 */
export type Refresh = (
  issuer: string,
  asked: { readonly refreshToken: string; readonly subject: string },
  keep: (refreshToken: string) => Promise<void>,
) => Promise<Refreshed>;

export const NO_PROVIDERS: Refresh = async () => ({
  outcome: 'unreachable',
  reason: 'no provider can be asked',
});

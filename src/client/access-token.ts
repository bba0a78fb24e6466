import { AccessTokenClaims } from '../wire/tokens.ts';
import { ClientError } from './client-error.ts';
import { claimsIn } from './jwt.ts';
import { hasShape } from './shape.ts';

/**
 * The claims of an access token, read and not verified: a client asks its own token only which account it is for.
 * Throws UNEXPECTED_ANSWER for a text that is not an access token.
 */
export const claimsOf = (accessToken: string): AccessTokenClaims => {
  const claims = claimsIn(accessToken);
  if (hasShape(AccessTokenClaims, claims)) return claims;
  throw new ClientError('UNEXPECTED_ANSWER', 'The server gave an access token this client cannot read.');
};

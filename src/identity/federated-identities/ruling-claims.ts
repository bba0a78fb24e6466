import { type PresetName, presetOf } from '../issuers/presets.ts';
import type { Claims } from './federated-identity.ts';

/**
 * What rules may look at of what a provider said. An e-mail address is not there unless the provider says that it verified
 * it: the boolean true, since a text is no promise. Nor is what people of such a provider choose themselves; at Microsoft that
 * is every address.
 */
export const rulingClaims = (claims: Claims, preset: PresetName | undefined): Claims => {
  const chosen: readonly string[] = presetOf(preset).chosen ?? [];
  const unproven = claims.email_verified === true ? chosen : ['email', ...chosen];
  if (!unproven.some((name) => Object.hasOwn(claims, name))) return claims;
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !unproven.includes(name)));
};

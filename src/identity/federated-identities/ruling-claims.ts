import { type PresetName, presetOf } from '../issuers/presets.ts';
import type { Claims } from './federated-identity.ts';

/**
 * What rules may look at of what a provider said. An e-mail address is not there unless the provider says that it verified
 * it: the boolean true, since a text is no promise. Nor is what people of such a provider choose themselves; at Microsoft that
 * is every address.
 */
export const rulingClaims = (claims: Claims, preset: PresetName | undefined): Claims => {
  const before = known.get(claims);
  if (before && before.preset === preset) return before.ruling;
  const chosen: readonly string[] = presetOf(preset).chosen ?? [];
  const unproven = claims.email_verified === true ? chosen : ['email', ...chosen];
  const ruling = unproven.some((name) => Object.hasOwn(claims, name))
    ? Object.fromEntries(Object.entries(claims).filter(([name]) => !unproven.includes(name)))
    : claims;
  known.set(claims, { preset, ruling });
  return ruling;
};

/** The same claims have the same answer each time: what rules found of it is kept with it. */
const known = new WeakMap<Claims, { readonly preset: PresetName | undefined; readonly ruling: Claims }>();

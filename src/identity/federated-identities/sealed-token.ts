import type { MasterKey } from '../master-key.ts';

/** Whose refresh token: one that was moved to another person's row does not open. */
type Of = { readonly issuer: string; readonly subject: string };

const nameOf = ({ issuer, subject }: Of): string => `refresh-token ${issuer} ${subject}`;

export const sealRefreshToken = (masterKey: MasterKey, of: Of, refreshToken: string): string =>
  masterKey.seal(nameOf(of), Buffer.from(refreshToken));

/** Throws where it was sealed by another master key, or for another person. */
export const openRefreshToken = (masterKey: MasterKey, of: Of, sealed: string): string =>
  masterKey.open(nameOf(of), sealed).toString();

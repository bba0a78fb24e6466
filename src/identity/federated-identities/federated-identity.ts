import type { FederatedIdentityRow } from '../../database/federation-schema.ts';

/** Claims as an identity provider signed them. */
export type Claims = Readonly<Record<string, unknown>>;

/**
 * Why claims that a provider has are not kept. `overage`: it names another place where the groups are, since they are too many
 * for a token. `too-large`: all claims together are larger than what is kept. Rules about what is missing do not match.
 */
export type ClaimsFault = 'overage' | 'too-large';

/** A person as one identity provider knows them: the declared issuer and the subject there. Never an e-mail address. */
export interface FederatedIdentity {
  readonly id: string;
  /** The name of the declared issuer. */
  readonly issuer: string;
  readonly subject: string;
  readonly iamId: string;
  readonly email: string | undefined;
  readonly name: string | undefined;
  /** The id of the issuer's link in chains, as it was at the last sign-in. */
  readonly issuerLink: string;
  /** Of the last sign-in, or of the last check at the provider. */
  readonly claims: Claims;
  readonly claimsFault: ClaimsFault | undefined;
  readonly claimsAt: number;
  /** Whether there is a refresh token to check with. */
  readonly isCheckable: boolean;
  /** When the provider last said that this is its person. */
  readonly checkedAt: number;
  readonly nextCheckAt: number | undefined;
  /** Since when the provider could not be asked. */
  readonly failingSince: number | undefined;
  /** Since when this is over, until the person signs in again. */
  readonly endedAt: number | undefined;
  readonly createdAt: number;
}

export const federatedIdentityOfRow = (row: FederatedIdentityRow): FederatedIdentity => ({
  id: row.id,
  issuer: row.issuer,
  subject: row.subject,
  iamId: row.iam_id,
  email: row.email ?? undefined,
  name: row.name ?? undefined,
  issuerLink: row.issuer_link,
  claims: JSON.parse(row.claims),
  claimsFault: CLAIMS_FAULTS.find((fault) => fault === row.claims_fault),
  claimsAt: row.claims_at,
  isCheckable: row.refresh_token !== null,
  checkedAt: row.checked_at,
  nextCheckAt: row.next_check_at ?? undefined,
  failingSince: row.failing_since ?? undefined,
  endedAt: row.ended_at ?? undefined,
  createdAt: row.created_at,
});

const CLAIMS_FAULTS: readonly ClaimsFault[] = ['overage', 'too-large'];

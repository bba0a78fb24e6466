import type { FederatedSessionRow } from '../../database/federation-schema.ts';
import { iamIdOfProfile } from '../iam-ids.ts';
import { type ChainLink, parseChain, printChain } from '../login/credential.ts';

/** What a workload's login with a token of its platform lasts in: the same token sent again is in the same one. */
export interface FederatedSession {
  readonly id: string;
  readonly tokenHash: string;
  readonly textHash: string;
  readonly accountId: string;
  readonly profileId: string;
  readonly iamId: string;
  /** Name of the issuer. */
  readonly issuer: string;
  /** The issuer and the rule it came by: the end of either is its end. */
  readonly chain: readonly ChainLink[];
  /** Who it was, as the issuer said. */
  readonly claims: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Until then its row refuses the token once the session is over. */
  readonly keptUntil: number;
  readonly endedAt: number | undefined;
}

/** Its chain is empty where it is not understood, and then nothing is accepted by it. */
export const federatedSessionOfRow = (row: FederatedSessionRow): FederatedSession => ({
  id: row.id,
  tokenHash: row.token_hash,
  textHash: row.text_hash,
  accountId: row.account_id,
  profileId: row.profile_id,
  iamId: iamIdOfProfile(row.profile_id),
  issuer: row.issuer,
  chain: parseChain(JSON.parse(row.chain)) ?? [],
  claims: JSON.parse(row.claims),
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  keptUntil: row.kept_until,
  endedAt: row.ended_at ?? undefined,
});

/** The row of a session that is to be. */
export const rowOfFederatedSession = (session: FederatedSession): FederatedSessionRow => ({
  id: session.id,
  token_hash: session.tokenHash,
  text_hash: session.textHash,
  account_id: session.accountId,
  profile_id: session.profileId,
  issuer: session.issuer,
  chain: JSON.stringify(printChain(session.chain)),
  claims: JSON.stringify(session.claims),
  created_at: session.createdAt,
  expires_at: session.expiresAt,
  kept_until: session.keptUntil,
  ended_at: session.endedAt ?? null,
});

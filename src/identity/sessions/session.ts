import type { SessionRow } from '../../database/schema.ts';
import { type ChainLink, printChain } from '../login/credential.ts';
import { apiKeyOf } from './refresh-token.ts';

/** What a user's login lasts in, on one client. */
export interface Session {
  readonly id: string;
  readonly accountId: string;
  readonly iamId: string;
  readonly clientId: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Its last use, as far as that is known. */
  readonly lastActiveAt: number;
  /** What its client calls its machine. */
  readonly machine: string | undefined;
}

export const sessionOfRow = (row: SessionRow): Session => ({
  id: row.id,
  accountId: row.account_id,
  iamId: row.iam_id,
  clientId: row.client_id,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  lastActiveAt: row.last_active_at,
  machine: row.machine ?? undefined,
});

/** The row of a session that is to be. */
export const rowOfSession = (session: Session, chain: readonly ChainLink[]): SessionRow => ({
  id: session.id,
  account_id: session.accountId,
  iam_id: session.iamId,
  api_key_id: apiKeyOf(chain) ?? null,
  client_id: session.clientId,
  created_at: session.createdAt,
  expires_at: session.expiresAt,
  last_active_at: session.lastActiveAt,
  chain: JSON.stringify(printChain(chain)),
  machine: session.machine ?? null,
});

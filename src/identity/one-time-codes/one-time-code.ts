import type { OneTimeCodeRow } from '../../database/iam-schema.ts';
import { type ChainLink, parseChain, printChain } from '../login/credential.ts';

/** A code that works once, without its value. */
export interface OneTimeCode {
  readonly id: string;
  readonly purpose: 'invitation' | 'passcode';
  readonly accountId: string;
  readonly iamId: string;
  /** What a login with a passcode depends on; empty for an invitation. */
  readonly chain: readonly ChainLink[];
  readonly createdAt: number;
  readonly createdBy: string;
  readonly expiresAt: number;
}

/** A chain that is not understood is empty: such a code is refused at a login. */
export const oneTimeCodeOfRow = (row: OneTimeCodeRow): OneTimeCode => ({
  id: row.id,
  purpose: row.purpose,
  accountId: row.account_id,
  iamId: row.iam_id,
  chain: parseChain(JSON.parse(row.chain)) ?? [],
  createdAt: row.created_at,
  createdBy: row.created_by,
  expiresAt: row.expires_at,
});

/** The row of a code that is to be. */
export const rowOfOneTimeCode = (code: OneTimeCode, hash: string): OneTimeCodeRow => ({
  id: code.id,
  code_hash: hash,
  purpose: code.purpose,
  account_id: code.accountId,
  iam_id: code.iamId,
  chain: JSON.stringify(printChain(code.chain)),
  created_at: code.createdAt,
  created_by: code.createdBy,
  expires_at: code.expiresAt,
});

import type { RefreshTokenRow } from '../../database/schema.ts';
import type { KeyHolderKind } from '../api-keys/api-key.ts';
import { type ChainLink, parseChain, printChain } from '../login/credential.ts';

/** A refresh token without its value. */
export interface RefreshToken {
  readonly id: string;
  readonly accountId: string;
  readonly iamId: string;
  readonly identityKind: KeyHolderKind;
  readonly clientId: string;
  /** Undefined for service IDs, which have no sessions. */
  readonly sessionId: string | undefined;
  /** What the login came from; its own session is named beside. */
  readonly chain: readonly ChainLink[];
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** Undefined where what it came from is not understood: nothing could tell whether that is alive. */
export const refreshTokenOfRow = (row: RefreshTokenRow): RefreshToken | undefined => {
  const chain = chainOf(row);
  return (
    chain && {
      id: row.id,
      accountId: row.account_id,
      iamId: row.iam_id,
      identityKind: row.identity_kind,
      clientId: row.client_id,
      sessionId: row.session_id ?? undefined,
      chain,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
    }
  );
};

/** The row of a token that is to be. */
export const rowOfRefreshToken = (token: RefreshToken, hash: string): RefreshTokenRow => ({
  id: token.id,
  token_hash: hash,
  account_id: token.accountId,
  iam_id: token.iamId,
  identity_kind: token.identityKind,
  client_id: token.clientId,
  session_id: token.sessionId ?? null,
  api_key_id: apiKeyOf(token.chain) ?? null,
  chain: JSON.stringify(printChain(token.chain)),
  created_at: token.createdAt,
  expires_at: token.expiresAt,
});

/** The API key a login came from: what came from it is removed with it. */
export const apiKeyOf = (chain: readonly ChainLink[]): string | undefined =>
  chain.find(({ kind }) => kind === 'api-key')?.id;

/** Rows of an earlier version name their API key alone. */
const chainOf = ({ chain, api_key_id: id }: RefreshTokenRow): ChainLink[] | undefined => {
  if (chain !== null) return parseChain(JSON.parse(chain));
  return id === null ? undefined : [{ kind: 'api-key', id }];
};

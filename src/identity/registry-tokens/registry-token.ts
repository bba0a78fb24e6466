import type { RegistryTokenRow } from '../../database/schema.ts';

/** Whether an account takes registry tokens in a region: all, those there are, none. */
export type RegistryTokenMode = 'enabled' | 'no_new' | 'disabled';

/** A registry token without its value. */
export interface RegistryToken {
  readonly id: string;
  readonly accountId: string;
  readonly regionId: string;
  /** The region's host when it was made; the value says so, and it is never compared. */
  readonly issuer: string;
  readonly signingKeyId: string;
  readonly readonly: boolean;
  /** Narrowed to this namespace; undefined: all namespaces of the account in the region. */
  readonly namespaceId: string | undefined;
  readonly description: string;
  readonly expiresAt: number | undefined;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly lastUsedAt: number | undefined;
  /** Address and client of the last use; undefined where it was not used, or before they were kept. */
  readonly lastUsedFrom?: string | undefined;
  readonly lastUsedWith?: string | undefined;
  readonly useCount: number;
}

export const registryTokenOfRow = (row: RegistryTokenRow): RegistryToken => ({
  id: row.id,
  accountId: row.account_id,
  regionId: row.region_id,
  issuer: row.issuer,
  signingKeyId: row.signing_key_id,
  readonly: row.readonly === 1,
  namespaceId: row.namespace_id ?? undefined,
  description: row.description,
  expiresAt: row.expires_at ?? undefined,
  createdAt: row.created_at,
  createdBy: row.created_by,
  lastUsedAt: row.last_used_at ?? undefined,
  lastUsedFrom: row.last_used_from ?? undefined,
  lastUsedWith: row.last_used_with ?? undefined,
  useCount: row.use_count,
});

/** The row of a token that is to be. */
export const rowOfRegistryToken = (token: RegistryToken): RegistryTokenRow => ({
  id: token.id,
  account_id: token.accountId,
  region_id: token.regionId,
  issuer: token.issuer,
  signing_key_id: token.signingKeyId,
  readonly: Number(token.readonly),
  namespace_id: token.namespaceId ?? null,
  description: token.description,
  expires_at: token.expiresAt ?? null,
  created_at: token.createdAt,
  created_by: token.createdBy,
  last_used_at: token.lastUsedAt ?? null,
  use_count: token.useCount,
});

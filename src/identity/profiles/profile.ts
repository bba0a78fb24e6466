import type { ProfileRow } from '../../database/iam-schema.ts';

/** An identity without a secret of its own, which those it trusts may become. */
export interface Profile {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  readonly description: string;
  readonly email: string;
  readonly entityTag: string;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly modifiedAt: number;
  /** When it was last assumed, as far as that is written, and how often it was. */
  readonly lastAuthnAt: number | undefined;
  readonly authnCount: number;
}

export const profileOfRow = (row: ProfileRow): Profile => ({
  id: row.id,
  accountId: row.account_id,
  name: row.name,
  description: row.description,
  email: row.email,
  entityTag: row.entity_tag,
  createdAt: row.created_at,
  createdBy: row.created_by,
  modifiedAt: row.modified_at,
  lastAuthnAt: row.last_authn_at ?? undefined,
  authnCount: row.authn_count,
});

/** The row of a profile that is to be. */
export const rowOfProfile = (profile: Profile): ProfileRow => ({
  id: profile.id,
  account_id: profile.accountId,
  name: profile.name,
  description: profile.description,
  email: profile.email,
  entity_tag: profile.entityTag,
  created_at: profile.createdAt,
  created_by: profile.createdBy,
  modified_at: profile.modifiedAt,
  last_authn_at: profile.lastAuthnAt ?? null,
  authn_count: profile.authnCount,
});

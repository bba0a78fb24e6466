import type { AccountSettingsRow } from '../../database/iam-schema.ts';

/** A room's part of what an account has settled. */
export type SettingsArea = 'identity' | 'access_management' | 'access_groups' | 'users';

/** The settings of one area as they are kept: a document that its room reads, with its version. */
export interface StoredSettings {
  readonly accountId: string;
  readonly area: SettingsArea;
  readonly document: Readonly<Record<string, unknown>>;
  readonly entityTag: string;
  readonly modifiedAt: number;
  readonly modifiedBy: string;
}

export const storedSettingsOfRow = (row: AccountSettingsRow): StoredSettings => ({
  accountId: row.account_id,
  area: row.area,
  document: JSON.parse(row.document) as Record<string, unknown>,
  entityTag: row.entity_tag,
  modifiedAt: row.modified_at,
  modifiedBy: row.modified_by,
});

export const rowOfStoredSettings = (settings: StoredSettings): AccountSettingsRow => ({
  account_id: settings.accountId,
  area: settings.area,
  document: JSON.stringify(settings.document),
  entity_tag: settings.entityTag,
  modified_at: settings.modifiedAt,
  modified_by: settings.modifiedBy,
});

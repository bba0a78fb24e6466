import type { AccountSettingsRow } from '../../database/iam-schema.ts';
import { firstEntityTag } from '../../entity-tag.ts';

/** What this room keeps of an account's settings. */
export type AccessArea = Extract<AccountSettingsRow['area'], 'access_groups' | 'access_management'>;

export interface StoredSettings {
  /** Fields that were never set are absent. */
  readonly document: Readonly<Record<string, unknown>>;
  readonly entityTag: string;
  /** Milliseconds since 1970; undefined where they were never changed. */
  readonly modifiedAt?: number;
  readonly modifiedBy?: string;
}

/** Settings that were never changed. */
export const UNCHANGED: StoredSettings = { document: {}, entityTag: firstEntityTag('0'.repeat(32)) };

export const settingsOf = (row: AccountSettingsRow): StoredSettings => ({
  document: JSON.parse(row.document),
  entityTag: row.entity_tag,
  modifiedAt: row.modified_at,
  modifiedBy: row.modified_by,
});

/** Whether the account's group Public Access counts: it does until it is switched off. */
export const isPublicAccessOn = (row: AccountSettingsRow | undefined): boolean =>
  row === undefined || settingsOf(row).document.public_access_enabled !== false;

import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { AccountSettingsRow } from '../../database/iam-schema.ts';
import { changedEntityTag, firstEntityTag } from '../../entity-tag.ts';
import { findAccountSettings, putAccountSettings } from '../../identity/settings/rows.ts';
import type { Actor } from '../../principal.ts';

/** What this room keeps of an account's settings. */
export type AccessArea = Extract<AccountSettingsRow['area'], 'access_groups' | 'access_management'>;

/** The entity tag of settings nobody has changed. */
export const UNCHANGED_TAG = firstEntityTag('0'.repeat(32));

export interface SettingsChange {
  readonly accountId: string;
  readonly area: AccessArea;
  /** Put over the fields there are. */
  readonly set: Readonly<Record<string, unknown>>;
  readonly ifMatch: string;
  /** Random, for the next entity tag. */
  readonly entropy: string;
  readonly at: number;
  readonly by: string;
  readonly actor: Actor;
}

export const changeSettings = defineWrite(
  'access.settings.change',
  async (tx: Tx, change: SettingsChange): Promise<AccountSettingsRow> => {
    const { accountId, area, at, actor } = change;
    const before = await findAccountSettings(tx.db, accountId, area);
    const row: AccountSettingsRow = {
      account_id: accountId,
      area,
      document: JSON.stringify({ ...JSON.parse(before?.document ?? '{}'), ...change.set }),
      entity_tag: changedEntityTag(before?.entity_tag ?? UNCHANGED_TAG, change.ifMatch, change.entropy),
      modified_at: at,
      modified_by: change.by,
    };
    await putAccountSettings(tx, row);
    const service = area === 'access_groups' ? 'iam-groups' : 'iam-access-management';
    const event = { accountId, at, action: `${service}.settings.update`, target: accountId };
    await recordEvent(tx, actor, { ...event, reason: row.document });
    return row;
  },
);

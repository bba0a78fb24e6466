import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { AccountSettingsRow } from '../../database/iam-schema.ts';
import { changedEntityTag } from '../../entity-tag.ts';
import type { Actor } from '../../principal.ts';
import { findAccountSettings, putAccountSettings } from '../identities.ts';
import { type AccessArea, settingsOf, UNCHANGED } from './stored-settings.ts';

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
    const stored = await findAccountSettings(tx.db, accountId, area);
    const before = stored ? settingsOf(stored) : UNCHANGED;
    const row: AccountSettingsRow = {
      account_id: accountId,
      area,
      document: JSON.stringify({ ...before.document, ...change.set }),
      entity_tag: changedEntityTag(before.entityTag, change.ifMatch, change.entropy),
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

import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { AccountSettingsRow } from '../../database/iam-schema.ts';
import { nextEntityTag, requireEntityTag } from '../../entity-tag.ts';
import type { Actor } from '../../principal.ts';
import { changedSettings, DEFAULT_SETTINGS, type IdentitySettings } from './identity-settings.ts';
import { findAccountSettings, putAccountSettings } from './rows.ts';

/** The tag of an account's settings before anybody changed them. */
export const NO_SETTINGS_TAG = `1-${'0'.repeat(32)}`;

export interface SettingsInput {
  readonly accountId: string;
  readonly changes: Partial<IdentitySettings>;
  readonly ifMatch: string;
  readonly by: string;
  readonly at: number;
  readonly seed: string;
  readonly actor: Actor;
}

export const setIdentitySettings = defineWrite(
  'identity.settings.set',
  async (tx: Tx, { accountId, changes, ifMatch, by, at, seed, actor }: SettingsInput) => {
    const old = await findAccountSettings(tx.db, accountId, 'identity');
    const tag = old?.entity_tag ?? NO_SETTINGS_TAG;
    requireEntityTag(ifMatch, tag);
    const settings = { ...DEFAULT_SETTINGS, ...(old && JSON.parse(old.document)) };
    const row: AccountSettingsRow = {
      account_id: accountId,
      area: 'identity',
      document: JSON.stringify(changedSettings(settings, changes)),
      entity_tag: nextEntityTag(tag, seed),
      modified_at: at,
      modified_by: by,
    };
    await putAccountSettings(tx, row);
    const reason = Object.keys(changes).join(', ');
    const event = { accountId, at, action: 'iam-identity.account.update', target: accountId, reason };
    await recordEvent(tx, actor, event);
    return row;
  },
);

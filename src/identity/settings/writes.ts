import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import { nextEntityTag, requireEntityTag } from '../../entity-tag.ts';
import type { Actor } from '../../principal.ts';
import {
  changedSettings,
  DEFAULT_SETTINGS,
  type IdentitySettings,
  SETTING_NAMES,
  type SettingsChanges,
} from './identity-settings.ts';
import { findAccountSettings, putAccountSettings } from './rows.ts';
import { printSettings, readSettings } from './settings-document.ts';

/** The tag of an account's settings before their first change. */
export const NO_SETTINGS_TAG = `1-${'0'.repeat(32)}`;

export interface SettingsInput {
  readonly accountId: string;
  readonly changes: SettingsChanges;
  readonly ifMatch: string;
  readonly by: string;
  readonly at: number;
  readonly seed: string;
  readonly actor: Actor;
}

export const setIdentitySettings = defineWrite(
  'identity.settings.set',
  async (tx: Tx, input: SettingsInput): Promise<{ settings: IdentitySettings; entityTag: string }> => {
    const { accountId, changes, ifMatch, by, at, seed, actor } = input;
    const old = await findAccountSettings(tx.db, accountId, 'identity');
    const tag = old?.entity_tag ?? NO_SETTINGS_TAG;
    requireEntityTag(ifMatch, tag);
    const settings = changedSettings(old ? readSettings(old.document) : DEFAULT_SETTINGS, changes);
    const entityTag = nextEntityTag(tag, seed);
    await putAccountSettings(tx, {
      account_id: accountId,
      area: 'identity',
      document: printSettings(settings),
      entity_tag: entityTag,
      modified_at: at,
      modified_by: by,
    });
    const reason = (Object.keys(changes) as (keyof IdentitySettings)[])
      .map((key) => SETTING_NAMES[key])
      .join(', ');
    const event = { accountId, at, action: 'iam-identity.account.update', target: accountId, reason };
    await recordEvent(tx, actor, event);
    return { settings, entityTag };
  },
);

import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import { changedEntityTag } from '../../entity-tag.ts';
import type { Actor } from '../../principal.ts';
import { findSettings, putSettings } from '../identities.ts';
import { type AccessArea, type StoredSettings, UNCHANGED } from './stored-settings.ts';

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
  async (tx: Tx, change: SettingsChange): Promise<StoredSettings> => {
    const { accountId, area, at, actor } = change;
    const before: StoredSettings = (await findSettings(tx.db, accountId, area)) ?? UNCHANGED;
    const after = {
      accountId,
      area,
      document: { ...before.document, ...change.set },
      entityTag: changedEntityTag(before.entityTag, change.ifMatch, change.entropy),
      modifiedAt: at,
      modifiedBy: change.by,
    };
    await putSettings(tx, after);
    const service = area === 'access_groups' ? 'iam-groups' : 'iam-access-management';
    const event = { accountId, at, action: `${service}.settings.update`, target: accountId };
    await recordEvent(tx, actor, { ...event, reason: JSON.stringify(after.document) });
    return after;
  },
);

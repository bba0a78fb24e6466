import type { AuditSettingsRow, PullRecording } from '../../database/audit-schema.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { Actor } from '../../principal.ts';
import { findAuditSettings, putAuditSettings } from './rows.ts';
import { recordEvent } from './tx.ts';

/** What an account that has set nothing gets. */
export const DEFAULT_PULLS: PullRecording = 'minute';

export const setAuditSettings = defineWrite(
  'audit.settings.set',
  async (tx: Tx, { row, actor }: { row: AuditSettingsRow; actor: Actor }): Promise<void> => {
    const { account_id: accountId, modified_at: at, pulls } = row;
    const from = (await findAuditSettings(tx.db, accountId))?.pulls ?? DEFAULT_PULLS;
    await putAuditSettings(tx, row);
    await recordEvent(tx, actor, {
      accountId,
      at,
      action: 'tidegate.audit.set',
      target: accountId,
      targetType: 'account',
      changed: { pulls: { from, to: pulls } },
    });
  },
);

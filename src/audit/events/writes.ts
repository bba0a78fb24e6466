import type { AuditSettingsRow, PullRecording } from '../../database/audit-schema.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { Actor } from '../../principal.ts';
import type { ActedEvent } from './event-batch.ts';
import * as rows from './rows.ts';
import { recordEvent, recordEvents } from './tx.ts';

/** What an account that has set nothing gets. */
export const DEFAULT_PULLS: PullRecording = 'minute';

export const setAuditSettings = defineWrite(
  'audit.settings.set',
  async (tx: Tx, { row, actor }: { row: AuditSettingsRow; actor: Actor }): Promise<void> => {
    const { account_id: accountId, modified_at: at, pulls } = row;
    const from = (await rows.findAuditSettings(tx.db, accountId))?.pulls ?? DEFAULT_PULLS;
    await rows.putAuditSettings(tx, row);
    await recordEvent(tx, actor, {
      accountId,
      at,
      action: 'iam-access-management.audit.set',
      target: accountId,
      targetType: 'account',
      changed: { pulls: { from, to: pulls } },
    });
  },
);

/** Writes events that were collected in memory. */
export const recordCollected = defineWrite(
  'audit.events.record',
  async (tx: Tx, events: readonly ActedEvent[]): Promise<void> => recordEvents(tx, events),
  { relaxed: true, bulk: true },
);

/** Gives numbers to events that have none; answers to how many. */
export const numberEvents = defineWrite(
  'audit.events.number',
  async (tx: Tx, { engine, limit }: { engine: rows.Engine; limit: number }): Promise<number> =>
    rows.numberEvents(tx, engine, limit),
  { relaxed: true, bulk: true },
);

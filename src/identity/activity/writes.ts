import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { ActivityReportRow } from '../../database/iam-schema.ts';
import type { Actor } from '../../principal.ts';
import * as reports from './rows.ts';

/** References that old lead nowhere any more. */
const KEPT = 7 * 24 * 3_600_000;

export const createActivityReport = defineWrite(
  'identity.activity-report.create',
  async (tx: Tx, { row, actor }: { row: ActivityReportRow; actor: Actor }): Promise<void> => {
    const { account_id: accountId, created_at: at, id: target } = row;
    await reports.deleteActivityReportsBefore(tx.db, accountId, at - KEPT);
    await reports.insertActivityReport(tx.db, row);
    await recordEvent(tx, actor, { accountId, at, action: 'iam-identity.activity.report', target });
  },
);

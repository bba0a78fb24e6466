import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { ActivityReportRow } from '../../database/iam-schema.ts';
import type { Actor } from '../../principal.ts';
import { noteApiKeyUse, noteSecretUse, type SecretUse } from '../api-keys/rows.ts';
import { noteProfileUse } from '../profiles/rows.ts';
import { noteRegistryTokenUse, type RegistryTokenUse } from '../registry-tokens/rows.ts';
import { noteSessionActivity } from '../sessions/rows.ts';
import * as reports from './rows.ts';

/** How long the reference of a report is good. */
const KEPT = 7 * 24 * 3_600_000;

export const createActivityReport = defineWrite(
  'identity.activity-report.create',
  async (tx: Tx, { row, actor }: { row: ActivityReportRow; actor: Actor }): Promise<void> => {
    const { account_id: accountId, created_at: at, id: target } = row;
    await reports.deleteActivityReportsBefore(tx, accountId, at - KEPT);
    await reports.insertActivityReport(tx, row);
    await recordEvent(tx, actor, { accountId, at, action: 'iam-identity.activity.report', target });
  },
);

/** Uses of one credential since the last time. */
export interface CountedUse {
  readonly id: string;
  readonly at: number;
  readonly times: number;
}

export interface CollectedUse {
  readonly keys: readonly CountedUse[];
  readonly secrets: readonly SecretUse[];
  readonly tokens: readonly RegistryTokenUse[];
  readonly profiles: readonly CountedUse[];
  readonly sessions: readonly { readonly id: string; readonly at: number }[];
}

/** Last use, collected in memory and written together. It alters no right, so the change feed is not told. */
export const recordActivity = defineWrite(
  'identity.activity',
  async (tx: Tx, { keys, secrets, tokens, profiles, sessions }: CollectedUse): Promise<void> => {
    for (const { id, at, times } of keys) await noteApiKeyUse(tx, id, at, times);
    for (const use of secrets) await noteSecretUse(tx, use);
    for (const use of tokens) await noteRegistryTokenUse(tx, use);
    for (const { id, at, times } of profiles) await noteProfileUse(tx, id, at, times);
    for (const { id, at } of sessions) await noteSessionActivity(tx, id, at);
  },
);

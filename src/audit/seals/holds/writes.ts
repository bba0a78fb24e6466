import type { AuditHoldRow } from '../../../database/audit-schema.ts';
import { defineWrite, type Tx } from '../../../database/database.ts';
import type { Actor } from '../../../principal.ts';
import { recordEvent } from '../../events/tx.ts';
import * as rows from './rows.ts';

/** Holds an account's events; a hold that was lifted counts again. */
export const setHold = defineWrite(
  'audit.hold.set',
  async (tx: Tx, { row, actor }: { row: AuditHoldRow; actor: Actor }): Promise<void> => {
    await rows.putHold(tx, row);
    const { account_id: accountId, reason, set_at: at } = row;
    const event = { accountId, at, target: accountId, targetType: 'account', reason };
    await recordEvent(tx, actor, { ...event, action: 'iam-access-management.audit.hold' });
  },
);

/** False where the account has no hold, or one that was lifted already. */
export const liftHold = defineWrite(
  'audit.hold.lift',
  async (
    tx: Tx,
    { accountId, at, by, actor }: { accountId: string; at: number; by: string; actor: Actor },
  ): Promise<boolean> => {
    const known = await rows.findHold(tx.db, accountId);
    if (!known || known.lifted_at !== null) return false;
    await rows.putHold(tx, { ...known, lifted_at: at, lifted_by: by });
    const event = { accountId, at, target: accountId, targetType: 'account' };
    await recordEvent(tx, actor, { ...event, action: 'tidegate.audit.release' });
    return true;
  },
);

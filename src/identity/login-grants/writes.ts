import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { LoginGrantRow } from '../../database/login-schema.ts';
import type { Actor } from '../../principal.ts';
import * as grants from './rows.ts';

export const createLoginGrant = defineWrite(
  'identity.login-grant.create',
  async (tx: Tx, { row, actor }: { row: LoginGrantRow; actor: Actor }): Promise<void> => {
    await grants.insertLoginGrant(tx, row);
    await recordEvent(tx, actor, {
      accountId: row.account_id,
      at: row.created_at,
      action: 'iam-identity.user-login.allow',
      target: row.id,
      targetType: 'login-grant',
      targetName: row.machine ?? undefined,
    });
  },
);

/** Removes a code and answers the row that was there: it works once, also where what is sent with it is wrong. */
export const useLoginGrant = defineWrite(
  'identity.login-grant.use',
  async (tx: Tx, { codeHash }: { codeHash: string }): Promise<LoginGrantRow | undefined> => {
    const row = await grants.findLoginGrant(tx.db, codeHash);
    if (row) await grants.deleteLoginGrant(tx, row.id);
    return row;
  },
);

export const removeEndedLoginGrants = defineWrite(
  'identity.login-grant.expire',
  async (tx: Tx, { ids }: { ids: readonly string[] }): Promise<void> => {
    for (const id of ids) await grants.deleteLoginGrant(tx, id);
  },
);

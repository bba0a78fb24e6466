import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { PasswordRow } from '../../database/iam-schema.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import * as passwords from './rows.ts';

export interface PasswordChange {
  readonly row: PasswordRow;
  /** The id of the password that was verified before; undefined where there was none. */
  readonly before: string | undefined;
  readonly accountId: string;
  readonly actor: Actor;
}

export const setPassword = defineWrite(
  'identity.password.set',
  async (tx: Tx, { row, before, accountId, actor }: PasswordChange): Promise<void> => {
    const current = await passwords.findPassword(tx.db, row.iam_id);
    if (current?.id !== before)
      throw new RegistryError('CONFLICT', { message: 'the password was changed meanwhile' });
    await passwords.deletePassword(tx, row.iam_id);
    await passwords.insertPassword(tx, row);
    const event = { accountId, at: row.created_at, target: row.iam_id };
    await recordEvent(tx, actor, { ...event, action: 'user-management.password.update' });
  },
);

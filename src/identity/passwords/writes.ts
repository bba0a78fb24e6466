import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import { type Password, rowOfPassword } from './password.ts';
import * as passwords from './rows.ts';

export interface PasswordChange {
  readonly password: Password;
  /** The id of the password that was verified before; undefined where there was none. */
  readonly before: string | undefined;
  readonly accountId: string;
  readonly actor: Actor;
}

export const setPassword = defineWrite(
  'identity.password.set',
  async (tx: Tx, { password, before, accountId, actor }: PasswordChange): Promise<void> => {
    const current = await passwords.findPassword(tx.db, password.iamId);
    if (current?.id !== before)
      throw new RegistryError('CONFLICT', { message: 'the password was changed meanwhile' });
    await passwords.deletePassword(tx, password.iamId);
    await passwords.insertPassword(tx, rowOfPassword(password));
    const event = { accountId, at: password.createdAt, target: password.iamId };
    await recordEvent(tx, actor, { ...event, action: 'user-management.password.update' });
  },
);

/** Writes of these tests alone. The SQLite writer's thread imports this in place of src/writes.ts. */
import '../database/database-writes.ts';
import { defineWrite, type Tx } from '../../src/database/database.ts';
import { type NewSignIn, signIn } from '../../src/identity/sign-ins/new-sign-in.ts';
import type { SignIn } from '../../src/identity/sign-ins/sign-in.ts';
import type { Actor } from '../../src/principal.ts';

/** A person signs in as a user who is there. */
export const signInAs = defineWrite(
  'test.sign-in',
  (tx: Tx, input: NewSignIn & { iamId: string; accountId: string; actor: Actor }): Promise<SignIn> =>
    signIn(tx, input),
);

export const forgetRefreshToken = defineWrite(
  'test.forget-refresh-token',
  async (tx: Tx, { iamId }: { iamId: string }): Promise<void> => {
    await tx
      .changed('federated-identity', iamId)
      .updateTable('federated_identities')
      .set({ refresh_token: null, next_check_at: null })
      .where('iam_id', '=', iamId)
      .execute();
  },
);

export const vouch = defineWrite(
  'test.vouch',
  async (tx: Tx, { iamId, at }: { iamId: string; at: number }): Promise<void> => {
    await tx
      .changed('federated-identity', iamId)
      .updateTable('federated_identities')
      .set({ checked_at: at })
      .where('iam_id', '=', iamId)
      .execute();
  },
);

import { type Changes, recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { AccountRow } from '../../database/schema.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import { onAccountDeletionAsked } from '../extension-points.ts';
import * as accounts from './rows.ts';

export interface AccountChange {
  readonly accountId: string;
  readonly at: number;
  readonly actor: Actor;
  /** What the operator said. */
  readonly reason: string | undefined;
}

/** Nothing of the account is accepted from now on. Done already is done. Answers the account as it is then. */
export const suspendAccount = defineWrite(
  'identity.account.suspend',
  async (tx: Tx, change: AccountChange): Promise<AccountRow> => {
    const { accountId, at, actor, reason } = change;
    const before = await existing(tx, accountId);
    await refuseFirst(tx, accountId, 'suspended');
    if (before.state === 'SUSPENDED') return before;
    const set = {
      state: 'SUSPENDED' as const,
      state_since: at,
      state_by: actor.principal,
      state_reason: reason ?? null,
    };
    await accounts.changeAccountState(tx, accountId, set);
    await audit(tx, 'suspend', before, change, { state: { from: before.state, to: set.state } });
    return { ...before, ...set };
  },
);

/** The account is as it was; a removal that was asked for is not done. CONFLICT where it has begun. */
export const resumeAccount = defineWrite(
  'identity.account.resume',
  async (tx: Tx, change: AccountChange): Promise<AccountRow> => {
    const { accountId, at, actor, reason } = change;
    const before = await existing(tx, accountId);
    refuseClearing(before);
    if (before.state === 'ACTIVE') return before;
    const set = {
      state: 'ACTIVE' as const,
      state_since: at,
      state_by: actor.principal,
      state_reason: reason ?? null,
      delete_at: null,
    };
    await accounts.changeAccountState(tx, accountId, set);
    await audit(tx, 'resume', before, change, { state: { from: before.state, to: set.state } });
    return { ...before, ...set };
  },
);

/** Marks a suspended account to be removed at a time. CONFLICT where it is not suspended, or must not go. */
export const markAccount = defineWrite(
  'identity.account.mark',
  async (tx: Tx, change: AccountChange & { deleteAt: number }): Promise<AccountRow> => {
    const { accountId, deleteAt } = change;
    const before = await existing(tx, accountId);
    await refuseFirst(tx, accountId, 'deleted');
    if (before.state !== 'SUSPENDED')
      throw new RegistryError('CONFLICT', {
        message: `the account ${accountId} is not suspended; suspend it first (tidegate account-suspend)`,
      });
    if (before.delete_at !== null) return before;
    await onAccountDeletionAsked.run(tx, { accountId });
    await accounts.changeAccountState(tx, accountId, { delete_at: deleteAt });
    const reason = [change.reason, `it goes at ${new Date(deleteAt).toISOString()}`]
      .filter(Boolean)
      .join('; ');
    await audit(tx, 'delete', before, { ...change, reason });
    return { ...before, delete_at: deleteAt };
  },
);

const existing = async (tx: Tx, id: string): Promise<AccountRow> => {
  const row = await accounts.findAccount(tx.db, id);
  if (!row) throw new RegistryError('NOT_FOUND', { message: `there is no account ${id}` });
  return row;
};

/** Without the operators' own account none could undo it. */
const refuseFirst = async (tx: Tx, id: string, what: string): Promise<void> => {
  if ((await accounts.firstAccount(tx.db))?.id !== id) return;
  throw new RegistryError('CONFLICT', {
    message: `the first account, to which the operators belong, cannot be ${what}`,
  });
};

const refuseClearing = ({ id, clearing_since: since }: AccountRow): void => {
  if (since === null) return;
  throw new RegistryError('CONFLICT', {
    message: `the removal of the account ${id} began at ${new Date(since).toISOString()} and cannot be undone`,
  });
};

const audit = (
  tx: Tx,
  verb: string,
  { id, name }: AccountRow,
  { at, actor, reason }: AccountChange,
  changed?: Changes,
): Promise<void> =>
  recordEvent(tx, actor, {
    accountId: id,
    at,
    action: `tidegate.account.${verb}`,
    target: id,
    targetType: 'account',
    targetName: name,
    reason,
    changed,
  });

import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { FederatedIdentityRow } from '../../database/federation-schema.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import { findPassword } from '../passwords/rows.ts';
import { deleteSignInsOfIdentity, endSignInsOfIdentity } from '../sign-ins/rows.ts';
import { membershipsOfUser } from '../users/rows.ts';
import type { ClaimsFault } from './federated-identity.ts';
import * as identities from './rows.ts';

/**
 * Takes the right to ask the provider about a person, where no one else has it. `seen`: when it was asked last, as the taker
 * knows it: where it was asked meanwhile, with an answer or without, there is nothing to take.
 */
export const takeCheck = defineWrite(
  'identity.federated-identity.take-check',
  async (
    tx: Tx,
    { id, lease, seen, at, until }: { id: string; lease: string; seen: number; at: number; until: number },
  ): Promise<'taken' | 'busy' | 'done'> => {
    const row = await identities.findFederatedIdentity(tx.db, id);
    if (!row || row.ended_at !== null || row.checked_at !== seen) return 'done';
    if (row.failing_since !== null && (row.next_check_at ?? 0) > at) return 'done';
    if (row.check_lease_until !== null && row.check_lease_until > at) return 'busy';
    await identities.noteCheckLease(tx, id, { check_lease: lease, check_lease_until: until });
    return 'taken';
  },
);

/** The token for the next check, durable before the answer that it came with is used. A sign-in meanwhile brought a newer one. */
export const keepRefreshToken = defineWrite(
  'identity.federated-identity.keep-refresh-token',
  (tx: Tx, kept: { id: string; lease: string; sealed: string }): Promise<void> =>
    identities.noteRefreshToken(tx, kept),
);

interface OfCheck {
  readonly id: string;
  readonly lease: string;
  readonly at: number;
}

const RELEASED = { check_lease: null, check_lease_until: null } as const;

/** The row, while its check is still this one's: a sign-in meanwhile knows better. */
const checkedRow = async (tx: Tx, { id, lease }: OfCheck): Promise<FederatedIdentityRow | undefined> => {
  const row = await identities.findFederatedIdentity(tx.db, id);
  return row?.check_lease === lease ? row : undefined;
};

/** The person is still there; claims that came with the answer replace those of before, all of them. */
export const recordCheck = defineWrite(
  'identity.federated-identity.checked',
  async (
    tx: Tx,
    input: OfCheck & {
      nextCheckAt: number;
      kept: { text: string; fault: ClaimsFault | undefined } | undefined;
      email: string | undefined;
      name: string | undefined;
    },
  ): Promise<void> => {
    const row = await checkedRow(tx, input);
    if (!row) return;
    const { at, kept, email, name } = input;
    const said = kept && {
      claims: kept.text,
      claims_fault: kept.fault ?? null,
      claims_at: at,
      email: email ?? null,
      name: name ?? null,
    };
    await identities.changeFederatedIdentity(tx, row, {
      ...said,
      ...RELEASED,
      checked_at: at,
      next_check_at: input.nextCheckAt,
      failing_since: null,
    });
  },
);

/** The provider could not be asked: nothing is known, and what it said before grows older. */
export const recordFailure = defineWrite(
  'identity.federated-identity.failed',
  async (tx: Tx, input: OfCheck & { nextCheckAt: number }): Promise<void> => {
    const row = await checkedRow(tx, input);
    if (!row) return;
    await identities.changeFederatedIdentity(tx, row, {
      ...RELEASED,
      next_check_at: input.nextCheckAt,
      failing_since: row.failing_since ?? input.at,
    });
  },
);

/** The provider says that it is over: all that came from the person's sign-ins there ends, until they sign in again. */
export const endIdentity = defineWrite(
  'identity.federated-identity.end',
  async (tx: Tx, input: OfCheck & { reason: string; actor: Actor }): Promise<void> => {
    const row = await checkedRow(tx, input);
    if (!row) return;
    const { at, reason, actor } = input;
    await identities.changeFederatedIdentity(tx, row, {
      ...RELEASED,
      ended_at: at,
      next_check_at: null,
      refresh_token: null,
    });
    await endSignInsOfIdentity(tx, row.id, at);
    await auditEverywhere(tx, row, { action: 'iam-identity.user-federated.end', at, reason, actor });
  },
);

/** A person and their identity at a provider part: all that came from sign-ins there ends. NOT_FOUND, CONFLICT. */
export const unlinkIdentity = defineWrite(
  'identity.federated-identity.unlink',
  async (
    tx: Tx,
    { id, iamId, at, actor }: { id: string; iamId: string; at: number; actor: Actor },
  ): Promise<void> => {
    const row = await identities.findFederatedIdentity(tx.db, id);
    if (row?.iam_id !== iamId) throw new RegistryError('NOT_FOUND');
    const own = await identities.federatedIdentitiesOfUser(tx.db, iamId);
    if (own.length === 1 && !(await findPassword(tx.db, iamId)))
      throw new RegistryError('CONFLICT', {
        message: 'this is the only way in which you sign in: set a password or link another identity first',
      });
    await deleteSignInsOfIdentity(tx, row.id);
    await identities.deleteFederatedIdentity(tx, row);
    await auditEverywhere(tx, row, { action: 'iam-identity.user-federated.unlink', at, actor });
  },
);

/** Every identity of a user at providers parts from them, also the only way in which they sign in. */
export const unlinkAll = async (tx: Tx, iamId: string, at: number, actor: Actor): Promise<void> => {
  for (const row of await identities.federatedIdentitiesOfUser(tx.db, iamId)) {
    await deleteSignInsOfIdentity(tx, row.id);
    await identities.deleteFederatedIdentity(tx, row);
    await auditEverywhere(tx, row, { action: 'iam-identity.user-federated.unlink', at, actor });
  }
};

/** A person is forgotten, with all that providers said of them. */
export const deleteIdentitiesOfUser = async (tx: Tx, iamId: string): Promise<void> => {
  for (const row of await identities.federatedIdentitiesOfUser(tx.db, iamId)) {
    await deleteSignInsOfIdentity(tx, row.id);
    await identities.deleteFederatedIdentity(tx, row);
  }
};

/** In each account that the person is in. */
const auditEverywhere = async (
  tx: Tx,
  { iam_id: iamId, issuer }: FederatedIdentityRow,
  { actor, ...event }: { action: string; at: number; reason?: string; actor: Actor },
): Promise<void> => {
  const of = { ...event, target: iamId, targetType: 'user', targetName: issuer };
  for (const { account_id: accountId } of await membershipsOfUser(tx.db, iamId))
    await recordEvent(tx, actor, { ...of, accountId });
};

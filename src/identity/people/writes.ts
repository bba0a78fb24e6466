import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import { findAccount } from '../accounts/rows.ts';
import { findFederatedIdentityOf } from '../federated-identities/rows.ts';
import { type Acceptance, accept } from '../invitations/writes.ts';
import { type NewSignIn, signIn } from '../sign-ins/new-sign-in.ts';
import type { SignIn } from '../sign-ins/sign-in.ts';
import * as users from '../users/rows.ts';
import { invitedRow } from '../users/user.ts';

/** A user who begins with this sign-in. */
export interface NewPerson {
  readonly iamId: string;
  /** One that the provider verified; empty without. */
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
}

interface Arriving {
  readonly arrival: NewSignIn;
  /** Whose audit log has it. */
  readonly accountId: string;
  readonly actor: Actor;
}

/** A person signs in whose identity at the provider is a user's already, or, where this `links` it, becomes one's. */
export const signInUser = defineWrite(
  'identity.person.sign-in',
  async (
    tx: Tx,
    { arrival, iamId, links, ...of }: Arriving & { iamId: string; links: boolean },
  ): Promise<SignIn> => {
    if (!(await users.findUser(tx.db, iamId)))
      throw new RegistryError('DENIED', { reason: 'the user was removed' });
    const known = await findFederatedIdentityOf(tx.db, arrival.issuer, arrival.subject);
    if (!links && known?.iam_id !== iamId)
      throw new RegistryError('DENIED', { reason: 'the identity of the provider was unlinked meanwhile' });
    return signIn(tx, { ...arrival, iamId, ...of });
  },
);

/**
 * A person signs in for the first time and becomes a member of an account, with no rights. Of two that come at once, the second finds
 * the user of the first. CONFLICT where the account knows the e-mail address.
 */
export const signUpUser = defineWrite(
  'identity.person.sign-up',
  async (
    tx: Tx,
    { arrival, accountId, person, actor }: Arriving & { person: NewPerson },
  ): Promise<SignIn> => {
    const { issuer, subject, at } = arrival;
    const known = await findFederatedIdentityOf(tx.db, issuer, subject);
    if (known) return signIn(tx, { ...arrival, iamId: known.iam_id, accountId, actor });
    const { iamId, email } = person;
    if ((await findAccount(tx.db, accountId))?.state !== 'ACTIVE')
      throw new RegistryError('DENIED', { reason: `the account ${accountId} to sign up in is not active` });
    if (email !== '' && (await users.membersCalled(tx.db, accountId, email)).length > 0)
      throw new RegistryError('CONFLICT', {
        message:
          'A member of the account has your e-mail address, or an invitation to it is open. Accept the invitation, or sign in as that member and link this provider there.',
      });
    await users.insertUser(tx, {
      ...invitedRow(iamId, email || issuer, at),
      email,
      first_name: person.firstName,
      last_name: person.lastName,
    });
    await users.insertMembership(tx, { account_id: accountId, iam_id: iamId, state: 'ACTIVE', added_at: at });
    const action = 'user-management.user.sign-up';
    await recordEvent(tx, actor, { accountId, at, action, target: iamId, reason: `issuer=${issuer}` });
    return signIn(tx, { ...arrival, iamId, accountId, actor });
  },
);

/** A person accepts an invitation by signing in: as the user they are, or as a new one. Undefined where it was used or withdrawn. */
export const acceptBySigningIn = defineWrite(
  'identity.person.accept-invitation',
  async (
    tx: Tx,
    { arrival, acceptance }: { arrival: NewSignIn; acceptance: Acceptance },
  ): Promise<SignIn | undefined> => {
    const known = await findFederatedIdentityOf(tx.db, arrival.issuer, arrival.subject);
    const by = known ? { iamId: known.iam_id, passwordId: undefined } : acceptance.by;
    if (!(await accept(tx, { ...acceptance, by }))) return undefined;
    const { accountId, actor } = acceptance;
    return signIn(tx, { ...arrival, iamId: by.iamId, accountId, actor });
  },
);

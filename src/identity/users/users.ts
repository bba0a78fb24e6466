import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor, Principal } from '../../principal.ts';
import { newIamId } from '../iam-ids.ts';
import { INVITATION } from '../login/lifetimes.ts';
import type { OneTimeCodes } from '../one-time-codes/one-time-codes.ts';
import { loginName, type Passwords } from '../passwords/passwords.ts';
import {
  countMembers,
  findMember,
  findUser,
  findUserByName,
  listMembers,
  membershipsOfUser,
} from './rows.ts';
import { type Member, memberOfRow, type User, userOfRow } from './user.ts';
import { acceptInvitation, inviteUsers, removeUser, setMemberState, setNames } from './writes.ts';

/** Somebody who was invited; the code is in this answer and nowhere else. */
export interface Invited {
  readonly email: string;
  readonly iamId: string;
  readonly code: string;
  readonly expiresAt: number;
}

export interface NewMembers {
  readonly accountId: string;
  readonly emails: readonly string[];
  readonly groups: readonly string[];
  readonly by: string;
}

/** How an invitation is accepted: by somebody new with a password, by somebody known with their own login. */
export interface Accepting {
  readonly code: string;
  readonly password: string | undefined;
  readonly firstName: string;
  readonly lastName: string;
  /** Who is signed in, if anybody. */
  readonly principal: Principal | undefined;
}

/** People and the accounts they belong to. */
export class Users {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #passwords: Passwords;
  readonly #codes: OneTimeCodes;

  constructor(database: Database, clock: Clock, passwords: Passwords, codes: OneTimeCodes) {
    this.#database = database;
    this.#clock = clock;
    this.#passwords = passwords;
    this.#codes = codes;
  }

  async find(accountId: string, iamId: string): Promise<Member | undefined> {
    const row = await findMember(this.#database.db, accountId, iamId);
    return row && memberOfRow(row);
  }

  /** A page by iam_id from `from` on, the iam_id the next page begins with, and how many there are in all. */
  async list(
    accountId: string,
    from: string,
    limit: number,
  ): Promise<{ members: Member[]; next: string | undefined; total: number }> {
    const { db } = this.#database;
    const rows = await listMembers(db, { accountId, from, limit: limit + 1 });
    const total = await countMembers(db, accountId);
    return { members: rows.slice(0, limit).map(memberOfRow), next: rows[limit]?.iam_id, total };
  }

  /** Throws CONFLICT for whoever is a member already, NOT_FOUND for a group. Nobody is told: no mail is sent. */
  async invite({ accountId, emails, groups, by }: NewMembers, actor: Actor): Promise<Invited[]> {
    const at = this.#clock.now();
    const made = [...new Set(emails.map(emailOf))].map((email) => {
      const user: User = { iamId: newIamId(), userName: email, email, firstName: '', lastName: '' };
      // the write puts the iam_id of the user there is in place of this one
      const of = { accountId, iamId: user.iamId, chain: [], createdBy: by };
      return { user, ...this.#codes.make(24, INVITATION, { purpose: 'invitation', ...of }) };
    });
    const invitations = made.map(({ user, row }) => ({ user, code: row }));
    const ids = await this.#database.write(inviteUsers, { accountId, invitations, groups, by, at, actor });
    return made.map(({ user, code, expiresAt }, index) => ({
      email: user.email,
      code,
      iamId: ids[index] ?? '',
      expiresAt,
    }));
  }

  /** Makes an invited member active. Throws CREDENTIAL_INVALID, UNAUTHORIZED, BAD_REQUEST. */
  async accept(accepting: Accepting, actor: Actor): Promise<{ accountId: string; iamId: string }> {
    const invitation = await this.#codes.find(accepting.code, 'invitation');
    if (!invitation)
      throw new RegistryError('CREDENTIAL_INVALID', {
        message: 'There is no such invitation: it was accepted, withdrawn or replaced, or has expired.',
      });
    const user = await this.user(invitation.iamId);
    if (!user) throw new RegistryError('CREDENTIAL_INVALID', { reason: 'the invited user is gone' });
    const known = await this.#hasLogin(user.iamId);
    if (known) refuseOthers(user, accepting.principal);
    else if (accepting.password === undefined)
      throw new RegistryError('FIELD_MISSING', { message: 'Property missing or empty: password.' });
    const newcomer = known
      ? undefined
      : {
          password: await this.#passwords.make(user.iamId, user.userName, accepting.password ?? ''),
          first: accepting.firstName,
          last: accepting.lastName,
        };
    const done = await this.#database.write(acceptInvitation, {
      codeId: invitation.id,
      codeHash: this.#codes.hash(accepting.code),
      newcomer,
      at: this.#clock.now(),
      actor,
    });
    if (!done) throw new RegistryError('CREDENTIAL_INVALID', { reason: 'the invitation was used meanwhile' });
    return { accountId: invitation.accountId, iamId: user.iamId };
  }

  /** Throws NOT_FOUND, and CONFLICT for the owner. */
  async remove(accountId: string, iamId: string, actor: Actor): Promise<void> {
    await this.#database.write(removeUser, this.#change(accountId, iamId, actor));
  }

  async setState(
    accountId: string,
    iamId: string,
    state: 'ACTIVE' | 'DISABLED',
    actor: Actor,
  ): Promise<void> {
    await this.#database.write(setMemberState, { ...this.#change(accountId, iamId, actor), state });
  }

  async setNames(
    accountId: string,
    user: User,
    names: { first: string | undefined; last: string | undefined },
    actor: Actor,
  ): Promise<void> {
    const { first = user.firstName, last = user.lastName } = names;
    await this.#database.write(setNames, {
      ...this.#change(accountId, user.iamId, actor),
      first,
      last,
    });
  }

  /** The iam_ids of those of these addresses that are known: what they hold already, an invitation to them reaches. */
  async known(emails: readonly string[]): Promise<string[]> {
    const found = await Promise.all(
      emails.map((email) => findUserByName(this.#database.db, loginName(email))),
    );
    return found.flatMap((user) => user?.iam_id ?? []);
  }

  /** The user behind an iam_id, whatever accounts they are in. */
  async user(iamId: string): Promise<User | undefined> {
    const row = await findUser(this.#database.db, iamId);
    return row && userOfRow(row);
  }

  /** The accounts a user is an active member of, the first joined first. */
  async accountsOf(iamId: string): Promise<string[]> {
    const memberships = await membershipsOfUser(this.#database.db, iamId);
    return memberships.filter(({ state }) => state === 'ACTIVE').map(({ account_id: id }) => id);
  }

  /** Whether somebody can sign in already: with a password, or as a member of another account with a key. */
  async #hasLogin(iamId: string): Promise<boolean> {
    return (await this.#passwords.has(iamId)) || (await this.accountsOf(iamId)).length > 0;
  }

  #change(accountId: string, iamId: string, actor: Actor) {
    return { accountId, iamId, at: this.#clock.now(), actor };
  }
}

const refuseOthers = ({ iamId }: User, principal: Principal | undefined): void => {
  if (principal?.kind === 'user' && principal.iamId === iamId) return;
  throw new RegistryError('UNAUTHORIZED', {
    message:
      'Whoever is invited has a login here: log in with it, and send the access token with the invitation.',
  });
};

const emailOf = (text: string): string => {
  const email = loginName(text);
  if (email.length > 254 || !/^[^\s@<>"]+@[^\s@<>"]+$/.test(email))
    throw new RegistryError('BAD_REQUEST', { message: `${text.slice(0, 100)} is not an e-mail address` });
  return email;
};

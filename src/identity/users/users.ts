import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { UserRow } from '../../database/schema.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor, Principal } from '../../principal.ts';
import type { OneTimeCodes } from '../one-time-codes/one-time-codes.ts';
import { loginName, type Passwords } from '../passwords/passwords.ts';
import {
  countMembers,
  findMember,
  findUser,
  findUserByName,
  listMembers,
  type MemberRow,
  membershipsOfUser,
} from './rows.ts';
import { acceptInvitation, inviteUsers, removeUser, setMemberState, setNames } from './writes.ts';

export type Member = MemberRow;

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

export interface UserParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly passwords: Passwords;
  readonly codes: OneTimeCodes;
}

/** People and the accounts they belong to. */
export class Users {
  readonly #parts: UserParts;

  constructor(parts: UserParts) {
    this.#parts = parts;
  }

  find(accountId: string, iamId: string): Promise<Member | undefined> {
    return findMember(this.#parts.database.db, accountId, iamId);
  }

  /** A page by iam_id from `from` on, the iam_id the next page begins with, and how many there are in all. */
  async list(
    accountId: string,
    from: string,
    limit: number,
  ): Promise<{ members: Member[]; next: string | undefined; total: number }> {
    const { db } = this.#parts.database;
    const rows = await listMembers(db, { accountId, from, limit: limit + 1 });
    const total = await countMembers(db, accountId);
    return { members: rows.slice(0, limit), next: rows[limit]?.iam_id, total };
  }

  /** Throws CONFLICT for whoever is a member already, NOT_FOUND for a group. Nobody is told: no mail is sent. */
  async invite({ accountId, emails, groups, by }: NewMembers, actor: Actor): Promise<Invited[]> {
    const { database, clock, codes } = this.#parts;
    const names = [...new Set(emails.map(emailOf))];
    const at = clock.now();
    const made = names.map((email) => ({ email, ...codes.invitation(accountId, by) }));
    const invitations = made.map(({ email, row }) => ({ user: newUser(email, at), code: row }));
    const ids = await database.write(inviteUsers, { accountId, invitations, groups, by, at, actor });
    return made.map(({ email, code, row }, index) => ({
      email,
      code,
      iamId: ids[index] ?? '',
      expiresAt: row.expires_at,
    }));
  }

  /** Makes an invited member active. Throws CREDENTIAL_INVALID, UNAUTHORIZED, BAD_REQUEST. */
  async accept(accepting: Accepting, actor: Actor): Promise<{ accountId: string; iamId: string }> {
    const { database, clock, codes, passwords } = this.#parts;
    const invitation = await codes.findInvitation(accepting.code);
    const user = await findUser(database.db, invitation.iam_id);
    if (!user) throw new RegistryError('CREDENTIAL_INVALID', { reason: 'the invited user is gone' });
    const known = await this.#hasLogin(user.iam_id);
    if (known) requireLogin(user, accepting.principal);
    else if (accepting.password === undefined)
      throw new RegistryError('FIELD_MISSING', { message: 'Property missing or empty: password.' });
    const newcomer = known
      ? undefined
      : {
          password: await passwords.make(user.iam_id, user.user_name, accepting.password ?? ''),
          first: accepting.firstName,
          last: accepting.lastName,
        };
    const done = await database.write(acceptInvitation, {
      codeId: invitation.id,
      codeHash: codes.hash(accepting.code),
      newcomer,
      at: clock.now(),
      actor,
    });
    if (!done) throw new RegistryError('CREDENTIAL_INVALID', { reason: 'the invitation was used meanwhile' });
    return { accountId: invitation.account_id, iamId: user.iam_id };
  }

  /** Throws NOT_FOUND, and CONFLICT for the owner. */
  async remove(accountId: string, iamId: string, actor: Actor): Promise<void> {
    await this.#parts.database.write(removeUser, this.#change(accountId, iamId, actor));
  }

  async setState(
    accountId: string,
    iamId: string,
    state: 'ACTIVE' | 'DISABLED',
    actor: Actor,
  ): Promise<void> {
    await this.#parts.database.write(setMemberState, { ...this.#change(accountId, iamId, actor), state });
  }

  async setNames(
    accountId: string,
    user: UserRow,
    names: { first: string | undefined; last: string | undefined },
    actor: Actor,
  ): Promise<void> {
    const { first = user.first_name, last = user.last_name } = names;
    await this.#parts.database.write(setNames, {
      ...this.#change(accountId, user.iam_id, actor),
      first,
      last,
    });
  }

  /** The iam_ids of those of these addresses that are known: what they hold already, an invitation to them reaches. */
  async known(emails: readonly string[]): Promise<string[]> {
    const found = await Promise.all(
      emails.map((email) => findUserByName(this.#parts.database.db, loginName(email))),
    );
    return found.flatMap((user) => user?.iam_id ?? []);
  }

  /** The user behind an iam_id, whatever accounts they are in. */
  user(iamId: string): Promise<UserRow | undefined> {
    return findUser(this.#parts.database.db, iamId);
  }

  /** The accounts a user is an active member of, the first joined first. */
  async accountsOf(iamId: string): Promise<string[]> {
    const memberships = await membershipsOfUser(this.#parts.database.db, iamId);
    return memberships.filter(({ state }) => state === 'ACTIVE').map(({ account_id: id }) => id);
  }

  /** Whether somebody can sign in already: with a password, or as a member of another account with a key. */
  async #hasLogin(iamId: string): Promise<boolean> {
    return (await this.#parts.passwords.has(iamId)) || (await this.accountsOf(iamId)).length > 0;
  }

  #change(accountId: string, iamId: string, actor: Actor) {
    return { accountId, iamId, at: this.#parts.clock.now(), actor };
  }
}

const requireLogin = ({ iam_id: iamId }: UserRow, principal: Principal | undefined): void => {
  if (principal?.kind === 'user' && principal.iamId === iamId) return;
  throw new RegistryError('UNAUTHORIZED', {
    message:
      'Whoever is invited has a login here: log in with it, and send the access token with the invitation.',
  });
};

const newUser = (email: string, at: number): UserRow => ({
  iam_id: `IBMid-${randomUUID().replaceAll('-', '').slice(0, 10).toUpperCase()}`,
  user_name: email,
  email,
  first_name: '',
  last_name: '',
  created_at: at,
});

const emailOf = (text: string): string => {
  const email = loginName(text);
  if (email.length > 254 || !/^[^\s@<>"]+@[^\s@<>"]+$/.test(email))
    throw new RegistryError('BAD_REQUEST', { message: `${text.slice(0, 100)} is no e-mail address` });
  return email;
};

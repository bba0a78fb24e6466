import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { entityTagSeed } from '../../entity-tag.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor, Principal } from '../../principal.ts';
import type { GivenPolicy } from '../extension-points.ts';
import { newIamId } from '../iam-ids.ts';
import { INVITATION } from '../login/lifetimes.ts';
import type { OneTimeCodes } from '../one-time-codes/one-time-codes.ts';
import { pendingInvitations } from '../one-time-codes/rows.ts';
import {
  type GivenPassword,
  loginName,
  type Passwords,
  type VerifiedPassword,
} from '../passwords/passwords.ts';
import { findMember, findUser, membersCalled, membershipsOfUser } from '../users/rows.ts';
import { memberOfRow, userOfRow } from '../users/user.ts';
import { acceptInvitation, inviteUsers } from './writes.ts';

/** A person who was invited; the code is in this answer and nowhere else. */
export interface Invited {
  readonly email: string;
  /** The id of the invitation. It tells nothing of a person who has this e-mail address already. */
  readonly id: string;
  readonly code: string;
  readonly expiresAt: number;
}

export interface NewInvitations {
  readonly accountId: string;
  readonly emails: readonly string[];
  readonly groups: readonly string[];
  readonly policies: readonly GivenPolicy[];
  readonly by: string;
}

/** An invitation that was not accepted yet. */
export interface Invitation {
  readonly codeId: string;
  readonly accountId: string;
  /** What policies and access groups name until it is accepted. */
  readonly id: string;
  readonly email: string;
}

/** An invitation as a list shows it, without its code. */
export interface PendingInvitation {
  readonly id: string;
  readonly email: string;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly expiresAt: number;
}

/** Who accepts: an identity that proved itself, or a person who begins a new login with this password. */
export type Accepting =
  | { readonly iamId: string; readonly passwordId: string | undefined }
  | (GivenPassword & { readonly firstName: string; readonly lastName: string });

/**
 * Invitations to an account. An invitation has an id of its own, which policies and groups can name. Whether a person
 * with its e-mail address exists already is neither told to the inviter nor decided by it: who accepts either proves to be
 * an existing identity, which then gets what the invitation was given, or begins a new login. So a stranger who was invited
 * with another person's address, and accepted, takes nothing from that person.
 */
export class Invitations {
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

  /**
   * No mail is sent. Throws CONFLICT for a member of the account, NOT_FOUND for a group, and what refuses a policy; then
   * no one is invited.
   */
  async create(
    { accountId, emails, groups, policies, by }: NewInvitations,
    actor: Actor,
  ): Promise<Invited[]> {
    const at = this.#clock.now();
    const made = [...new Set(emails.map(emailOf))].map((email) => {
      const of = { accountId, iamId: newIamId(), chain: [], createdBy: by };
      const { code, row, expiresAt } = this.#codes.make(24, INVITATION, {
        purpose: 'invitation',
        ...of,
      });
      return { email, code, row, expiresAt };
    });
    const invitations = made.map(({ email, row }) => ({ email, code: row }));
    const ids = await this.#database.write(inviteUsers, {
      ...{ accountId, invitations, groups, policies, by, at, actor },
      seed: entityTagSeed(),
    });
    return made.map(({ email, code, expiresAt }, index) => ({
      email,
      id: ids[index] ?? '',
      code,
      expiresAt,
    }));
  }

  /** Those that can still be accepted, by their ids, after `after`. */
  async list(accountId: string, after: string, limit: number): Promise<PendingInvitation[]> {
    const now = this.#clock.now();
    const rows = await pendingInvitations(this.#database.db, { accountId, now, after, limit });
    return rows.map((row) => ({
      id: row.iam_id,
      email: row.email,
      createdAt: row.created_at,
      createdBy: row.created_by,
      expiresAt: row.expires_at,
    }));
  }

  /** The ids of the account's invitations to these addresses: inviting again gives a new code to what they hold. */
  async pending(accountId: string, emails: readonly string[]): Promise<string[]> {
    const { db } = this.#database;
    const found = await Promise.all(emails.map((email) => membersCalled(db, accountId, loginName(email))));
    return found.flat().flatMap(({ state, iam_id: id }) => (state === 'PENDING' ? [id] : []));
  }

  /** The invitation of a code. Throws CREDENTIAL_INVALID for any other text. */
  async find(code: string): Promise<Invitation> {
    const found = await this.#codes.find(code, 'invitation');
    const row = found && (await findMember(this.#database.db, found.accountId, found.iamId));
    if (!found || row?.state !== 'PENDING') throw noInvitation();
    const { userName: email } = memberOfRow(row);
    return { codeId: found.id, accountId: found.accountId, id: found.iamId, email };
  }

  /** Who is signed in, as the one who accepts. Throws UNAUTHORIZED where the invitation is to another address. */
  async signedIn({ email }: Invitation, principal: Principal): Promise<Accepting> {
    const row = principal.kind === 'user' ? await findUser(this.#database.db, principal.iamId) : undefined;
    if (row && userOfRow(row).userName === email) return { iamId: row.iam_id, passwordId: undefined };
    throw new RegistryError('UNAUTHORIZED', {
      message:
        'The invitation is to another e-mail address than the one of your login. Send it without an access token, with a password.',
    });
  }

  /** The identity with the invitation's address that has this password. Throws PASSWORD_INVALID where there is none. */
  async withPassword({ email }: Invitation, given: GivenPassword): Promise<Accepting> {
    const { user, passwordId }: VerifiedPassword = await this.#passwords.verify(email, given);
    return { iamId: user.iamId, passwordId };
  }

  /** Makes a member active; answers its iam_id. Throws CREDENTIAL_INVALID, CONFLICT, BAD_REQUEST. */
  async accept(invitation: Invitation, accepting: Accepting, actor: Actor): Promise<string> {
    const by = 'iamId' in accepting ? accepting : await this.#newLogin(invitation, accepting);
    const done = await this.#database.write(acceptInvitation, {
      codeId: invitation.codeId,
      accountId: invitation.accountId,
      id: invitation.id,
      by,
      at: this.#clock.now(),
      seed: entityTagSeed(),
      actor,
    });
    if (!done) throw noInvitation();
    return by.iamId;
  }

  /** A newcomer takes over the id of the invitation, unless an earlier version gave that of an existing identity. */
  async newcomerId({ id }: Pick<Invitation, 'id'>): Promise<string> {
    const memberships = await membershipsOfUser(this.#database.db, id);
    return memberships.length > 1 || (await this.#passwords.has(id)) ? newIamId() : id;
  }

  async #newLogin(
    { id, email }: Invitation,
    { firstName, lastName, ...given }: Extract<Accepting, GivenPassword>,
  ) {
    const iamId = await this.newcomerId({ id });
    return {
      iamId,
      newcomer: { email, firstName, lastName, password: await this.#passwords.make(iamId, email, given) },
    };
  }
}

const noInvitation = (): RegistryError =>
  new RegistryError('CREDENTIAL_INVALID', {
    message: 'There is no such invitation: it was accepted, withdrawn or replaced, or has expired.',
  });

const emailOf = (text: string): string => {
  const email = loginName(text);
  if (email.length > 254 || !/^[^\s@<>"]+@[^\s@<>"]+$/.test(email))
    throw new RegistryError('BAD_REQUEST', { message: `${text.slice(0, 100)} is not an e-mail address` });
  return email;
};

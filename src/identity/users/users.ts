import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import { loginName } from '../passwords/passwords.ts';
import { countMembers, findMember, findUser, listMembers, membershipsOfUser } from './rows.ts';
import { type Member, memberOfRow, type User, userOfRow } from './user.ts';
import { type ResetUser, removeUser, resetUsers, setMemberState, setNames } from './writes.ts';

/** People and the accounts they belong to. */
export class Users {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
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

  /**
   * Ends everything that the users of a name, or of an iam_id, log in with, in every account. Their memberships and rights
   * stay: an Administrator removes them and invites the person again. Throws NOT_FOUND, and CONFLICT for an owner.
   */
  async reset(nameOrId: string, actor: Actor): Promise<ResetUser[]> {
    const names = [...new Set([nameOrId, loginName(nameOrId)])];
    const reset = await this.#database.write(resetUsers, { names, at: this.#clock.now(), actor });
    if (reset.length === 0)
      throw new RegistryError('NOT_FOUND', { message: 'There is no user with this iam_id or name.' });
    return reset;
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

  #change(accountId: string, iamId: string, actor: Actor) {
    return { accountId, iamId, at: this.#clock.now(), actor };
  }
}

import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { Actor } from '../../principal.ts';
import { countMembers, findMember, findUser, listMembers, membershipsOfUser } from './rows.ts';
import { type Member, memberOfRow, type User, userOfRow } from './user.ts';
import { removeUser, setMemberState, setNames } from './writes.ts';

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

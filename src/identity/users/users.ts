import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import { loginName } from '../passwords/passwords.ts';
import { endSessionsOfIdentity } from '../sessions/writes.ts';
import { countMembers, findMember, findUser, listMembers, membershipsOfUser } from './rows.ts';
import { type Member, memberOfRow, type User, userOfRow } from './user.ts';
import { type ResetUser, removeUser, resetUsers, setMemberState, setNames } from './writes.ts';

export interface MemberPage {
  readonly accountId: string;
  readonly from: string;
  readonly limit: number;
}

export interface Members {
  readonly members: Member[];
  readonly next: string | undefined;
  readonly total: number;
}

/** Members that one search looks at, and that it reads at once. */
const LOOKED_AT = 5000;
const LOOKED_AT_ONCE = 100;

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
  async list({ accountId, from, limit }: MemberPage): Promise<Members> {
    const { db } = this.#database;
    const rows = await listMembers(db, { accountId, from, limit: limit + 1 });
    const total = await countMembers(db, accountId);
    return { members: rows.slice(0, limit).map(memberOfRow), next: rows[limit]?.iam_id, total };
  }

  /**
   * The same of those that fit. One call looks at a bounded number of members: where an account has more, it begins at `from`,
   * the page may be short and still have a next one, and `total` is what it found.
   */
  async search({ accountId, from, limit }: MemberPage, fits: (member: Member) => boolean): Promise<Members> {
    const { db } = this.#database;
    const isSmall = (await countMembers(db, accountId)) <= LOOKED_AT;
    const members: Member[] = [];
    let [total, next]: [number, string | undefined] = [0, undefined];
    let place: string | undefined = isSmall ? '' : from;
    for (let looked = 0; place !== undefined && looked < LOOKED_AT; looked += LOOKED_AT_ONCE) {
      if (!isSmall && next !== undefined) break;
      const rows = await listMembers(db, { accountId, from: place, limit: LOOKED_AT_ONCE + 1 });
      for (const member of rows.slice(0, LOOKED_AT_ONCE).map(memberOfRow).filter(fits)) {
        total++;
        if (member.iamId < from) continue;
        if (members.length < limit) members.push(member);
        else next ??= member.iamId;
      }
      place = rows[LOOKED_AT_ONCE]?.iam_id;
      await setImmediate();
    }
    return { members, next: next ?? place, total };
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
    for (const { iamId, accountIds } of reset)
      for (const accountId of accountIds) await this.#endSessions(accountId, iamId);
    return reset;
  }

  /** All of them, also those that came from a sign-in, which stays: a reset is answered when none is left. */
  async #endSessions(accountId: string, iamId: string): Promise<void> {
    while (await this.#database.write(endSessionsOfIdentity, { accountId, iamId }));
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

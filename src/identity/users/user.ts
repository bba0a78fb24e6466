import type { UserRow } from '../../database/schema.ts';
import type { MemberRow } from './rows.ts';

/** A person, whatever accounts they belong to. */
export interface User {
  readonly iamId: string;
  /** What the person types to log in. */
  readonly userName: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
}

export type MemberState = 'ACTIVE' | 'PENDING' | 'DISABLED';

/** A person as a member of one account. */
export interface Member extends User {
  readonly accountId: string;
  /** PENDING: the person has not accepted the invitation yet. */
  readonly state: MemberState;
  readonly addedAt: number;
}

export const userOfRow = (row: UserRow): User => ({
  iamId: row.iam_id,
  userName: row.user_name,
  email: row.email,
  firstName: row.first_name,
  lastName: row.last_name,
});

/** The row of a user that is to be. */
export const rowOfUser = (user: User, createdAt: number): UserRow => ({
  iam_id: user.iamId,
  user_name: user.userName,
  email: user.email,
  first_name: user.firstName,
  last_name: user.lastName,
  created_at: createdAt,
});

export const memberOfRow = (row: MemberRow): Member => ({
  ...userOfRow(row),
  accountId: row.account_id,
  state: row.state,
  addedAt: row.added_at,
});

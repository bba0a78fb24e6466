import type { UserRow } from '../../database/schema.ts';
import type { MemberRow } from './rows.ts';

/** A person, whatever accounts they belong to. */
export interface User {
  readonly iamId: string;
  /** What the person types to log in: the e-mail address where there is one. Others can have the same in other accounts. */
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
  userName: row.email === '' ? row.user_name : row.email,
  email: row.email,
  firstName: row.first_name,
  lastName: row.last_name,
});

/**
 * The row of a person who was invited. Their e-mail address need not be free, so it is not the row's name, which is unique;
 * no address has a space in it.
 */
export const invitedRow = (iamId: string, email: string, createdAt: number): UserRow => ({
  iam_id: iamId,
  user_name: `${email} ${iamId}`,
  email,
  first_name: '',
  last_name: '',
  created_at: createdAt,
});

export const memberOfRow = (row: MemberRow): Member => ({
  ...userOfRow(row),
  // until it is accepted, an invitation tells nothing of the person; earlier versions named the identity of the address
  ...(row.state === 'PENDING' ? { firstName: '', lastName: '' } : {}),
  accountId: row.account_id,
  state: row.state,
  addedAt: row.added_at,
});

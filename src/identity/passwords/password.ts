import type { PasswordRow } from '../../database/iam-schema.ts';

/** A password as it was set. A later one of the same user is another, with another id. */
export interface Password {
  readonly id: string;
  readonly iamId: string;
  /** argon2id as text, with its parameters and its salt. */
  readonly hash: string;
  readonly createdAt: number;
}

/** The row of a password that is to be. */
export const rowOfPassword = (password: Password): PasswordRow => ({
  iam_id: password.iamId,
  id: password.id,
  hash: password.hash,
  created_at: password.createdAt,
});

/** Accounts, /api/v1/accounts: Tidegate's own, for its operator. */
import { type Static, Type } from 'typebox';

export const AccountCreate = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 100, description: 'Shown to people; not unique' }),
});
export type AccountCreate = Static<typeof AccountCreate>;

/** Answer of POST /api/v1/accounts: the account, its owner, and the owner's first API key. */
export const NewAccount = Type.Object({
  account_id: Type.String(),
  name: Type.String(),
  owner_iam_id: Type.String(),
  apikey: Type.String({ description: "The owner's API key, shown in this answer only" }),
});
export type NewAccount = Static<typeof NewAccount>;

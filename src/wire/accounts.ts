/** Accounts, /api/v1/accounts: Tidegate's own, for its operator. Times are RFC 3339. */
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

const Time = Type.String({ format: 'date-time' });

export const Account = Type.Object({
  account_id: Type.String(),
  name: Type.String(),
  owner_iam_id: Type.String(),
  state: Type.Union([Type.Literal('ACTIVE'), Type.Literal('SUSPENDED'), Type.Literal('REMOVING')]),
  created_at: Time,
  first: Type.Optional(Type.Boolean({ description: 'The account to which the operators belong' })),
  state_since: Type.Optional(Time),
  state_by: Type.Optional(Type.String({ description: 'Who suspended or resumed it' })),
  state_reason: Type.Optional(Type.String({ description: 'What they said' })),
  delete_at: Type.Optional(
    Type.String({ format: 'date-time', description: 'When it is removed, unless it is resumed before' }),
  ),
});
export type Account = Static<typeof Account>;

export const AccountQuery = Type.Object({
  start: Type.Optional(Type.String({ maxLength: 100, description: '`next` of the page before' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
});

export const AccountList = Type.Object({
  accounts: Type.Array(Account),
  next: Type.Optional(Type.String()),
});

/** An account of the caller. */
export const OwnAccount = Type.Object({
  account_id: Type.String(),
  name: Type.String(),
  owner: Type.Boolean({ description: 'The caller owns it' }),
  current: Type.Boolean({ description: 'The access token is for it' }),
  state: Account.properties.state,
});
export type OwnAccount = Static<typeof OwnAccount>;

/** GET /api/v1/accounts/mine. */
export const OwnAccountList = Type.Object({
  accounts: Type.Array(OwnAccount, { description: 'The one joined first comes first; at most 200' }),
  total: Type.Integer({ minimum: 0 }),
});
export type OwnAccountList = Static<typeof OwnAccountList>;

/** Body of suspending, resuming and deleting. */
export const AccountStateChange = Type.Object({
  reason: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 300,
      description: "Told to the account's owner, and in the audit log",
    }),
  ),
});
export type AccountStateChange = Static<typeof AccountStateChange>;

/** Members of an account, /v2/accounts/{id}/users. Source: IBM User Management API; codes and passwords are Tidegate's own. */
import { type Static, Type } from 'typebox';
import { PolicyV1Body } from './policies.ts';

const Name = Type.String({ maxLength: 100 });
const Secret = Type.String({ maxLength: 4096 });

export const UserSettings = Type.Object({
  language: Type.String({ maxLength: 100 }),
  notification_language: Type.String({ maxLength: 100 }),
  allowed_ip_addresses: Type.String({ maxLength: 4000 }),
  self_manage: Type.Boolean(),
});
export type UserSettings = Static<typeof UserSettings>;
export const UserSettingsPatch = Type.Partial(UserSettings);

export const UserProfile = Type.Object({
  id: Type.String(),
  iam_id: Type.String(),
  realm: Type.String(),
  user_id: Type.String({ description: 'The name to log in with' }),
  firstname: Type.String(),
  lastname: Type.String(),
  state: Type.String({ description: 'ACTIVE, PENDING (has not accepted yet) or DISABLED' }),
  email: Type.String(),
  account_id: Type.String(),
  added_on: Type.String({ description: 'RFC 3339' }),
  is_owner: Type.Optional(
    Type.Boolean({
      description: 'Ours, of one member: the owner of the account, who can be neither removed nor disabled',
    }),
  ),
  settings: Type.Optional(UserSettings),
});
export type UserProfile = Static<typeof UserProfile>;

export const UserList = Type.Object({
  total_results: Type.Integer(),
  limit: Type.Integer(),
  first_url: Type.String(),
  next_url: Type.Optional(Type.String()),
  resources: Type.Array(UserProfile),
});
export type UserList = Static<typeof UserList>;

/** A policy of version 1 without its subject, which is each of the invited. */
const InvitedPolicy = Type.Object({
  type: Type.Optional(PolicyV1Body.properties.type),
  roles: PolicyV1Body.properties.roles,
  resources: PolicyV1Body.properties.resources,
});
export type InvitedPolicy = Static<typeof InvitedPolicy>;

export const UserInvite = Type.Object({
  users: Type.Array(
    Type.Object({
      email: Type.String({ maxLength: 254 }),
      account_role: Type.Optional(
        Type.String({ maxLength: 100, description: 'Accepted, and grants nothing; policies grant' }),
      ),
    }),
    { minItems: 1, maxItems: 100 },
  ),
  iam_policy: Type.Optional(Type.Array(InvitedPolicy, { maxItems: 20 })),
  access_groups: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 50 })),
});

export const InvitedUsers = Type.Object({
  resources: Type.Array(
    Type.Object({
      email: Type.String(),
      id: Type.String({
        description: 'Of the invitation; the iam_id of a person who begins a new login with it',
      }),
      state: Type.String(),
      invitation_code: Type.String({
        description:
          'Ours: hand it to the person you invited. In this answer only, and for POST /v1/invitations/accept',
      }),
      expires_at: Type.String({ description: 'RFC 3339' }),
    }),
  ),
});
export type InvitedUsers = Static<typeof InvitedUsers>;

export const UserPatch = Type.Object({
  firstname: Type.Optional(Name),
  lastname: Type.Optional(Name),
  state: Type.Optional(
    Type.Union([Type.Literal('ACTIVE'), Type.Literal('DISABLED'), Type.Literal('SUSPENDED')]),
  ),
  email: Type.Optional(Type.String({ maxLength: 254 })),
  phonenumber: Type.Optional(Type.String({ maxLength: 100 })),
  altphonenumber: Type.Optional(Type.String({ maxLength: 100 })),
  photo: Type.Optional(Type.String({ maxLength: 1000 })),
});
export type UserPatch = Static<typeof UserPatch>;

export const InvitationAccept = Type.Object({
  code: Type.String({ minLength: 1, maxLength: 200 }),
  password: Type.Optional({ ...Secret, description: 'Of a login that is there, or for a new one' }),
  first_name: Type.Optional(Name),
  last_name: Type.Optional(Name),
});

export const Accepted = Type.Object({
  account_id: Type.String(),
  iam_id: Type.String(),
  state: Type.String(),
  login: Type.Optional(
    Type.String({
      description: 'Ours: known, where the password or token is of a login that was there; else new',
    }),
  ),
});
export type Accepted = Static<typeof Accepted>;

/** Ours, POST /api/v1/users/reset. */
export const UserReset = Type.Object({
  user: Type.String({
    minLength: 1,
    maxLength: 254,
    description: 'An iam_id, or the name that the user logs in with',
  }),
});
export const ResetUsers = Type.Object({
  users: Type.Array(Type.Object({ iam_id: Type.String(), account_ids: Type.Array(Type.String()) })),
});
export type ResetUsers = Static<typeof ResetUsers>;

export const PasswordChange = Type.Object({
  old_password: Type.Optional(Secret),
  password: Secret,
});

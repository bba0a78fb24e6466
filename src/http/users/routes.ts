import { type Static, Type } from 'typebox';
import type { Access, Action, Resource } from '../../access/room.ts';
import { RegistryError } from '../../errors.ts';
import type { Identity, Member } from '../../identity/room.ts';
import {
  InvitedUsers,
  UserInvite,
  UserList,
  UserPatch,
  UserProfile,
  UserSettings,
  UserSettingsPatch,
} from '../../wire/users.ts';
import { type Deleted, withPolicies } from '../identity-deletion.ts';
import type { JsonApp, RequestHead } from '../json-app.ts';
import { actorOf, callerOf } from '../json-request.ts';
import type { ActionNeeds } from '../needs.ts';
import { linkTo } from '../pages.ts';
import { unchanged } from '../word-for-word.ts';
import { changeMember, isSwitchedOn } from './changes.ts';
import { givenPolicies, refuseMany, toGiveInvited } from './invited-policies.ts';
import { filterOf, realmOf } from './search.ts';

export interface UserParts {
  readonly identity: Identity;
  readonly access: Access;
  readonly externalUrl: string;
}

const AccountId = Type.Object({ account: Type.String({ maxLength: 100 }) });
const MemberId = Type.Object({
  account: Type.String({ maxLength: 100 }),
  iam_id: Type.String({ maxLength: 100 }),
});
const ListQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  _start: Type.Optional(Type.String({ maxLength: 200 })),
  search: Type.Optional(
    Type.String({
      maxLength: 1000,
      description: 'Terms like state:PENDING,email:example.com; a member that fits one of them is listed',
    }),
  ),
  user_id: Type.Optional(Type.String({ maxLength: 254, description: 'The name the member logs in with' })),
  include_settings: Type.Optional(Type.Boolean()),
});

const TAGS = ['users'];

/** A member named in the path; one that is not there, or not for the caller to see, is the same 404. */
const onMember = ({ users }: Identity, action: Action): ActionNeeds => ({
  action,
  hide: true,
  on: async (request): Promise<Resource | undefined> => {
    const { account, iam_id: iamId } = request.params as { account: string; iam_id: string };
    const member = await users.find(account, iamId);
    return member && { accountId: account, owner: iamId, entity: { type: 'user', id: iamId } };
  },
});

const onAccount = (action: Action): ActionNeeds => ({
  action,
  on: ({ params }) => ({ accountId: accountOfPath(params) }),
});

const memberNamed = ({ params }: RequestHead): Deleted => {
  const { account: accountId, iam_id: iamId } = params as { account: string; iam_id: string };
  return { accountId, iamId };
};

const accountOfPath = (params: unknown): string => (params as { account: string }).account;

/** /v2/accounts/{account}/users. */
export const userRoutes = (app: JsonApp, parts: UserParts): void => {
  const { identity, access, externalUrl } = parts;
  const { users, invitations } = identity;

  app.get(
    '/v2/accounts/:account/users',
    {
      schema: {
        summary: 'The members of an account',
        tags: TAGS,
        params: AccountId,
        querystring: ListQuery,
        response: { 200: UserList },
      },
      config: { needs: onAccount('user-management.user.list') },
    },
    async (request) => {
      const { account } = request.params;
      const { limit = 100, _start: from = '', include_settings: withSettings, ...asked } = request.query;
      const fits = filterOf(asked);
      const page = { accountId: account, from, limit };
      const { members, next, total } = await (fits ? users.search(page, fits) : users.list(page));
      const query = { ...asked, include_settings: withSettings, limit };
      const link = (start?: string): string =>
        linkTo(`${externalUrl}/v2/accounts/${account}/users`, { ...query, _start: start });
      return {
        total_results: total,
        limit,
        first_url: link(),
        ...(next === undefined ? {} : { next_url: link(next) }),
        resources: members.map((member) => ({
          ...wireMember(member),
          ...(withSettings ? { settings: SETTINGS } : {}),
        })),
      };
    },
  );

  app.post(
    '/v2/accounts/:account/users',
    {
      validatorCompiler: unchanged,
      schema: {
        summary: 'Invite users; the answer is the only place the codes are shown',
        tags: TAGS,
        params: AccountId,
        body: UserInvite,
        response: { 202: InvitedUsers },
      },
      config: {
        needs: {
          ...onAccount('user-management.user.invite'),
          onBody: [
            {
              ...onAccount('user-management.user.invite'),
              // a code gives all that the groups reach, and all that an invitation that is renewed holds already
              reaching: async ({ body, params }) => {
                const { users: given, access_groups: groups = [] } = body as Static<typeof UserInvite>;
                return [
                  ...groups,
                  ...(await invitations.pending(
                    accountOfPath(params),
                    given.map(({ email }) => email),
                  )),
                ];
              },
            },
            toGiveInvited,
          ],
        },
      },
    },
    async (request, reply) => {
      const { users: given, iam_policy: documents = [], access_groups: groups = [] } = request.body;
      const { account: accountId } = request.params;
      refuseMany(request.body);
      const emails = given.map(({ email }) => email);
      const asked = { accountId, emails, groups, policies: givenPolicies(documents), by: callerOf(request) };
      const invited = await invitations.create(asked, actorOf(request));
      reply.code(202).header('Cache-Control', 'no-store');
      return {
        resources: invited.map(({ email, id, code, expiresAt }) => ({
          email,
          id,
          state: 'PENDING',
          invitation_code: code,
          expires_at: new Date(expiresAt).toISOString(),
        })),
      };
    },
  );

  app.get(
    '/v2/accounts/:account/users/:iam_id',
    {
      schema: { summary: 'A member', tags: TAGS, params: MemberId, response: { 200: UserProfile } },
      config: { needs: onMember(identity, 'user-management.user.get') },
    },
    async ({ params }) => {
      const member = await memberOf(identity, params);
      const account = await identity.accounts.find(member.accountId);
      return { ...wireMember(member), is_owner: account?.ownerIamId === member.iamId };
    },
  );

  app.patch(
    '/v2/accounts/:account/users/:iam_id',
    {
      schema: {
        summary: 'Change your own names, or switch a member off and on',
        tags: TAGS,
        params: MemberId,
        body: UserPatch,
        response: { 204: Type.Null() },
      },
      config: {
        needs: {
          ...onMember(identity, 'user-management.user.update'),
          onBody: [
            {
              ...onMember(identity, 'user-management.user.update'),
              // switching on gives back all the member reaches
              when: (request) => isSwitchedOn(request, identity),
              reaching: ({ params }) => [(params as { iam_id: string }).iam_id],
            },
          ],
        },
      },
    },
    async (request, reply) => {
      await changeMember(request, await memberOf(identity, request.params), request.body, identity);
      reply.code(204);
    },
  );

  app.delete(
    '/v2/accounts/:account/users/:iam_id',
    {
      schema: {
        summary: 'Remove a member with keys, sessions, policies and group memberships in the account',
        tags: TAGS,
        params: MemberId,
        response: { 204: Type.Null() },
      },
      config: {
        needs: {
          ...onMember(identity, 'user-management.user.remove'),
          and: [withPolicies(access, memberNamed)],
        },
      },
    },
    async (request, reply) => {
      const { account, iam_id: iamId } = request.params;
      await users.remove(account, iamId, actorOf(request));
      reply.code(204);
    },
  );

  app.get(
    '/v2/accounts/:account/users/:iam_id/settings',
    {
      schema: {
        summary: "A member's settings",
        tags: TAGS,
        params: MemberId,
        response: { 200: UserSettings },
      },
      config: { needs: onMember(identity, 'user-management.user.get') },
    },
    async () => SETTINGS,
  );

  app.patch(
    '/v2/accounts/:account/users/:iam_id/settings',
    {
      schema: {
        summary: "Change a member's settings; none can have another value here yet",
        tags: TAGS,
        params: MemberId,
        body: UserSettingsPatch,
        response: { 204: Type.Null() },
      },
      config: { needs: onMember(identity, 'user-management.user.update') },
    },
    async ({ body }, reply) => {
      const settings: Record<string, unknown> = SETTINGS;
      const other = Object.entries(body).find(([key, value]) => settings[key] !== value);
      if (other)
        throw new RegistryError('BAD_REQUEST', {
          message: `${other[0]} cannot be changed for one user here; addresses are limited for the whole account, in its settings.`,
        });
      reply.code(204);
    },
  );
};

/** The same for every user. A limit that is not enforced must not be accepted. */
const SETTINGS = {
  language: 'en-us',
  notification_language: 'en-us',
  allowed_ip_addresses: '',
  self_manage: true,
};

const memberOf = async (
  { users }: Identity,
  { account, iam_id: iamId }: { account: string; iam_id: string },
): Promise<Member> => {
  const member = await users.find(account, iamId);
  if (!member) throw new RegistryError('NOT_FOUND');
  return member;
};

const wireMember = (member: Member): UserProfile => ({
  id: member.iamId,
  iam_id: member.iamId,
  realm: realmOf(member.iamId),
  user_id: member.userName,
  firstname: member.firstName,
  lastname: member.lastName,
  state: member.state,
  email: member.email,
  account_id: member.accountId,
  added_on: new Date(member.addedAt).toISOString(),
});

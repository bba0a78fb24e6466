import { type Static, Type } from 'typebox';
import { RegistryError } from '../../errors.ts';
import type { Accepting, Invitation } from '../../identity/room.ts';
import { UserInfo } from '../../wire/tokens.ts';
import { Accepted, InvitationAccept, PasswordChange } from '../../wire/users.ts';
import { parseBearer } from '../basic-auth.ts';
import type { JsonApp } from '../json-app.ts';
import { accountOf, actorOf } from '../json-request.ts';
import { networkOf } from '../network.ts';
import type { Request } from '../request.ts';
import type { IdentityParts } from './parts.ts';

/** What people do about their own login: user info, the password, accepting an invitation. */
export const peopleRoutes = (app: JsonApp, parts: IdentityParts): void => {
  const { guard } = parts;
  const { users, invitations, passwords, identityTokens, credentials } = parts.identity;

  app.get(
    '/identity/userinfo',
    {
      schema: { summary: 'Whose the access token is', tags: ['iam'], response: { 200: UserInfo } },
      config: { needs: 'signed-in' },
    },
    async ({ credential: { principal } }) => {
      const { identity, sub, subType, name, givenName, familyName, email } =
        await identityTokens.subject(principal);
      return {
        iam_id: identity.iamId,
        sub,
        name,
        ...(subType === undefined ? {} : { sub_type: subType }),
        ...(givenName === undefined ? {} : { given_name: givenName }),
        ...(familyName === undefined ? {} : { family_name: familyName }),
        ...(email === undefined ? {} : { email }),
        account: { bss: identity.accountId },
      };
    },
  );

  app.put(
    '/v1/users/me/password',
    {
      schema: {
        summary: 'Set your own password; whatever came by the old one ends',
        tags: ['iam'],
        body: PasswordChange,
        response: { 204: Type.Null() },
      },
      config: { needs: 'signed-in' },
    },
    async (request, reply) => {
      const { principal } = request.credential;
      const user = principal.kind === 'user' ? await users.user(principal.iamId) : undefined;
      if (!user)
        throw new RegistryError('DENIED', {
          message: 'Only users have passwords; a service ID or trusted profile has none.',
        });
      const { old_password: before, password: after } = request.body;
      await guard.password(request.raw, `password-change ${user.userName}`, before ?? '', ({ network }) =>
        passwords.change(user, accountOf(request), { before, after, network }, actorOf(request)),
      );
      reply.code(204);
    },
  );

  app.post(
    '/v1/invitations/accept',
    {
      schema: {
        summary: 'Accept an invitation to an account with its code',
        tags: ['iam'],
        body: InvitationAccept,
        response: { 200: Accepted },
      },
      config: { needs: 'anyone' },
      bodyLimit: 16 << 10,
    },
    async (request) => {
      const { body, raw, headers } = request;
      const token = parseBearer(headers.authorization);
      raw.credential = token === undefined ? undefined : await credentials.accessToken(token);
      if (!raw.credential && body.password === undefined) throw new RegistryError('FIELD_MISSING', NO_PROOF);
      const invitation = await guard.guess(raw, 'invitation', body.code, () => invitations.find(body.code));
      const accepting = raw.credential
        ? await invitations.signedIn(invitation, raw.credential.principal)
        : await loginOf(raw, invitation, body, parts);
      const iamId = await invitations.accept(invitation, accepting, actorOf(request));
      const login = 'iamId' in accepting ? 'known' : 'new';
      return { account_id: invitation.accountId, iam_id: iamId, state: 'ACTIVE', login };
    },
  );
};

const NO_PROOF = {
  message:
    'Property missing or empty: password. Send the password of your login here, or one for a new login, or the access token of your login.',
};

/**
 * The login with the invitation's address that has this password; a new one where none has. Both answers are the same
 * until the invitation is accepted, so that its code is no way to learn who has a login. A wrong password counts as a guess.
 */
const loginOf = async (
  request: Request,
  invitation: Invitation,
  { password = '', first_name: firstName = '', last_name: lastName = '' }: Static<typeof InvitationAccept>,
  { guard, identity: { invitations } }: IdentityParts,
): Promise<Accepting> => {
  try {
    return await guard.password(request, `password-grant ${invitation.email}`, password, (given) =>
      invitations.withPassword(invitation, given),
    );
  } catch (error) {
    if (!(error instanceof RegistryError) || error.code !== 'PASSWORD_INVALID') throw error;
    return { password, network: networkOf(request.address), firstName, lastName };
  }
};

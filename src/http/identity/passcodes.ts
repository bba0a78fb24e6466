import { Type } from 'typebox';
import { RegistryError } from '../../errors.ts';
import type { Credential } from '../../identity/room.ts';
import { GRANT_REFRESH, Passcode } from '../../wire/tokens.ts';
import { parseBearer } from '../basic-auth.ts';
import type { Bodies } from '../bodies.ts';
import { PASSCODE_PAGE } from '../console-addresses.ts';
import { acceptFormsToo } from '../form.ts';
import type { JsonApp, JsonRequest } from '../json-app.ts';
import { actorOf } from '../json-request.ts';
import { clientOf, publicClientOf } from './clients.ts';
import { required } from './grants.ts';
import type { IdentityParts } from './parts.ts';

/** /identity/passcode: from one login to another of the same user. */
export const passcodeRoutes = (app: JsonApp, parts: IdentityParts, bodies: Bodies): void => {
  acceptFormsToo(app, bodies);
  const { codes } = parts.identity;

  app.post(
    '/identity/passcode',
    {
      schema: {
        summary:
          'A one-time passcode for another login of the same user, by an access token or (form) a refresh token',
        tags: ['iam'],
        response: { 201: Passcode },
      },
      config: { needs: 'anyone' },
    },
    async (request, reply) => {
      const credential = await loginOf(request, parts);
      request.raw.credential = credential;
      const { code, expiresAt } = await codes.passcode(credential, actorOf(request));
      reply.code(201).header('Cache-Control', 'no-store');
      return { passcode: code, expires_at: new Date(expiresAt).toISOString() };
    },
  );

  app.get(
    '/identity/passcode',
    {
      schema: {
        summary: 'How to get a passcode',
        tags: ['iam'],
        response: { 200: Type.Object({ message: Type.String() }) },
      },
      config: { needs: 'anyone' },
    },
    async (request, reply) => {
      reply.header('Vary', 'Accept');
      // IBM's clients send people here
      if (request.headers.accept?.includes('text/html')) return reply.redirect(PASSCODE_PAGE);
      return {
        message: `Where you are logged in, send POST ${parts.externalUrl}/identity/passcode with your access token; the passcode in the answer works once, for five minutes.`,
      };
    },
  );
};

/** An access token, or as IBM's clients do it: the refresh token in a form, and the client it was issued to. */
const loginOf = async (
  { body, headers, raw }: JsonRequest,
  { identity: { credentials }, guard }: IdentityParts,
): Promise<Credential> => {
  const token = parseBearer(headers.authorization);
  if (token !== undefined) return credentials.accessToken(token);
  if (!(body instanceof URLSearchParams))
    throw new RegistryError('UNAUTHORIZED', {
      message:
        'Send an access token (Authorization: Bearer …), or your refresh token in a form with the client it was issued to.',
    });
  const clientId = clientOf(headers.authorization) ?? publicClientOf(body);
  if (required(body, 'grant_type') !== GRANT_REFRESH)
    throw new RegistryError('BAD_REQUEST', { message: `Property grant_type must be ${GRANT_REFRESH}.` });
  const refreshToken = required(body, 'refresh_token');
  const login = await guard.attempt(raw, 'refresh-grant', refreshToken, () =>
    credentials.refreshToken(refreshToken),
  );
  if (login.clientId !== clientId) throw new RegistryError('CLIENT_MISMATCH');
  return login;
};

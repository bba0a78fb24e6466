import type { IssuedTokens } from '../../identity/room.ts';
import { isIdentity } from '../../principal.ts';
import { GRANT_TOKEN_EXCHANGE, type Introspection, TOKEN_TYPE_ACCESS } from '../../wire/tokens.ts';
import type { Bodies } from '../bodies.ts';
import { acceptForms } from '../form.ts';
import type { JsonApp } from '../json-app.ts';
import { accountOf } from '../json-request.ts';
import { clientOf, publicClientOf } from './clients.ts';
import { exchange, GRANT_TYPES, required } from './grants.ts';
import type { IdentityParts } from './parts.ts';

/** POST /identity/token and /identity/introspect, the published keys and the discovery document. */
export const identityTokenRoutes = (app: JsonApp, parts: IdentityParts, bodies: Bodies): void => {
  acceptForms(app, bodies);
  const { externalUrl } = parts;
  const { signingKeys } = parts.identity;

  app.post(
    '/identity/token',
    {
      schema: { summary: 'Access token by grant type (form)', tags: ['iam'] },
      config: { needs: 'anyone' },
    },
    async ({ raw: request, body, headers }, reply) => {
      const form = formOf(body);
      const clientId = clientOf(headers.authorization) ?? publicClientOf(form);
      const { issued, credential } = await exchange({ request, form, clientId }, parts);
      request.credential = credential;
      reply.header('Cache-Control', 'no-store');
      const isExchange = form.get('grant_type') === GRANT_TOKEN_EXCHANGE;
      return { ...answerOf(issued), ...(isExchange ? { issued_token_type: TOKEN_TYPE_ACCESS } : {}) };
    },
  );

  app.post(
    '/identity/introspect',
    {
      schema: { summary: 'Whether a token of the own account is alive now (form, RFC 7662)', tags: ['iam'] },
      config: { needs: 'signed-in' },
    },
    async (request, reply) => {
      reply.header('Cache-Control', 'no-store');
      return introspect(required(formOf(request.body), 'token'), accountOf(request), parts);
    },
  );

  app.get(
    '/identity/keys',
    {
      schema: { summary: 'Public keys of access tokens (JWKS)', tags: ['iam'] },
      config: { needs: 'anyone' },
    },
    async () => ({
      keys: await signingKeys.published(),
    }),
  );

  app.get(
    '/identity/.well-known/openid-configuration',
    { schema: { summary: 'Discovery document', tags: ['iam'] }, config: { needs: 'anyone' } },
    async () => ({
      issuer: `${externalUrl}/identity`,
      authorization_endpoint: `${externalUrl}/identity/authorize`,
      device_authorization_endpoint: `${externalUrl}/identity/device_authorization`,
      token_endpoint: `${externalUrl}/identity/token`,
      passcode_endpoint: `${externalUrl}/identity/passcode`,
      userinfo_endpoint: `${externalUrl}/identity/userinfo`,
      introspection_endpoint: `${externalUrl}/identity/introspect`,
      jwks_uri: `${externalUrl}/identity/keys`,
      response_types_supported: ['code', 'token', 'cloud_iam'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      grant_types_supported: GRANT_TYPES,
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'none'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      scopes_supported: ['ibm', 'openid'],
      claims_supported: ['iss', 'exp', 'iat', 'sub', 'iam_id', 'account', 'authn', 'name', 'email'],
    }),
  );
};

/** What stands in place of a refresh token for a client that gets none. */
const NO_REFRESH_TOKEN = 'not_supported';

/** IBM's answer. */
const answerOf = ({ accessToken, expiration, expiresIn, refreshToken, sessionId }: IssuedTokens) => ({
  access_token: accessToken,
  refresh_token: refreshToken ?? NO_REFRESH_TOKEN,
  token_type: 'Bearer',
  expires_in: expiresIn,
  expiration,
  scope: 'ibm openid',
  ...(sessionId === undefined ? {} : { session_id: sessionId }),
});

/** Tokens of other accounts are reported as inactive. */
const introspect = async (
  token: string,
  accountId: string,
  { identity: { credentials, identityTokens } }: IdentityParts,
): Promise<Introspection> => {
  const found = await credentials.inspect(token);
  if (!found || !isIdentity(found.principal) || found.principal.accountId !== accountId)
    return { active: false };
  const { sub, subType } = await identityTokens.subject(found.principal);
  return {
    active: true,
    token_type: found.kind === 'refresh-token' ? 'refresh_token' : 'access_token',
    iam_id: found.principal.iamId,
    sub,
    ...(subType === undefined ? {} : { sub_type: subType }),
    account: { bss: found.principal.accountId },
    ...(found.expiresAt === undefined ? {} : { exp: Math.floor(found.expiresAt / 1000) }),
  };
};

const formOf = (body: unknown): URLSearchParams =>
  body instanceof URLSearchParams ? body : new URLSearchParams();

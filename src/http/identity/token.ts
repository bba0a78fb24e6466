import type { FastifyInstance } from 'fastify';
import { RegistryError } from '../../errors.ts';
import type { IdentityTokens } from '../../identity/identity-tokens.ts';
import type { SigningKeys } from '../../identity/signing-keys.ts';
import { GRANT_APIKEY, GRANT_PASSWORD, GRANT_REFRESH } from '../../wire/tokens.ts';
import { parseBasic } from '../basic-auth.ts';
import { acceptForms } from '../form.ts';
import type { LoginGuard } from '../login-guard.ts';
import type { Request } from '../request.ts';

export interface IdentityTokenParts {
  readonly identityTokens: IdentityTokens;
  readonly signingKeys: SigningKeys;
  readonly guard: LoginGuard;
  /** Address clients use, without a slash at its end; the issuer is `<it>/identity`. */
  readonly externalUrl: string;
}

/** Client ids and the password each has, as public as IBM's: they name the program, they prove nothing. */
const CLIENTS: Record<string, string> = { bx: 'bx' };

/** POST /identity/token, the published keys and the discovery document (facts 3.1, 3.2). */
export const identityTokenRoutes = (app: FastifyInstance, parts: IdentityTokenParts): void => {
  acceptForms(app);
  const { signingKeys, externalUrl } = parts;

  app.post(
    '/identity/token',
    {
      schema: { summary: 'Access token by grant apikey or refresh_token (form)', tags: ['iam'] },
      config: { needs: 'anyone' },
    },
    async (request, reply) => {
      const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
      const { answer, credential } = await exchange(
        request.raw as Request,
        form,
        clientOf(request.headers.authorization),
        parts,
      );
      (request.raw as Request).credential = credential;
      reply.header('Cache-Control', 'no-store');
      return answer;
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
      token_endpoint: `${externalUrl}/identity/token`,
      jwks_uri: `${externalUrl}/identity/keys`,
      response_types_supported: ['token'],
      grant_types_supported: [GRANT_APIKEY, GRANT_REFRESH],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    }),
  );
};

const exchange = (
  request: Request,
  form: URLSearchParams,
  clientId: string | undefined,
  { identityTokens, guard }: IdentityTokenParts,
) => {
  const type = required(form, 'grant_type');
  const responseType = form.get('response_type');
  if (responseType !== null && responseType !== 'cloud_iam') {
    throw new RegistryError('BAD_REQUEST', { message: 'Property response_type must be cloud_iam.' });
  }
  if (type === GRANT_APIKEY) {
    const secret = required(form, 'apikey');
    return guard.attempt(request, 'apikey-grant', secret, () => identityTokens.fromApiKey(secret, clientId));
  }
  if (type === GRANT_REFRESH) {
    const token = required(form, 'refresh_token');
    return guard.attempt(request, 'refresh-grant', token, () =>
      identityTokens.fromRefreshToken(token, clientId),
    );
  }
  if (type === GRANT_PASSWORD) {
    throw new RegistryError('BAD_REQUEST', {
      message: 'Logging in with a password is not supported yet; use an API key.',
    });
  }
  throw new RegistryError('BAD_REQUEST', {
    message: `Property grant_type must be ${GRANT_APIKEY} or ${GRANT_REFRESH}.`,
  });
};

const required = (form: URLSearchParams, name: string): string => {
  const value = form.get(name);
  if (!value) throw new RegistryError('FIELD_MISSING', { message: `Property missing or empty: ${name}.` });
  return value;
};

/** The client a request names by Basic authorization; undefined for none. An unknown one is refused. */
const clientOf = (header: string | undefined): string | undefined => {
  if (header === undefined) return undefined;
  const basic = parseBasic(header);
  if (basic && CLIENTS[basic.userName] === basic.password) return basic.userName;
  throw new RegistryError('BAD_REQUEST', {
    message: 'The client id or its password is not known; the command line uses bx:bx.',
  });
};

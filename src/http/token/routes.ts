import { RegistryError } from '../../errors.ts';
import { ANONYMOUS_CREDENTIAL, type Credential, type Identity } from '../../identity/room.ts';
import type { Region } from '../../tenancy/room.ts';
import { type BasicCredentials, parseBasic } from '../basic-auth.ts';
import type { Bodies } from '../bodies.ts';
import { acceptForms } from '../form.ts';
import type { JsonApp, RequestHead } from '../json-app.ts';
import type { LoginGuard } from '../login-guard.ts';
import type { Origin } from '../origin.ts';
import type { Request } from '../request.ts';
import type { Grants } from './grants.ts';

export interface TokenParts {
  readonly identity: Identity;
  readonly guard: LoginGuard;
  readonly grants: Grants;
  readonly origin: Origin;
  /** Give docker an identity token at login. */
  readonly identityTokens: boolean;
}

type Query = Record<string, string | string[] | undefined>;

/** The docker token service: /oauth/token by GET with Basic and by POST with a form (distribution auth, token and oauth). */
export const tokenRoutes = (app: JsonApp, parts: TokenParts, bodies: Bodies): void => {
  acceptForms(app, bodies);
  app.addHook('onSend', async ({ raw }, reply) => {
    // RFC 9110 11.6.1: a 401 says how to log in; never Bearer here, since this is where bearers come from
    if (reply.statusCode === 401)
      reply.header('WWW-Authenticate', `Basic realm="${parts.origin.base(raw)}/oauth/token"`);
  });

  app.get(
    '/oauth/token',
    {
      schema: { summary: 'Docker bearer for Basic credentials and scopes', tags: ['token'] },
      config: { needs: 'anyone' },
    },
    async (request, reply) => {
      const asking = askingOf(request, parts.origin);
      const query = request.query as Query;
      const header = request.headers.authorization;
      const basic = parseBasic(header);
      if (header !== undefined && !basic)
        throw new RegistryError('CREDENTIAL_INVALID', { reason: 'the Authorization header is not Basic' });
      const credential = basic ? await login(asking, basic, parts) : ANONYMOUS_CREDENTIAL;
      const answer = await answerOf(asking, credential, list(query.scope), parts);
      const offline = query.offline_token === 'true' ? await identityToken(credential, basic, parts) : {};
      reply.header('Cache-Control', 'no-store');
      return { ...answer, ...offline };
    },
  );

  app.post(
    '/oauth/token',
    {
      schema: { summary: 'Docker bearer by grant password or refresh_token (form)', tags: ['token'] },
      config: { needs: 'anyone' },
    },
    async (request, reply) => {
      const asking = askingOf(request, parts.origin);
      const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
      const basic = passwordOf(form);
      const credential = await (basic ? login(asking, basic, parts) : refresh(asking, form, parts));
      const answer = await answerOf(asking, credential, form.getAll('scope'), parts);
      const offline =
        form.get('access_type') === 'offline' ? await identityToken(credential, basic, parts) : {};
      reply.header('Cache-Control', 'no-store');
      return { ...answer, ...offline };
    },
  );
};

/** A token request, and the region it was sent to. */
interface Asking {
  readonly request: Request;
  readonly region: Region;
}

const login = (
  { request, region }: Asking,
  { userName, password }: BasicCredentials,
  { identity, guard }: TokenParts,
): Promise<Credential> =>
  guard.attempt(request, userName, password, () =>
    identity.credentials.login(userName, password, region.id, guard.arrival(request)),
  );

/** What the grant `password` brings; undefined for every other grant. */
const passwordOf = (form: URLSearchParams): BasicCredentials | undefined =>
  form.get('grant_type') === 'password'
    ? { userName: form.get('username') ?? '', password: form.get('password') ?? '' }
    : undefined;

const refresh = ({ request }: Asking, form: URLSearchParams, parts: TokenParts): Promise<Credential> => {
  if (form.get('grant_type') !== 'refresh_token')
    throw new RegistryError('BAD_REQUEST', { message: 'grant_type must be password or refresh_token' });
  const token = form.get('refresh_token') ?? '';
  return parts.guard.attempt(request, 'refresh-grant', token, () =>
    parts.identity.credentials.refreshToken(token),
  );
};

const answerOf = async (
  { request, region }: Asking,
  credential: Credential,
  scopes: string[],
  { grants }: TokenParts,
): Promise<object> => {
  request.credential = credential.principal.kind === 'anonymous' ? undefined : credential;
  return grants.answer(credential, region, scopes);
};

/**
 * In place of a build's token always: docker would keep that on the disk. In place of an API key where the operator wants it.
 * It never outlives what it came from. A refresh grant brings none: its client keeps the one it has.
 */
const identityToken = async (
  credential: Credential,
  basic: BasicCredentials | undefined,
  { identityTokens, identity: { credentials, refreshTokens } }: TokenParts,
): Promise<object> => {
  const sessionToken = credentials.sessionToken(credential);
  if (sessionToken !== undefined) return { refresh_token: sessionToken };
  const { principal, chain } = credential;
  const key = chain.find(({ kind }) => kind === 'api-key');
  if (!identityTokens || basic?.userName !== 'iamapikey' || !key) return {};
  if (principal.kind !== 'user' && principal.kind !== 'service-id') return {};
  const holder = { kind: principal.kind, iamId: principal.iamId, accountId: principal.accountId };
  const { refreshToken } = await refreshTokens.issue({ identity: holder, clientId: 'docker', chain });
  return { refresh_token: refreshToken };
};

const askingOf = ({ raw }: RequestHead, origin: Origin): Asking => {
  const request = raw;
  const region = origin.region(request);
  if (!region) throw new RegistryError('NAME_UNKNOWN', { message: 'no region answers on this host name' });
  return { request, region };
};

const list = (value: string | string[] | undefined): string[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

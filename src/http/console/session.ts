import { Type } from 'typebox';
import { RegistryError } from '../../errors.ts';
import {
  type Asked,
  CONSOLE_CLIENT,
  type Credential,
  type Exchanged,
  loginName,
  type RefreshCredential,
} from '../../identity/room.ts';
import {
  ConsoleSession,
  ConsoleSignIn,
  ConsoleToken,
  ConsoleTokenRequest,
} from '../../wire/console-session.ts';
import { GRANT_APIKEY, GRANT_PASSCODE, GRANT_PASSWORD, GRANT_REFRESH } from '../../wire/tokens.ts';
import type { JsonApp, JsonReply, JsonRequest } from '../json-app.ts';
import { actorOf, isBackground } from '../json-request.ts';
import type { BrowserParts, BrowserSessions } from './session-cookie.ts';

export interface ConsoleSessionParts extends BrowserParts {
  readonly browsers: BrowserSessions;
}

/** Seconds of an access token: pages keep it in memory, and get the next one with the cookie. */
const TOKEN_LIFE = 900;
/** Accounts of one person that are listed. */
const MOST_ACCOUNTS = 200;
const BODY_LIMIT = 16 << 10;

/** /console/session: signing in with a secret, the access tokens of the pages, signing out. Beside it, only the pages without a script read the cookie. */
export const sessionRoutes = (app: JsonApp, parts: ConsoleSessionParts): void => {
  const { browsers, identity } = parts;

  app.get(
    '/console/session',
    {
      schema: {
        summary: 'Who is signed in in this browser, and where people sign in',
        tags: ['console'],
        response: { 200: ConsoleSession },
      },
      config: { needs: 'anyone' },
    },
    async (request, reply) => {
      reply.header('Cache-Control', 'no-store');
      const credential = await browsers.signedIn(request);
      request.raw.credential = credential;
      return describe(credential, parts);
    },
  );

  app.post(
    '/console/session',
    {
      schema: {
        summary: 'Sign in with an API key, a password or a one-time code: answers with a cookie',
        tags: ['console'],
        body: ConsoleSignIn,
        response: { 200: ConsoleSession },
      },
      config: { needs: 'anyone' },
      bodyLimit: BODY_LIMIT,
    },
    async (request, reply) => {
      browsers.refuseForeign(request);
      reply.header('Cache-Control', 'no-store');
      const before = await browsers.signedIn(request);
      const { issued, credential } = await signIn(request, request.body, parts);
      request.raw.credential = credential;
      if (before?.sessionId) await endSession(before.sessionId, request, parts);
      const token = issued.refreshToken ?? '';
      browsers.setSession(request, reply, token);
      return describe(await identity.credentials.refreshToken(token, { clientId: CONSOLE_CLIENT }), parts);
    },
  );

  app.post(
    '/console/session/token',
    {
      schema: {
        summary: 'An access token of this session, for the account that is chosen',
        tags: ['console'],
        body: ConsoleTokenRequest,
        response: { 200: ConsoleToken },
      },
      config: { needs: 'anyone' },
      bodyLimit: BODY_LIMIT,
    },
    async (request, reply) => {
      browsers.refuseForeign(request);
      reply.header('Cache-Control', 'no-store');
      const { issued, credential } = await token(request, reply, parts);
      request.raw.credential = credential;
      if (issued.refreshToken !== undefined && issued.refreshToken !== browsers.token(request))
        browsers.setSession(request, reply, issued.refreshToken);
      return {
        access_token: issued.accessToken,
        expires_in: issued.expiresIn,
        account: accountIn(credential),
      };
    },
  );

  app.delete(
    '/console/session',
    {
      schema: {
        summary: 'Sign out: ends the session and all that came from it, but not the one at the provider',
        tags: ['console'],
        response: { 204: Type.Null() },
      },
      config: { needs: 'anyone' },
    },
    async (request, reply) => {
      browsers.refuseForeign(request);
      const credential = await browsers.signedIn(request);
      request.raw.credential = credential;
      if (credential?.sessionId) await endSession(credential.sessionId, request, parts);
      if (browsers.token(request) !== undefined) browsers.clearSession(request, reply);
      reply.code(204);
    },
  );
};

const accountIn = ({ principal }: Credential): string =>
  'accountId' in principal ? principal.accountId : '';

const describe = async (
  credential: RefreshCredential | undefined,
  { identity }: ConsoleSessionParts,
): Promise<ConsoleSession> => {
  const choices = await identity.providers.choices();
  const providers = choices.map((choice) => ({
    ...choice,
    sign_in: `/console/session/sign-in/${choice.name}`,
  }));
  if (credential?.principal.kind !== 'user') return { signed_in: false, providers };
  const { principal, sessionId } = credential;
  const { name, email = '' } = await identity.identityTokens.subject(principal);
  const ids = identity.credentials.canSwitch(credential)
    ? (await identity.users.accountsOf(principal.iamId)).slice(0, MOST_ACCOUNTS)
    : [principal.accountId];
  const accounts = await Promise.all(ids.map((id) => named(id, identity)));
  return {
    signed_in: true,
    providers,
    user: { iam_id: principal.iamId, name, email },
    account: await named(principal.accountId, identity),
    accounts,
    ...(sessionId === undefined ? {} : { session_id: sessionId }),
  };
};

const named = async (
  id: string,
  { accounts, first }: ConsoleSessionParts['identity'],
): Promise<NonNullable<ConsoleSession['account']>> => ({
  id,
  name: (await accounts.find(id))?.name ?? id,
  ...(id === first.account.id ? { operates: true } : {}),
});

/** Exactly one secret. Throws FIELD_MISSING, and what the secret's grant throws. */
const signIn = async (
  { raw }: JsonRequest,
  { apikey, user_name: userName, password, passcode, account }: ConsoleSignIn,
  { identity: { identityTokens }, guard }: ConsoleSessionParts,
): Promise<Exchanged> => {
  const asked = (grantType: string): Asked => ({
    ...guard.arrival(raw),
    grantType,
    clientId: CONSOLE_CLIENT,
    admit: async (credential) => {
      refuseOthers(credential);
      await guard.admit(raw, credential);
    },
  });
  const given = [apikey, password, passcode].filter((secret) => secret !== undefined);
  if (given.length === 1 && apikey !== undefined)
    return guard.attempt(raw, 'apikey-grant', apikey, () =>
      identityTokens.fromApiKey(apikey, asked(GRANT_APIKEY), raw.actor),
    );
  if (given.length === 1 && passcode !== undefined)
    return guard.attempt(raw, 'passcode-grant', passcode, () =>
      identityTokens.fromPasscode(passcode, asked(GRANT_PASSCODE)),
    );
  if (given.length === 1 && password !== undefined && userName !== undefined)
    return guard.password(raw, `password-grant ${loginName(userName)}`, password, (secret) =>
      identityTokens.fromPassword({ userName, account, ...secret }, asked(GRANT_PASSWORD)),
    );
  throw new RegistryError('FIELD_MISSING', {
    message: 'Send exactly one of apikey, user_name with password, and passcode.',
  });
};

/** Before anything is written: people sign in, programs use their keys. */
const refuseOthers = ({ principal }: Credential): void => {
  if (principal.kind === 'user') return;
  throw new RegistryError('DENIED', {
    message:
      'This is a key of a service ID. People sign in here: use your own API key. A service ID uses its key with docker login or tidegate login.',
  });
};

/** A cookie that is worth nothing any more is taken away. */
const token = async (
  request: JsonRequest,
  reply: JsonReply,
  { browsers, guard, identity }: ConsoleSessionParts,
): Promise<Exchanged> => {
  const cookie = browsers.token(request);
  if (cookie === undefined) throw new RegistryError('SESSION_INACTIVE');
  const { account } = (request.body ?? {}) as ConsoleTokenRequest;
  try {
    return await identity.identityTokens.fromRefreshToken(cookie, account, {
      ...guard.arrival(request.raw),
      grantType: GRANT_REFRESH,
      clientId: CONSOLE_CLIENT,
      lifetime: TOKEN_LIFE,
      isBackground: isBackground(request),
    });
  } catch (error) {
    const isOver =
      error instanceof RegistryError && error.status === 401 && error.code !== 'ACCOUNT_UNAUTHORIZED';
    if (isOver) browsers.clearSession(request, reply);
    throw error;
  }
};

/** It may have ended by itself meanwhile. */
const endSession = async (
  id: string,
  request: JsonRequest,
  { identity }: ConsoleSessionParts,
): Promise<void> => {
  try {
    await identity.sessions.end(id, actorOf(request));
  } catch (error) {
    if (!(error instanceof RegistryError) || error.code !== 'NOT_FOUND') throw error;
  }
};

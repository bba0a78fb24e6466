import { Type } from 'typebox';
import {
  entityIdOf,
  type FederatedSession,
  type Page,
  type Session as StoredSession,
} from '../../identity/room.ts';
import {
  SESSIONS_ON_PAGE,
  type Session,
  SessionList,
  SessionQuery,
  SessionState,
} from '../../wire/sessions.ts';
import type { JsonApp } from '../json-app.ts';
import { accountOf, actorOf, callerOf, idOf } from '../json-request.ts';
import { linkTo } from '../pages.ts';
import { EntityId } from './entities.ts';
import { formatIamDate } from './iam-date.ts';
import type { IdentityParts } from './parts.ts';

const tags = ['iam'];

/** /v1/sessions. Ending one is what the command line's logout does. */
export const sessionRoutes = (app: JsonApp, { identity: { sessions }, externalUrl }: IdentityParts): void => {
  app.get(
    '/v1/sessions',
    {
      schema: {
        summary: 'Sessions that are alive, the latest first: where an identity is logged in',
        tags,
        querystring: SessionQuery,
        response: { 200: SessionList },
      },
      config: {
        needs: {
          action: 'iam-identity.session.list',
          on: (request) => ({
            accountId: accountOf(request),
            owner: (request.query as { iam_id?: string }).iam_id ?? callerOf(request),
          }),
        },
      },
    },
    async (request) => {
      const { chain } = request.credential;
      const iamId = request.query.iam_id ?? callerOf(request);
      const profileId = entityIdOf(iamId);
      const { pagesize: size = SESSIONS_ON_PAGE, pagetoken: token } = request.query;
      const asked = { size, token: token || undefined };
      const { entities: found, next }: Page<Listed> = profileId.startsWith('Profile-')
        ? await sessions.listOfProfile(accountOf(request), profileId, asked)
        : await sessions.list(accountOf(request), iamId, asked);
      // a session that this one was made in stands before it
      const current = chain.findLast(({ kind }) => kind === 'session' || kind === 'federated-session')?.id;
      const address = `${externalUrl}${request.routeOptions.url}`;
      return {
        sessions: found.map((session) => wireSession(session, session.id === current)),
        ...(next === undefined ? {} : { next: linkTo(address, { ...request.query, pagetoken: next }) }),
      };
    },
  );

  app.patch(
    '/v1/sessions/:id/state',
    {
      schema: {
        summary: 'End a session: its refresh token and every token that came from it are refused',
        tags,
        params: EntityId,
        body: SessionState,
        response: { 204: Type.Null() },
      },
      config: {
        needs: {
          action: 'iam-identity.session.revoke',
          hide: true,
          on: async (request, { chain }) => {
            const session = await sessions.find(idOf(request));
            // a login that switched accounts logs out where it is: its session began in another
            const isHere = chain.some(
              ({ kind, id }) => (kind === 'session' || kind === 'federated-session') && id === session?.id,
            );
            const accountId = isHere ? accountOf(request) : session?.accountId;
            return session && accountId ? { accountId, owner: session.iamId } : undefined;
          },
        },
      },
    },
    async (request, reply) => {
      await sessions.end(request.params.id, actorOf(request));
      reply.code(204);
    },
  );
};

type Listed = StoredSession | FederatedSession;

const wireSession = (session: Listed, current: boolean): Session => ({
  id: session.id,
  iam_id: session.iamId,
  account_id: session.accountId,
  client_id: 'clientId' in session ? session.clientId : session.issuer,
  ...('machine' in session && session.machine !== undefined ? { machine_name: session.machine } : {}),
  created_at: formatIamDate(session.createdAt),
  expires_at: formatIamDate(session.expiresAt),
  last_active_at: formatIamDate('lastActiveAt' in session ? session.lastActiveAt : session.createdAt),
  state: 'active',
  current,
  ...('claims' in session ? { claims: session.claims } : {}),
});

import { Type } from 'typebox';
import type { Sessions, Session as StoredSession } from '../../identity/sessions/sessions.ts';
import { type Session, SessionList, SessionQuery, SessionState } from '../../wire/sessions.ts';
import type { JsonApp } from '../json-app.ts';
import { accountOf, actorOf, callerOf, idOf } from '../json-request.ts';
import { EntityId } from './entities.ts';
import { formatIamDate } from './iam-date.ts';

export interface SessionParts {
  readonly sessions: Sessions;
}

const tags = ['iam'];

/** /v1/sessions. Ending one is what the command line's logout does (facts 3.2). */
export const sessionRoutes = (app: JsonApp, { sessions }: SessionParts): void => {
  app.get(
    '/v1/sessions',
    {
      schema: {
        summary: 'Sessions that are alive: where an identity is logged in',
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
      const found = await sessions.list(accountOf(request), request.query.iam_id ?? callerOf(request));
      const current = chain.find(({ kind }) => kind === 'session')?.id;
      return { sessions: found.map((row) => wireSession(row, row.id === current)) };
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
            const isHere = chain.some(({ kind, id }) => kind === 'session' && id === session?.id);
            const accountId = isHere ? accountOf(request) : session?.account_id;
            return session && accountId ? { accountId, owner: session.iam_id } : undefined;
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

const wireSession = (row: StoredSession, current: boolean): Session => ({
  id: row.id,
  iam_id: row.iam_id,
  account_id: row.account_id,
  client_id: row.client_id,
  created_at: formatIamDate(row.created_at),
  expires_at: formatIamDate(row.expires_at),
  last_active_at: formatIamDate(row.last_active_at),
  state: 'active',
  current,
});

/** Sessions, /v1/sessions. Ending one is IBM's; listing them is Tidegate's own. */
import { type Static, Type } from 'typebox';
import { IamDate } from './iam-entities.ts';

export const Session = Type.Object({
  id: Type.String({ description: 'C-<uuid>; F-<uuid> of a workload' }),
  iam_id: Type.String(),
  account_id: Type.String(),
  client_id: Type.String({ description: 'The program that logged in; of a workload the name of its issuer' }),
  machine_name: Type.Optional(Type.String({ description: 'The machine it is on, as its client named it' })),
  created_at: IamDate,
  expires_at: IamDate,
  last_active_at: IamDate,
  state: Type.Literal('active'),
  current: Type.Boolean({ description: 'The session this request came in' }),
  claims: Type.Optional(
    Type.Record(Type.String(), Type.String(), {
      description: 'Of a workload: who it was, as its issuer said',
    }),
  ),
});
export type Session = Static<typeof Session>;

export const SessionList = Type.Object({
  sessions: Type.Array(Session, { description: 'The latest first' }),
  next: Type.Optional(
    Type.String({ description: 'The address of the next page; absent on the last one', maxLength: 8000 }),
  ),
});
export type SessionList = Static<typeof SessionList>;

/** On a page, where the query does not ask for fewer. */
export const SESSIONS_ON_PAGE = 200;

export const SessionQuery = Type.Object({
  iam_id: Type.Optional(Type.String({ maxLength: 256, description: "Whose; the caller's own" })),
  pagesize: Type.Optional(Type.Integer({ minimum: 1, maximum: SESSIONS_ON_PAGE })),
  pagetoken: Type.Optional(Type.String({ maxLength: 4000 })),
});

export const SessionState = Type.Object({ state: Type.Literal('invalid') });
export type SessionState = Static<typeof SessionState>;

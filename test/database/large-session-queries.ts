import type { Connection, Db, Tx } from '../../src/database/database.ts';
import { transaction } from '../../src/database/transaction.ts';
import * as federated from '../../src/identity/federated-sessions/rows.ts';
import * as sessions from '../../src/identity/sessions/rows.ts';

const inTx = (db: Db): Tx => transaction(db as Connection, []);

const account = { accountId: 'a', iamId: 'i' };

/** Queries of sessions and refresh tokens, of people and of workloads. */
export const SESSION_QUERIES: Readonly<Record<string, (db: Db) => Promise<unknown>>> = {
  'a session': (db) => sessions.findSession(db, 's'),
  'a refresh token': (db) => sessions.findRefreshToken(db, 'h'),
  'the sessions of a deleted key': (db) => sessions.deleteSessionsOfKey(inTx(db), 'k'),
  'the sessions of an identity': (db) =>
    sessions.sessionsOfIdentity(db, { ...account, after: { created_at: 1, id: 's' }, limit: 10 }),
  'the oldest sessions of an identity': (db) =>
    sessions.sessionsBehind(db, { ...account, keep: 5, limit: 10 }),
  'the oldest refresh tokens of an identity': (db) =>
    sessions.refreshTokensBehind(db, { ...account, keep: 5, limit: 10 }),
  'sessions that are over': (db) => sessions.expiredSessions(db, 1, 10),
  'refresh tokens that are over': (db) => sessions.expiredRefreshTokens(db, 1, 10),
  'a session that ends': (db) => sessions.deleteSession(inTx(db), 's'),
  'the sessions of a removed user': (db) => sessions.deleteSessionsOfIdentity(inTx(db), 'a', 'i'),
  'the session of a token': (db) => federated.findSessionOfToken(db, 'h', 'p'),
  'what there is of a token already': (db) =>
    federated.earlierSessions(db, { tokenHash: 'h', profileId: 'p', accountId: 'a' }),
  'the sessions of a profile': (db) =>
    federated.sessionsOfProfile(db, { profileId: 'p', after: { created_at: 1, id: 's' }, limit: 10 }),
  'the sessions of a token that is ended': (db) =>
    federated.endSessionsOfToken(inTx(db), { tokenHash: 'h', accountId: 'a', at: 1 }),
  'workload sessions that are over': (db) => federated.overdueFederatedSessions(db, 1, 10),
};

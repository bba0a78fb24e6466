import { sql } from 'kysely';
import type { Connection } from '../../src/database/database.ts';
import type { TestRegistry } from '../support/registry.ts';
import { openRows } from '../support/rows.ts';

/** Works on the rows of a registry, and lets go of them. */
export const withRows = async <Answer>(
  registry: TestRegistry,
  work: (db: Connection) => Promise<Answer>,
): Promise<Answer> => {
  const db = openRows(registry.database);
  try {
    return await work(db);
  } finally {
    await db.destroy();
  }
};

/** As many sessions as would take a person months: each a copy of one there is, a millisecond older than the next. */
export const plantSessions = (registry: TestRegistry, sessionId: string, count: number): Promise<unknown> =>
  withRows(registry, (db) =>
    sql`
      insert into sessions (id, account_id, iam_id, api_key_id, client_id, created_at, expires_at, last_active_at, chain)
      with recursive n(i) as (select 1 union all select i + 1 from n where i < ${sql.lit(count)})
      select 'C-planted-' || cast(i as text), account_id, iam_id, api_key_id, client_id, created_at - i, expires_at,
        last_active_at, chain
      from n, sessions where id = ${sessionId}`.execute(db),
  );

/** The same of refresh tokens: copies of those of an identity. */
export const plantRefreshTokens = (registry: TestRegistry, iamId: string, count: number): Promise<unknown> =>
  withRows(registry, (db) =>
    sql`
      insert into refresh_tokens (id, token_hash, account_id, iam_id, identity_kind, client_id, session_id, api_key_id,
        chain, created_at, expires_at)
      with recursive n(i) as (select 1 union all select i + 1 from n where i < ${sql.lit(count)})
      select 'planted-' || cast(i as text), 'planted-' || cast(i as text), account_id, iam_id, identity_kind, client_id,
        session_id, api_key_id, chain, created_at - i, expires_at
      from n, (select * from refresh_tokens where iam_id = ${iamId} limit 1) as one`.execute(db),
  );

/** How many sessions and refresh tokens there are, and the ids of the oldest of them. */
export const rowsOf = (registry: TestRegistry) =>
  withRows(registry, async (db) => {
    const of = async (table: 'sessions' | 'refresh_tokens') => {
      const rows = await db.selectFrom(table).select('id').orderBy('created_at').execute();
      return { count: rows.length, oldest: rows[0]?.id };
    };
    return { sessions: await of('sessions'), refreshTokens: await of('refresh_tokens') };
  });

import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { SessionRow } from '../../database/schema.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import type { Activity } from '../activity/activity.ts';
import type { AccountSettings } from '../settings/account-settings.ts';
import { expiredRefreshTokens, expiredSessions, findSession, sessionsOfIdentity } from './rows.ts';
import { endSession, removeExpiredSessions } from './writes.ts';

export type Session = SessionRow;

export interface SessionParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly activity: Activity;
  readonly settings: AccountSettings;
}

/** Sessions: what a person's login lasts in, on one client. Ending one ends every token that came from it. */
export class Sessions {
  readonly #parts: SessionParts;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  find(id: string): Promise<SessionRow | undefined> {
    return findSession(this.#parts.database.db, id);
  }

  /** Those of an identity that are alive, oldest first, each with its last use as far as this process knows. */
  async list(accountId: string, iamId: string): Promise<SessionRow[]> {
    const { database, clock, activity, settings } = this.#parts;
    const now = clock.now();
    const { sessionIdle } = await settings.of(accountId);
    const rows = await sessionsOfIdentity(database.db, accountId, iamId);
    return rows
      .map((row) => ({
        ...row,
        last_active_at: Math.max(row.last_active_at, activity.lastSessionUse(row.id) ?? 0),
      }))
      .filter((row) => row.expires_at > now && row.last_active_at + sessionIdle > now);
  }

  /** Throws NOT_FOUND. */
  async end(id: string, actor: Actor): Promise<void> {
    const { database, clock } = this.#parts;
    if (!(await database.write(endSession, { id, at: clock.now(), actor })))
      throw new RegistryError('NOT_FOUND');
  }

  /** Takes away what is over, `limit` sessions and as many refresh tokens at most; how many rows it took. */
  async expire(limit: number): Promise<number> {
    const { database, clock } = this.#parts;
    const now = clock.now();
    const sessionIds = await expiredSessions(database.db, now, limit);
    const refreshTokenIds = await expiredRefreshTokens(database.db, now, limit);
    const found = sessionIds.length + refreshTokenIds.length;
    if (found > 0) await database.write(removeExpiredSessions, { sessionIds, refreshTokenIds });
    return found;
  }
}

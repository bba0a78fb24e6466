import type { Clock } from '../clock.ts';
import { RegistryError } from '../errors.ts';
import type { Metadata } from '../metadata/database.ts';
import type { SessionRow } from '../metadata/schema.ts';
import {
  expiredRefreshTokens,
  expiredSessions,
  findSession,
  sessionsOfIdentity,
} from '../metadata/sessions.ts';
import type { Actor } from '../principal.ts';
import type { AccountSettings } from './account-settings.ts';
import type { Activity } from './activity.ts';
import { endSession, removeExpiredSessions } from './session-writes.ts';

export type Session = SessionRow;

export interface SessionParts {
  readonly metadata: Metadata;
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
    return findSession(this.#parts.metadata.db, id);
  }

  /** Those of an identity that are alive, oldest first, each with its last use as far as this process knows. */
  async list(accountId: string, iamId: string): Promise<SessionRow[]> {
    const { metadata, clock, activity, settings } = this.#parts;
    const now = clock.now();
    const { sessionIdle } = await settings.of(accountId);
    const rows = await sessionsOfIdentity(metadata.db, accountId, iamId);
    return rows
      .map((row) => ({
        ...row,
        last_active_at: Math.max(row.last_active_at, activity.lastSessionUse(row.id) ?? 0),
      }))
      .filter((row) => row.expires_at > now && row.last_active_at + sessionIdle > now);
  }

  /** Throws NOT_FOUND. */
  async end(id: string, actor: Actor): Promise<void> {
    const { metadata, clock } = this.#parts;
    if (!(await metadata.write(endSession, { id, at: clock.now(), actor })))
      throw new RegistryError('NOT_FOUND');
  }

  /** Takes away what is over, `limit` sessions and as many refresh tokens at most; how many rows it took. */
  async expire(limit: number): Promise<number> {
    const { metadata, clock } = this.#parts;
    const now = clock.now();
    const sessionIds = await expiredSessions(metadata.db, now, limit);
    const refreshTokenIds = await expiredRefreshTokens(metadata.db, now, limit);
    const found = sessionIds.length + refreshTokenIds.length;
    if (found > 0) await metadata.write(removeExpiredSessions, { sessionIds, refreshTokenIds });
    return found;
  }
}

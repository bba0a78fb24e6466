import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { SessionRow } from '../../database/schema.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import type { Activity } from '../activity/activity.ts';
import { apiKeysOfIdentity } from '../api-keys/rows.ts';
import { type LatestAsked, latestPage, type Page } from '../entity-pages.ts';
import type { FederatedSession } from '../federated-sessions/federated-session.ts';
import type { FederatedSessions } from '../federated-sessions/federated-sessions.ts';
import type { AccountSettings } from '../settings/account-settings.ts';
import { expiredRefreshTokens, expiredSessions, findSession, sessionsOfIdentity } from './rows.ts';
import { type Session, sessionOfRow } from './session.ts';
import { endSession, removeSessions } from './writes.ts';

/** Sessions: what a person's login lasts in, on one client. Ending one ends every token that came from it. */
export class Sessions {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #activity: Activity;
  readonly #settings: AccountSettings;
  readonly #federated: FederatedSessions;

  constructor(
    database: Database,
    clock: Clock,
    activity: Activity,
    settings: AccountSettings,
    federated: FederatedSessions,
  ) {
    this.#federated = federated;
    this.#database = database;
    this.#clock = clock;
    this.#activity = activity;
    this.#settings = settings;
  }

  /** A person's session, or a workload's. */
  async find(id: string): Promise<Session | FederatedSession | undefined> {
    const row = await findSession(this.#database.db, id);
    return row ? sessionOfRow(row) : this.#federated.find(id);
  }

  /** A page of those of a trusted profile that are alive, the latest first. Throws BAD_REQUEST. */
  listOfProfile(accountId: string, profileId: string, asked: LatestAsked): Promise<Page<FederatedSession>> {
    return this.#federated.list(accountId, profileId, asked);
  }

  /**
   * A page of those of an identity that are alive, the latest first, each with its last use as far as this process knows. Throws
   * BAD_REQUEST.
   */
  async list(accountId: string, iamId: string, asked: LatestAsked): Promise<Page<Session>> {
    const isAlive = await this.#living(accountId, iamId);
    return latestPage<SessionRow, Session>(
      asked,
      isAlive,
      (after, limit) => sessionsOfIdentity(this.#database.db, { accountId, iamId, after, limit }),
      (row) => ({ ...sessionOfRow(row), lastActiveAt: this.#lastUse(row) }),
    );
  }

  /** Tells the sessions of an identity that are alive. Rows of a key that is gone stay for a while, and nothing accepts them. */
  async #living(accountId: string, iamId: string): Promise<(row: SessionRow) => boolean> {
    const now = this.#clock.now();
    const { sessionIdle } = await this.#settings.of(accountId);
    const keys = await apiKeysOfIdentity(this.#database.db, accountId, iamId);
    const known = new Set<string | null>([null, ...keys.map(({ id }) => id)]);
    return (row) =>
      row.expires_at > now && this.#lastUse(row) + sessionIdle > now && known.has(row.api_key_id);
  }

  #lastUse({ id, last_active_at: written }: SessionRow): number {
    return Math.max(written, this.#activity.lastSessionUse(id) ?? 0);
  }

  /** Throws NOT_FOUND. */
  async end(id: string, actor: Actor): Promise<void> {
    const isEnded = await this.#database.write(endSession, { id, at: this.#clock.now(), actor });
    if (!isEnded && !(await this.#federated.end(id, actor))) throw new RegistryError('NOT_FOUND');
  }

  /** Removes what is over, `limit` sessions and as many refresh tokens at most; how many rows it removed. */
  async expire(limit: number): Promise<number> {
    const now = this.#clock.now();
    const sessionIds = await expiredSessions(this.#database.db, now, limit);
    const refreshTokenIds = await expiredRefreshTokens(this.#database.db, now, limit);
    const found = sessionIds.length + refreshTokenIds.length;
    if (found > 0) await this.#database.write(removeSessions, { sessionIds, refreshTokenIds });
    return found;
  }
}

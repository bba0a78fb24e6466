import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { FederatedSessionRow } from '../../database/federation-schema.ts';
import { LiveCache } from '../../database/live-cache.ts';
import type { Actor } from '../../principal.ts';
import { type LatestAsked, latestPage, type Page } from '../entity-pages.ts';
import { expiryFault } from '../login/expiry-fault.ts';
import { type FederatedSession, federatedSessionOfRow, rowOfFederatedSession } from './federated-session.ts';
import {
  findFederatedSession,
  findSessionOfToken,
  overdueFederatedSessions,
  sessionsOfProfile,
} from './rows.ts';
import { endFederatedSession, openFederatedSession, removeFederatedSessions } from './writes.ts';

const CACHED = 50_000;

/** Sessions of workloads. */
export class FederatedSessions {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #sessions: LiveCache<FederatedSession>;
  /** Ids by token and profile: a session never becomes another token's. */
  readonly #ids: LiveCache<{ id: string }>;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    this.#sessions = new LiveCache(database, ['federated-session'], CACHED);
    this.#ids = new LiveCache(database, [], CACHED);
  }

  find(id: string): Promise<FederatedSession | undefined> {
    return this.#sessions.get(id, async () => {
      const row = await findFederatedSession(this.#database.db, id);
      return row && federatedSessionOfRow(row);
    });
  }

  /** The session of a token as a profile, also one that is over. `kept`: only where this process has seen it already. */
  async ofToken(tokenHash: string, profileId: string, kept = false): Promise<FederatedSession | undefined> {
    const known = await this.#ids.get(`${tokenHash}/${profileId}`, async () => {
      const row = kept ? undefined : await findSessionOfToken(this.#database.db, tokenHash, profileId);
      return row && { id: row.id };
    });
    return known && this.find(known.id);
  }

  /** The same by the whole token, where this process has seen it. */
  async ofText(textHash: string, profileId: string): Promise<FederatedSession | undefined> {
    const known = await this.#ids.get(`${textHash}/${profileId}`, async () => undefined);
    return known && this.find(known.id);
  }

  /** The new session, or the one of the same token that is there; undefined where the token was ended. */
  async open(session: FederatedSession, actor: Actor): Promise<FederatedSession | undefined> {
    let opened: FederatedSession | undefined;
    // read through the caches, so that an end that arrives meanwhile is not missed
    const isNew = await this.#sessions.get(session.id, async () => {
      const row = rowOfFederatedSession(session);
      const found = await this.#database.write(openFederatedSession, { row, actor });
      opened = found === 'opened' ? session : found && federatedSessionOfRow(found);
      return found === 'opened' ? session : undefined;
    });
    if (isNew)
      for (const hash of [session.tokenHash, session.textHash])
        await this.#ids.get(`${hash}/${session.profileId}`, async () => ({ id: session.id }));
    return opened;
  }

  /** Why a session is over, or undefined. */
  async fault(id: string): Promise<string | undefined> {
    const session = await this.find(id);
    return session ? this.faultOf(session) : 'the session was ended';
  }

  faultOf({ endedAt, expiresAt }: FederatedSession): string | undefined {
    if (endedAt !== undefined) return 'the session was ended';
    return expiryFault('the session', expiresAt, this.#clock.now());
  }

  /** A page of those of a profile that are alive, the latest first. Throws BAD_REQUEST. */
  list(accountId: string, profileId: string, asked: LatestAsked): Promise<Page<FederatedSession>> {
    const now = this.#clock.now();
    return latestPage<FederatedSessionRow, FederatedSession>(
      asked,
      (row) => row.account_id === accountId && row.ended_at === null && row.expires_at > now,
      (after, limit) => sessionsOfProfile(this.#database.db, { profileId, after, limit }),
      federatedSessionOfRow,
    );
  }

  end(id: string, actor: Actor): Promise<boolean> {
    return this.#database.write(endFederatedSession, { id, at: this.#clock.now(), actor });
  }

  /** Removes what is over, `limit` at most; how many it removed. */
  async expire(limit: number): Promise<number> {
    const ids = await overdueFederatedSessions(this.#database.db, this.#clock.now(), limit);
    if (ids.length > 0) await this.#database.write(removeFederatedSessions, { ids });
    return ids.length;
  }
}

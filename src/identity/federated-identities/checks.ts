import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { randomText } from '../../ids.ts';
import type { Log } from '../../observe/log.ts';
import { systemActor } from '../../principal.ts';
import type { Failing, Issuers } from '../issuers/issuers.ts';
import type { MasterKey } from '../master-key.ts';
import { boundsOf, nextCheckAt } from './bounds.ts';
import { type FederatedIdentity, federatedIdentityOfRow } from './federated-identity.ts';
import { keptClaims } from './kept-claims.ts';
import type { Refresh, Refreshed } from './refresh.ts';
import { findFederatedIdentity, identitiesToCheck } from './rows.ts';
import { openRefreshToken, sealRefreshToken } from './sealed-token.ts';
import { endIdentity, keepRefreshToken, recordCheck, recordFailure, takeCheck } from './writes.ts';

const SECOND = 1000;
/** A check is one replica's that long; one that takes longer is given up. */
const LEASE = 60 * SECOND;
/** How long a request waits for a check that another replica makes, and how often it looks. */
const PATIENCE = 10 * SECOND;
const LOOK = 50;
/** After a provider did not answer, no one asks it again for so long. */
const PAUSE = 30 * SECOND;
/** A page of people whose time has come, and how many of them are asked about at once. */
const AT_ONCE = 8;

export interface CheckParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly masterKey: MasterKey;
  readonly issuers: Issuers;
  readonly refresh: Refresh;
  readonly log: Log;
}

/**
 * Asks providers whether a person is still there: once for a person on all replicas at a time, since a refresh token that is
 * used twice ends all that the provider gave.
 */
export class Checks {
  readonly #parts: CheckParts;
  readonly #running = new Map<string, Promise<FederatedIdentity | undefined>>();
  /** By issuer: a provider that did not answer, since when, and until when it is not asked again. */
  readonly #silent = new Map<
    string,
    { readonly since: number; readonly until: number; readonly reason: string }
  >();

  constructor(parts: CheckParts) {
    this.#parts = parts;
  }

  /** Of providers that did not answer the last time. */
  get failing(): readonly Failing[] {
    return [...this.#silent].map(([name, { since, reason }]) => ({ name, since, reason }));
  }

  /** What is known of a person after the check that `known` is too old for; undefined where it was unlinked meanwhile. */
  check(known: FederatedIdentity): Promise<FederatedIdentity | undefined> {
    const running = this.#running.get(known.id);
    if (running) return running;
    const check = this.#check(known).finally(() => this.#running.delete(known.id));
    this.#running.set(known.id, check);
    return check;
  }

  /** Checks those whose time has come, `limit` at most; how many there were. */
  async run(limit: number): Promise<number> {
    const { database, clock } = this.#parts;
    const due = (await identitiesToCheck(database.db, clock.now(), limit)).map(federatedIdentityOfRow);
    for (let from = 0; from < due.length; from += AT_ONCE)
      await Promise.all(due.slice(from, from + AT_ONCE).map((each) => this.check(each)));
    return due.length;
  }

  async #check(known: FederatedIdentity): Promise<FederatedIdentity | undefined> {
    const { database, clock } = this.#parts;
    const deadline = performance.now() + PATIENCE;
    for (;;) {
      const row = await findFederatedIdentity(database.db, known.id);
      const now = row && federatedIdentityOfRow(row);
      // checked meanwhile, or over
      if (!now || now.endedAt !== undefined || !now.isCheckable || now.checkedAt > known.checkedAt)
        return now;
      const isPaused = now.failingSince !== undefined && (now.nextCheckAt ?? 0) > clock.now();
      if (isPaused) return now;
      const lease = randomText(9);
      const at = clock.now();
      const taken = await database.write(takeCheck, {
        ...{ id: now.id, lease, at, until: at + LEASE },
        seen: now.checkedAt,
      });
      if (taken === 'taken') return this.#ask(now, row.refresh_token ?? '', lease);
      if (performance.now() > deadline) return now;
      await wait(LOOK);
    }
  }

  async #ask(
    known: FederatedIdentity,
    sealed: string,
    lease: string,
  ): Promise<FederatedIdentity | undefined> {
    const { database } = this.#parts;
    const refreshed = await this.#refreshed(known, sealed, lease);
    await this.#record(known, lease, refreshed);
    const row = await findFederatedIdentity(database.db, known.id);
    return row && federatedIdentityOfRow(row);
  }

  async #refreshed(known: FederatedIdentity, sealed: string, lease: string): Promise<Refreshed> {
    const { database, clock, masterKey, refresh, log } = this.#parts;
    const { issuer, subject, id } = known;
    if ((this.#silent.get(issuer)?.until ?? 0) > clock.now())
      return { outcome: 'unreachable', reason: 'the provider did not answer a moment ago' };
    try {
      const refreshToken = openRefreshToken(masterKey, known, sealed);
      const answer = await refresh(issuer, { refreshToken, subject }, (next) =>
        database.write(keepRefreshToken, { id, lease, sealed: sealRefreshToken(masterKey, known, next) }),
      );
      if (answer.outcome !== 'unreachable') this.#silent.delete(issuer);
      else {
        const now = clock.now();
        const since = this.#silent.get(issuer)?.since ?? now;
        this.#silent.set(issuer, { since, until: now + PAUSE, reason: answer.reason });
      }
      return answer;
    } catch (error) {
      log.warn({ issuer, fault: (error as Error).message }, 'a check at a provider failed');
      return { outcome: 'unreachable', reason: 'the check failed' };
    }
  }

  async #record(known: FederatedIdentity, lease: string, refreshed: Refreshed): Promise<void> {
    const { database, clock, issuers } = this.#parts;
    const { id, issuer, checkedAt } = known;
    const at = clock.now();
    const bounds = boundsOf(issuers, issuer);
    const { recheck, grace } = bounds;
    const next = nextCheckAt(bounds, at);
    const actor = systemActor('check-federated-identities');
    if (refreshed.outcome === 'over') {
      await database.write(endIdentity, { id, lease, at, reason: refreshed.reason, actor });
    } else if (refreshed.outcome === 'there') {
      const { claims, email, name } = refreshed;
      const kept = claims && keptClaims(claims);
      await database.write(recordCheck, { id, lease, at, nextCheckAt: next, kept, email, name });
    } else if (at >= checkedAt + recheck + grace) {
      const reason = 'the provider could not be asked for too long';
      await database.write(endIdentity, { id, lease, at, reason, actor });
    } else {
      await database.write(recordFailure, { id, lease, at, nextCheckAt: at + PAUSE });
    }
  }
}

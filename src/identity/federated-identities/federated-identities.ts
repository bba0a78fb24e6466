import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { LiveCache } from '../../database/live-cache.ts';
import { RegistryError } from '../../errors.ts';
import { prefixedId } from '../../ids.ts';
import type { Issuers } from '../issuers/issuers.ts';
import type { MasterKey } from '../master-key.ts';
import type { AccountSettings } from '../settings/account-settings.ts';
import type { NewSignIn } from '../sign-ins/new-sign-in.ts';
import { type Bounds, boundsOf } from './bounds.ts';
import type { Checks } from './checks.ts';
import { type Claims, type FederatedIdentity, federatedIdentityOfRow } from './federated-identity.ts';
import { keptClaims } from './kept-claims.ts';
import { federatedIdentitiesOfUser, findFederatedIdentityOf } from './rows.ts';
import { sealRefreshToken } from './sealed-token.ts';

const CACHED = 50_000;
const DAY = 24 * 60 * 60 * 1000;
/** Longer than any session that can come from a sign-in (IBM's bound of sessions). */
const SIGN_IN_KEPT = 31 * DAY;
/** The provider is asked before what it said is too old, so that requests seldom wait for it. */
const AHEAD = 0.75;

/** What a provider said of a person who signs in. */
export interface Arrived {
  /** The name of the declared issuer. */
  readonly issuer: string;
  readonly subject: string;
  readonly email: string | undefined;
  readonly name: string | undefined;
  readonly claims: Claims;
  readonly refreshToken: string | undefined;
  readonly sid: string | undefined;
  /** Milliseconds; undefined where the provider does not say. */
  readonly authTime: number | undefined;
}

export interface FederatedIdentityParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly masterKey: MasterKey;
  readonly issuers: Issuers;
  readonly settings: AccountSettings;
  readonly checks: Checks;
}

/** People as their identity providers know them. */
export class FederatedIdentities {
  readonly #parts: FederatedIdentityParts;
  /** By iam_id: all of one person. */
  readonly #ofUser: LiveCache<{ identities: readonly FederatedIdentity[] }>;

  constructor(parts: FederatedIdentityParts) {
    this.#parts = parts;
    this.#ofUser = new LiveCache(parts.database, ['federated-identity'], CACHED);
  }

  async find(issuer: string, subject: string): Promise<FederatedIdentity | undefined> {
    const row = await findFederatedIdentityOf(this.#parts.database.db, issuer, subject);
    return row && federatedIdentityOfRow(row);
  }

  /** A person's, the oldest first. */
  async ofUser(iamId: string): Promise<readonly FederatedIdentity[]> {
    const known = await this.#ofUser.get(iamId, async () => ({
      identities: (await federatedIdentitiesOfUser(this.#parts.database.db, iamId)).map(
        federatedIdentityOfRow,
      ),
    }));
    return known?.identities ?? [];
  }

  /** What a provider said, ready for `signIn` in a transaction. Throws DENIED where the issuer does not count now. */
  async arrival(arrived: Arrived): Promise<NewSignIn> {
    const { clock, masterKey, issuers } = this.#parts;
    const { issuer, subject, refreshToken } = arrived;
    const link = await issuers.link(issuer);
    if (typeof link === 'string') throw new RegistryError('DENIED', { reason: link });
    const at = clock.now();
    const { text: claims, fault: claimsFault } = keptClaims(arrived.claims);
    return {
      id: prefixedId('SignIn'),
      identityId: prefixedId('FederatedIdentity'),
      issuer,
      issuerLink: link.id,
      subject,
      email: arrived.email,
      name: arrived.name,
      claims,
      claimsFault,
      refreshToken:
        refreshToken === undefined ? undefined : sealRefreshToken(masterKey, arrived, refreshToken),
      nextCheckAt: refreshToken === undefined ? undefined : nextCheckAt(this.boundsOf(issuer), at),
      sid: arrived.sid,
      authTime: Math.min(arrived.authTime ?? at, at),
      at,
      keptUntil: at + SIGN_IN_KEPT,
    };
  }

  boundsOf(issuer: string): Bounds {
    return boundsOf(this.#parts.issuers, issuer);
  }

  /** Why what came from a person's sign-in at a provider is over in an account, or undefined. */
  async faultOfSignIn(iamId: string, id: string, accountId: string | undefined): Promise<string | undefined> {
    const identity = (await this.ofUser(iamId)).find((each) => each.id === id);
    return identity ? this.fault(identity, accountId) : 'the identity of the provider was unlinked';
  }

  /** Why a person's standing at a provider does not count in an account now. Asks the provider where it is time to. */
  async fault(known: FederatedIdentity, accountId: string | undefined): Promise<string | undefined> {
    const ended = await this.#ended(known);
    if (ended) return ended;
    const bounds = await this.#boundsIn(known.issuer, accountId);
    if (this.#isRecent(known, bounds)) return undefined;
    if (!known.isCheckable)
      return 'the provider gives no way to ask whether this person is still there: sign in again';
    const found = await this.#parts.checks.check(known);
    if (!found) return 'the identity of the provider was unlinked';
    return (await this.#ended(found)) ?? this.#tooOld(found, bounds);
  }

  #tooOld(found: FederatedIdentity, bounds: Bounds): string | undefined {
    if (this.#isRecent(found, bounds)) return undefined;
    const { checkedAt, issuer } = found;
    return this.#parts.clock.now() < checkedAt + bounds.recheck + bounds.grace
      ? undefined
      : `the provider ${issuer} could not be asked for too long: sign in again`;
  }

  async #ended({ endedAt, issuer, issuerLink }: FederatedIdentity): Promise<string | undefined> {
    if (endedAt !== undefined) return `the provider ${issuer} says that this person is signed in no more`;
    return this.#parts.issuers.linkFault(issuerLink);
  }

  #isRecent({ checkedAt }: FederatedIdentity, { recheck }: Bounds): boolean {
    return this.#parts.clock.now() < checkedAt + recheck;
  }

  /** An account may ask for more frequent checks than the operator, not for fewer. */
  async #boundsIn(issuer: string, _accountId: string | undefined): Promise<Bounds> {
    return this.boundsOf(issuer);
  }
}

export const nextCheckAt = ({ recheck }: Bounds, at: number): number => at + Math.floor(recheck * AHEAD);

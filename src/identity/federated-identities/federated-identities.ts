import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { LiveCache } from '../../database/live-cache.ts';
import { RegistryError } from '../../errors.ts';
import { prefixedId } from '../../ids.ts';
import type { Actor } from '../../principal.ts';
import type { Issuers } from '../issuers/issuers.ts';
import type { MasterKey } from '../master-key.ts';
import type { AccountSettings } from '../settings/account-settings.ts';
import { CLAIMS_FAULTS, type NewSignIn } from '../sign-ins/new-sign-in.ts';
import { type Bounds, boundsOf, nextCheckAt } from './bounds.ts';
import type { Checks } from './checks.ts';
import { type Claims, type FederatedIdentity, federatedIdentityOfRow } from './federated-identity.ts';
import { keptClaims } from './kept-claims.ts';
import { federatedIdentitiesIn, federatedIdentitiesOfUser, findFederatedIdentityOf } from './rows.ts';
import { rulingClaims } from './ruling-claims.ts';
import { sealRefreshToken } from './sealed-token.ts';
import { unlinkIdentity } from './writes.ts';

const CACHED = 50_000;
const DAY = 24 * 60 * 60 * 1000;
/** Longer than any session that can come from a sign-in (IBM's bound of sessions). */
const SIGN_IN_KEPT = 31 * DAY;

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

/** What one provider says of a person, and why it does not count where it does not. */
export interface Standing {
  readonly issuer: string;
  readonly realmName: string;
  /** As far as rules may look at them. */
  readonly claims: Claims;
  readonly claimsAt: number;
  readonly claimsFault: string | undefined;
  readonly fault: string | undefined;
  /** As far as is known now. */
  readonly until: number;
}

interface Standings {
  readonly of: object;
  readonly standings: readonly Standing[];
}

interface PersonStandings {
  readonly iamId: string;
  readonly standings: readonly Standing[];
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

  /** Throws NOT_FOUND, CONFLICT. */
  unlink(id: string, iamId: string, actor: Actor): Promise<void> {
    return this.#parts.database.write(unlinkIdentity, { id, iamId, at: this.#parts.clock.now(), actor });
  }

  boundsOf(issuer: string): Bounds {
    return boundsOf(this.#parts.issuers, issuer);
  }

  /** Another object after each change of what providers say of a person. */
  versionOf(iamId: string): Promise<object> {
    return this.ofUser(iamId);
  }

  /** What providers say of a person, and what of it counts in an account. `ask`: those whose time has come are asked first. */
  async standings(iamId: string, accountId: string, ask: boolean): Promise<Standings> {
    if (ask) for (const each of await this.ofUser(iamId)) await this.fault(each, accountId);
    const of = await this.ofUser(iamId);
    return { of, standings: await this.#standingsOf(of, accountId) };
  }

  /** Members of an account of whom providers say something, by iam_id behind `after`. No provider is asked. */
  async page(accountId: string, after: string, limit: number): Promise<PersonStandings[]> {
    const { db } = this.#parts.database;
    const rows = await federatedIdentitiesIn(db, { accountId, after, limit });
    const people = Map.groupBy(rows.map(federatedIdentityOfRow), ({ iamId }) => iamId);
    return Promise.all(
      [...people].map(async ([iamId, own]) => ({
        iamId,
        standings: await this.#standingsOf(own, accountId),
      })),
    );
  }

  #standingsOf(identities: readonly FederatedIdentity[], accountId: string): Promise<Standing[]> {
    return Promise.all(identities.map((each) => this.#standing(each, accountId)));
  }

  async #standing(identity: FederatedIdentity, accountId: string): Promise<Standing> {
    const bounds = await this.#boundsIn(identity.issuer, accountId);
    const { issuer, claimsAt, claimsFault } = identity;
    const claims = rulingClaims(identity.claims, this.#parts.issuers.presetOf(issuer));
    const fault = (await this.#ended(identity)) ?? this.#tooOld(identity, bounds);
    return {
      issuer,
      realmName: this.#parts.issuers.issOf(issuer) ?? '',
      claims,
      claimsAt,
      claimsFault: claimsFault && CLAIMS_FAULTS[claimsFault],
      fault,
      until: this.#until(identity, bounds, fault),
    };
  }

  /** Until when a standing stays as it is, if no row changes. */
  #until(identity: FederatedIdentity, { recheck, grace }: Bounds, fault: string | undefined): number {
    const { checkedAt, nextCheckAt = 0, isCheckable } = identity;
    // one that is over begins again with a sign-in alone, which changes the row
    if (fault !== undefined) return isCheckable ? nextCheckAt : Number.POSITIVE_INFINITY;
    const due = checkedAt + recheck;
    return this.#parts.clock.now() < due ? due : Math.min(nextCheckAt, due + grace);
  }

  /** Why what came from a person's sign-in at a provider is over in an account, or undefined. */
  async faultOfSignIn(iamId: string, id: string, accountId: string | undefined): Promise<string | undefined> {
    const identity = (await this.ofUser(iamId)).find((each) => each.id === id);
    return identity ? this.fault(identity, accountId) : 'the identity of the provider was unlinked';
  }

  /** Why no provider vouches for a person in an account now, or undefined. */
  async faultOfPerson(iamId: string, accountId: string): Promise<string | undefined> {
    let fault =
      'API keys of people work here only while an identity provider knows them, and none knows this one';
    for (const identity of await this.ofUser(iamId)) {
      const found = await this.fault(identity, accountId);
      if (!found) return undefined;
      fault = `this API key works while its person is signed in: ${found}`;
    }
    return fault;
  }

  /** Why a person's standing at a provider does not count in an account now. Asks the provider where it is time to. */
  async fault(known: FederatedIdentity, accountId: string | undefined): Promise<string | undefined> {
    const ended = await this.#ended(known);
    if (ended) return ended;
    const bounds = await this.#boundsIn(known.issuer, accountId);
    if (this.#isRecent(known, bounds) || !known.isCheckable) return this.#tooOld(known, bounds);
    const found = await this.#parts.checks.check(known);
    if (!found) return 'the identity of the provider was unlinked';
    return (await this.#ended(found)) ?? this.#tooOld(found, bounds);
  }

  #tooOld(found: FederatedIdentity, bounds: Bounds): string | undefined {
    if (this.#isRecent(found, bounds)) return undefined;
    const { checkedAt, issuer, isCheckable } = found;
    if (!isCheckable)
      return 'the provider gives no way to ask whether this person is still there: sign in again';
    return this.#parts.clock.now() < checkedAt + bounds.recheck + bounds.grace
      ? undefined
      : `the provider ${issuer} could not be asked for too long: sign in again`;
  }

  async #ended({ endedAt, issuer, issuerLink }: FederatedIdentity): Promise<string | undefined> {
    if (endedAt !== undefined)
      return `the provider ${issuer} does not vouch for this person any more: sign in again`;
    return this.#parts.issuers.linkFault(issuerLink, { accountId: undefined, isWorkload: false });
  }

  #isRecent({ checkedAt }: FederatedIdentity, { recheck }: Bounds): boolean {
    return this.#parts.clock.now() < checkedAt + recheck;
  }

  /** An account may ask for more frequent checks than the operator, not for fewer. */
  async #boundsIn(issuer: string, accountId: string | undefined): Promise<Bounds> {
    const bounds = this.boundsOf(issuer);
    if (accountId === undefined) return bounds;
    const { signInRecheck: most = bounds.recheck } = await this.#parts.settings.of(accountId);
    return { ...bounds, recheck: Math.min(bounds.recheck, most) };
  }
}

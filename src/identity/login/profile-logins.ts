import type { Database } from '../../database/database.ts';
import { LiveCache } from '../../database/live-cache.ts';
import { type Identity, isIdentity } from '../../principal.ts';
import type { Activity } from '../activity/activity.ts';
import { entityIdOf, iamIdOfProfile } from '../iam-ids.ts';
import { type Profile, profileOfRow } from '../profiles/profile.ts';
import { type ProfileTrust, trustLink } from '../profiles/profile-trust.ts';
import { findProfile, findProfileByName, findTrustInIdentity, trustsOfProfile } from '../profiles/rows.ts';
import { profileTrustOfRow } from '../profiles/trust-document.ts';
import { type ComputeResource, trustsCompute, trustsIdentity } from '../profiles/trust-matching.ts';
import type { ChainLink, Credential } from './credential.ts';
import type { Liveness } from './liveness.ts';

const CACHED = 10_000;

/** Which profile is asked for: by its id, or by its name in an account. */
export type ProfileNamed =
  | { readonly id: string }
  | { readonly name: string; readonly accountId: string | undefined };

/** How an identity or a compute resource becomes a trusted profile. Answers why not, for the log alone. */
export class ProfileLogins {
  readonly #database: Database;
  readonly #liveness: Liveness;
  readonly #activity: Activity;
  readonly #profiles: LiveCache<Profile>;

  constructor(database: Database, liveness: Liveness, activity: Activity) {
    this.#database = database;
    this.#liveness = liveness;
    this.#activity = activity;
    this.#profiles = new LiveCache(database, ['profile'], CACHED);
  }

  /**
   * A live credential becomes the profile's. All it came from stays in the chain, so that the end of any of it is the
   * end of this; a profile cannot become another.
   */
  async assume(caller: Credential, named: ProfileNamed): Promise<Credential | string> {
    const { principal } = caller;
    if (!isIdentity(principal) || principal.kind === 'profile')
      return 'only a user or a service ID can assume a trusted profile';
    const profile = await this.find(named);
    if (!profile) return 'there is no such trusted profile';
    const row = await findTrustInIdentity(this.#database.db, profile.id, principal.iamId);
    const trust = row && profileTrustOfRow(row);
    if (!trust || !trustsIdentity(trust, principal, profile.accountId))
      return `the trusted profile ${profile.id} does not trust ${principal.iamId}`;
    const link = await this.#linkOf(principal);
    if (!link) return `${principal.iamId} is not a member of the account ${principal.accountId}`;
    const credential = await this.#become(profile, trust, [...caller.chain, link], caller);
    return typeof credential === 'string' ? credential : { ...credential, from: principal.accountId };
  }

  /** A compute resource becomes the profile that has a rule or link for it. */
  async ofCompute(
    resource: ComputeResource,
    expiresAt: number,
    named: ProfileNamed,
  ): Promise<Credential | string> {
    const profile = await this.find(named);
    if (!profile) return 'there is no such trusted profile';
    const { db } = this.#database;
    const rows = [
      ...(await trustsOfProfile(db, profile.id, 'link')),
      ...(await trustsOfProfile(db, profile.id, 'rule')),
    ];
    const trust = rows
      .map(profileTrustOfRow)
      .find((each) => trustsCompute(each, resource, profile.accountId));
    if (!trust) return `no rule or link of the trusted profile ${profile.id} holds for this token`;
    return this.#become(profile, trust, [], { kind: 'compute-token', expiresAt });
  }

  async #become(
    profile: Profile,
    trust: ProfileTrust,
    chain: readonly ChainLink[],
    { kind, expiresAt }: Pick<Credential, 'kind' | 'expiresAt'>,
  ): Promise<Credential | string> {
    const principal: Identity = {
      kind: 'profile',
      iamId: iamIdOfProfile(profile.id),
      accountId: profile.accountId,
    };
    const fault = await this.#liveness.principalFault(principal);
    if (fault) return fault;
    this.#activity.assumed(profile.id);
    return { kind, principal, chain: [...chain, trustLink(trust)], expiresAt };
  }

  /** What stands for the caller itself: the profile's token ends with its membership or its service ID. */
  async #linkOf({ kind, iamId, accountId }: Identity): Promise<ChainLink | undefined> {
    if (kind === 'service-id') return { kind: 'service-id', id: entityIdOf(iamId) };
    return this.#liveness.memberLink(accountId, iamId);
  }

  async find(named: ProfileNamed): Promise<Profile | undefined> {
    const { db } = this.#database;
    if ('name' in named && named.accountId === undefined) return undefined;
    if ('id' in named)
      return this.#profiles.get(named.id, async (id) => {
        const row = await findProfile(db, id);
        return row && profileOfRow(row);
      });
    const row = await findProfileByName(db, named.accountId ?? '', named.name);
    return row && profileOfRow(row);
  }
}

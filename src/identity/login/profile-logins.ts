import type { Database } from '../../database/database.ts';
import type { ProfileRow, ProfileTrustRow } from '../../database/iam-schema.ts';
import { type Identity, isIdentity } from '../../principal.ts';
import type { Activity } from '../activity/activity.ts';
import { entityIdOf, iamIdOfProfile } from '../iam-ids.ts';
import { type ComputeResource, trustLink, trustsCompute, trustsIdentity } from '../profiles/profile-trust.ts';
import { findProfile, findProfileByName, findTrustInIdentity, trustsOfProfile } from '../profiles/rows.ts';
import type { ChainLink, Credential } from './credential.ts';
import type { Liveness } from './liveness.ts';

/** Which profile somebody wants to become: by its id, or by its name in an account. */
export type ProfileNamed =
  | { readonly id: string }
  | { readonly name: string; readonly accountId: string | undefined };

/** How one becomes a trusted profile. Answers why not in words for the log: a stranger learns nothing. */
export class ProfileLogins {
  readonly #database: Database;
  readonly #liveness: Liveness;
  readonly #activity: Activity;

  constructor(database: Database, liveness: Liveness, activity: Activity) {
    this.#database = database;
    this.#liveness = liveness;
    this.#activity = activity;
  }

  /**
   * A live credential becomes the profile's. All it came from stays in the chain, so that the end of any of it is the
   * end of this; a profile cannot become another.
   */
  async assume(caller: Credential, named: ProfileNamed): Promise<Credential | string> {
    const { principal } = caller;
    if (!isIdentity(principal) || principal.kind === 'profile')
      return 'only a user or a service ID can assume a trusted profile';
    const profile = await this.#find(named);
    if (!profile) return 'there is no such trusted profile';
    const trust = await findTrustInIdentity(this.#database.db, profile.id, principal.iamId);
    if (!trust || !trustsIdentity(trust, principal, profile.account_id))
      return `the trusted profile ${profile.id} does not trust ${principal.iamId}`;
    const link = await this.#linkOf(principal);
    if (!link) return `${principal.iamId} is no member of the account ${principal.accountId}`;
    const credential = await this.#become(profile, trust, [...caller.chain, link], caller);
    return typeof credential === 'string' ? credential : { ...credential, from: principal.accountId };
  }

  /** A compute resource becomes the profile that has a rule or link for it. */
  async ofCompute(
    resource: ComputeResource,
    expiresAt: number,
    named: ProfileNamed,
  ): Promise<Credential | string> {
    const profile = await this.#find(named);
    if (!profile) return 'there is no such trusted profile';
    const { db } = this.#database;
    const trusts = [
      ...(await trustsOfProfile(db, profile.id, 'link')),
      ...(await trustsOfProfile(db, profile.id, 'rule')),
    ];
    const trust = trusts.find((row) => trustsCompute(row, resource, profile.account_id));
    if (!trust) return `no rule or link of the trusted profile ${profile.id} holds for this token`;
    return this.#become(profile, trust, [], { kind: 'compute-token', expiresAt });
  }

  async #become(
    profile: ProfileRow,
    trust: ProfileTrustRow,
    chain: readonly ChainLink[],
    { kind, expiresAt }: Pick<Credential, 'kind' | 'expiresAt'>,
  ): Promise<Credential | string> {
    const principal: Identity = {
      kind: 'profile',
      iamId: iamIdOfProfile(profile.id),
      accountId: profile.account_id,
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

  #find(named: ProfileNamed): Promise<ProfileRow | undefined> {
    const { db } = this.#database;
    if ('id' in named) return findProfile(db, named.id);
    return named.accountId === undefined
      ? Promise.resolve(undefined)
      : findProfileByName(db, named.accountId, named.name);
  }
}

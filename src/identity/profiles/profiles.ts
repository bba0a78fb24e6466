import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { entityTagSeed, firstEntityTag } from '../../entity-tag.ts';
import { RegistryError } from '../../errors.ts';
import { prefixedId } from '../../ids.ts';
import type { Actor } from '../../principal.ts';
import type { Issuers } from '../issuers/issuers.ts';
import { FEDERATED, faultOfFederatedRule, warningsOf } from './federated-rules.ts';
import { type Profile, profileOfRow, rowOfProfile } from './profile.ts';
import {
  type IdentityTrust,
  type LinkTrust,
  type ProfileTrust,
  type RuleTrust,
  type TrustKind,
  type TrustTerms,
  tagOfIdentities,
} from './profile-trust.ts';
import {
  countProfiles,
  findProfile,
  findProfileByName,
  findProfileTrust,
  findTrustInIdentity,
  listProfiles,
  trustsOfProfile,
} from './rows.ts';
import { printTerms, profileTrustOfRow, rowOfProfileTrust } from './trust-document.ts';
import {
  addTrust,
  createProfile,
  deleteProfile,
  removeTrust,
  setIdentities,
  updateProfile,
  updateRule,
} from './writes.ts';

export interface NewProfile {
  readonly accountId: string;
  readonly name: string;
  readonly description: string;
  readonly email: string;
  readonly createdBy: string;
}

export interface ProfilePatch {
  readonly name: string | undefined;
  readonly description: string | undefined;
  readonly email: string | undefined;
}

/** Trusted profiles: identities without a secret of their own, that those they trust may become. */
export class Profiles {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #issuers: Issuers;

  constructor(database: Database, clock: Clock, issuers: Issuers) {
    this.#issuers = issuers;
    this.#database = database;
    this.#clock = clock;
  }

  /** Throws NAME_TAKEN, LIMIT_REACHED. */
  async create(
    { accountId, name, description, email, createdBy }: NewProfile,
    actor: Actor,
  ): Promise<Profile> {
    const now = this.#clock.now();
    const profile: Profile = {
      id: prefixedId('Profile'),
      accountId,
      name,
      description,
      email,
      entityTag: firstEntityTag(),
      createdAt: now,
      createdBy,
      modifiedAt: now,
      lastAuthnAt: undefined,
      authnCount: 0,
    };
    await this.#database.write(createProfile, { row: rowOfProfile(profile), actor });
    return profile;
  }

  async find(id: string): Promise<Profile | undefined> {
    const row = await findProfile(this.#database.db, id);
    return row && profileOfRow(row);
  }

  async findByName(accountId: string, name: string): Promise<Profile | undefined> {
    const row = await findProfileByName(this.#database.db, accountId, name);
    return row && profileOfRow(row);
  }

  /** A page in order of ids, and whether more follow. */
  async list(
    accountId: string,
    after: string,
    limit: number,
  ): Promise<{ profiles: Profile[]; more: boolean }> {
    const rows = await listProfiles(this.#database.db, { accountId, after, limit: limit + 1 });
    return { profiles: rows.slice(0, limit).map(profileOfRow), more: rows.length > limit };
  }

  count(accountId: string): Promise<number> {
    return countProfiles(this.#database.db, accountId);
  }

  /** Throws ENTITY_CHANGED, NAME_TAKEN. */
  async update(id: string, ifMatch: string, patch: ProfilePatch, actor: Actor): Promise<Profile> {
    const change = { id, ifMatch, ...patch, seed: entityTagSeed(), at: this.#clock.now(), actor };
    return profileOfRow(await this.#database.write(updateProfile, change));
  }

  async delete(id: string, actor: Actor): Promise<void> {
    await this.#database.write(deleteProfile, { id, at: this.#clock.now(), actor });
  }

  rules(profileId: string): Promise<ProfileTrust<RuleTrust>[]> {
    return this.#trusts<RuleTrust>(profileId, 'rule');
  }

  links(profileId: string): Promise<ProfileTrust<LinkTrust>[]> {
    return this.#trusts<LinkTrust>(profileId, 'link');
  }

  /** The identities a profile trusts by name, and their common version. */
  async identities(profileId: string): Promise<{ tag: string; trusts: ProfileTrust<IdentityTrust>[] }> {
    const trusts = await this.#trusts<IdentityTrust>(profileId, 'identity');
    return { tag: tagOfIdentities(trusts), trusts };
  }

  /** A profile's rule by its id; NOT_FOUND for any other. */
  rule(profileId: string, id: string): Promise<ProfileTrust<RuleTrust>> {
    return this.#trust<RuleTrust>(profileId, 'rule', id);
  }

  /** A profile's link by its id; NOT_FOUND for any other. */
  link(profileId: string, id: string): Promise<ProfileTrust<LinkTrust>> {
    return this.#trust<LinkTrust>(profileId, 'link', id);
  }

  /** A profile's trust in an identity; NOT_FOUND where there is none. */
  async trustIn(
    profileId: string,
    { type, iamId }: Pick<IdentityTrust, 'type' | 'iamId'>,
  ): Promise<ProfileTrust<IdentityTrust>> {
    const row = await findTrustInIdentity(this.#database.db, profileId, iamId);
    const trust = row && (profileTrustOfRow(row) as ProfileTrust<IdentityTrust>);
    if (trust?.terms.type !== type) throw new RegistryError('NOT_FOUND');
    return trust;
  }

  /** Adds a trust; one in an identity takes the place of an earlier one in it. Throws LIMIT_REACHED. */
  async trust<Terms extends TrustTerms>(
    profileId: string,
    terms: Terms,
    actor: Actor,
  ): Promise<ProfileTrust<Terms>> {
    await this.#refuseFaulty(profileId, terms);
    const made = this.#made(profileId, terms);
    await this.#database.write(addTrust, { row: rowOfProfileTrust(made), actor });
    return made;
  }

  /** Throws ENTITY_CHANGED. */
  async updateRule(
    rule: { profileId: string; id: string; ifMatch: string },
    terms: RuleTrust,
    actor: Actor,
  ): Promise<ProfileTrust<RuleTrust>> {
    await this.#refuseFaulty(rule.profileId, terms);
    await this.#database.write(updateRule, {
      ...rule,
      document: printTerms(terms),
      seed: entityTagSeed(),
      at: this.#clock.now(),
      actor,
    });
    return this.rule(rule.profileId, rule.id);
  }

  /** Ends the trust, and with it every token that came by it. */
  async distrust(profileId: string, id: string, actor: Actor): Promise<void> {
    await this.#database.write(removeTrust, { profileId, id, at: this.#clock.now(), actor });
  }

  /** Throws ENTITY_CHANGED. */
  async setIdentities(
    profileId: string,
    ifMatch: string,
    identities: readonly IdentityTrust[],
    actor: Actor,
  ): Promise<{ tag: string; trusts: ProfileTrust<IdentityTrust>[] }> {
    const rows = identities.map((terms) => rowOfProfileTrust(this.#made(profileId, terms)));
    await this.#database.write(setIdentities, { profileId, ifMatch, rows, at: this.#clock.now(), actor });
    return this.identities(profileId);
  }

  /** What those who read a rule have to know of it. */
  warnings({ realmName = '', ...rule }: RuleTrust, accountId: string): string[] {
    if (rule.crType !== FEDERATED) return [];
    const [issuer] = this.#issuers.forAccount(realmName, accountId);
    if (!issuer) return [`no issuer ${realmName} is declared for this account: no token meets this rule`];
    return warningsOf({ ...rule, realmName }, issuer);
  }

  /** What tokens that may meet a rule are made for; empty for rules that are not for declared issuers. */
  audiences({ crType, realmName = '' }: RuleTrust, accountId: string): string[] {
    if (crType !== FEDERATED) return [];
    return this.#issuers.forAccount(realmName, accountId).flatMap(({ audiences }) => audiences);
  }

  /** A rule for tokens of declared issuers says whose it trusts. Throws BAD_REQUEST with the field that is wrong. */
  async #refuseFaulty(profileId: string, terms: TrustTerms): Promise<void> {
    if (terms.kind !== 'rule' || terms.crType !== FEDERATED) return;
    const profile = await this.find(profileId);
    if (!profile) throw new RegistryError('NOT_FOUND');
    const { realmName } = terms;
    const issuers = realmName === undefined ? [] : this.#issuers.forAccount(realmName, profile.accountId);
    const faults = issuers.map((issuer) => faultOfFederatedRule(terms, issuer));
    if (faults.includes(undefined)) return;
    const { field, message } = faults[0] ?? {
      field: 'realm_name',
      message:
        'it must be the iss of an issuer that the operator has declared for this account, byte for byte',
    };
    throw new RegistryError('BAD_REQUEST', { message: `Property ${field} is not valid: ${message}.` });
  }

  /** The rows of one kind have terms of that kind. */
  async #trusts<Terms extends TrustTerms>(
    profileId: string,
    kind: TrustKind & Terms['kind'],
  ): Promise<ProfileTrust<Terms>[]> {
    const rows = await trustsOfProfile(this.#database.db, profileId, kind);
    return rows.map((row) => profileTrustOfRow(row) as ProfileTrust<Terms>);
  }

  async #trust<Terms extends TrustTerms>(
    profileId: string,
    kind: TrustKind & Terms['kind'],
    id: string,
  ): Promise<ProfileTrust<Terms>> {
    const row = await findProfileTrust(this.#database.db, id);
    if (row?.profile_id !== profileId || row.kind !== kind) throw new RegistryError('NOT_FOUND');
    return profileTrustOfRow(row) as ProfileTrust<Terms>;
  }

  #made<Terms extends TrustTerms>(profileId: string, terms: Terms): ProfileTrust<Terms> {
    const now = this.#clock.now();
    const id = prefixedId(ID_PREFIX[terms.kind]);
    return { id, profileId, entityTag: firstEntityTag(), createdAt: now, modifiedAt: now, terms };
  }
}

const ID_PREFIX = { rule: 'ClaimRule', link: 'Link', identity: 'ProfileIdentity' } as const;

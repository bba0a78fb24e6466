import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { ProfileRow, ProfileTrustRow } from '../../database/iam-schema.ts';
import { entityTagSeed, firstEntityTag } from '../../entity-tag.ts';
import { RegistryError } from '../../errors.ts';
import { prefixedId } from '../../ids.ts';
import type { Actor } from '../../principal.ts';
import {
  type IdentityTrust,
  iamIdOfTrusted,
  type LinkTrust,
  type RuleTrust,
  tagOfIdentities,
} from './profile-trust.ts';
import {
  findProfile,
  findProfileByName,
  findProfileTrust,
  findTrustInIdentity,
  listProfiles,
  trustsOfProfile,
} from './rows.ts';
import {
  addTrust,
  createProfile,
  deleteProfile,
  removeTrust,
  setIdentities,
  updateProfile,
  updateRule,
} from './writes.ts';

export type Profile = ProfileRow;
export type ProfileTrust = ProfileTrustRow;

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

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Throws NAME_TAKEN, LIMIT_REACHED. */
  async create(profile: NewProfile, actor: Actor): Promise<ProfileRow> {
    const now = this.#clock.now();
    const row: ProfileRow = {
      id: prefixedId('Profile'),
      account_id: profile.accountId,
      name: profile.name,
      description: profile.description,
      email: profile.email,
      entity_tag: firstEntityTag(),
      created_at: now,
      created_by: profile.createdBy,
      modified_at: now,
      last_authn_at: null,
      authn_count: 0,
    };
    await this.#database.write(createProfile, { row, actor });
    return row;
  }

  find(id: string): Promise<ProfileRow | undefined> {
    return findProfile(this.#database.db, id);
  }

  findByName(accountId: string, name: string): Promise<ProfileRow | undefined> {
    return findProfileByName(this.#database.db, accountId, name);
  }

  /** A page in order of ids, and whether more follow. */
  async list(
    accountId: string,
    after: string,
    limit: number,
  ): Promise<{ profiles: ProfileRow[]; more: boolean }> {
    const rows = await listProfiles(this.#database.db, { accountId, after, limit: limit + 1 });
    return { profiles: rows.slice(0, limit), more: rows.length > limit };
  }

  /** Throws ENTITY_CHANGED, NAME_TAKEN. */
  update(id: string, ifMatch: string, patch: ProfilePatch, actor: Actor): Promise<ProfileRow> {
    const at = this.#clock.now();
    return this.#database.write(updateProfile, {
      id,
      ifMatch,
      ...patch,
      seed: entityTagSeed(),
      at,
      actor,
    });
  }

  async delete(id: string, actor: Actor): Promise<void> {
    await this.#database.write(deleteProfile, { id, at: this.#clock.now(), actor });
  }

  trusts(profileId: string, kind: ProfileTrustRow['kind']): Promise<ProfileTrustRow[]> {
    return trustsOfProfile(this.#database.db, profileId, kind);
  }

  /** A profile's rule or link by its id; NOT_FOUND for any other. */
  async trust(profileId: string, kind: ProfileTrustRow['kind'], id: string): Promise<ProfileTrustRow> {
    const row = await findProfileTrust(this.#database.db, id);
    if (row?.profile_id !== profileId || row.kind !== kind) throw new RegistryError('NOT_FOUND');
    return row;
  }

  /** A profile's trust in an identity; NOT_FOUND where there is none. */
  async trustIn(profileId: string, identity: IdentityTrust): Promise<ProfileTrustRow> {
    const row = await findTrustInIdentity(this.#database.db, profileId, iamIdOfTrusted(identity));
    const isOfType = row && (JSON.parse(row.document) as IdentityTrust).type === identity.type;
    if (!row || !isOfType) throw new RegistryError('NOT_FOUND');
    return row;
  }

  addRule(profileId: string, rule: RuleTrust, actor: Actor): Promise<ProfileTrustRow> {
    return this.#add(profileId, 'rule', null, rule, actor);
  }

  addLink(profileId: string, link: LinkTrust, actor: Actor): Promise<ProfileTrustRow> {
    return this.#add(profileId, 'link', null, link, actor);
  }

  addIdentity(profileId: string, identity: IdentityTrust, actor: Actor): Promise<ProfileTrustRow> {
    return this.#add(profileId, 'identity', iamIdOfTrusted(identity), identity, actor);
  }

  /** Throws ENTITY_CHANGED. */
  async updateRule(
    rule: { profileId: string; id: string; ifMatch: string },
    document: RuleTrust,
    actor: Actor,
  ): Promise<ProfileTrustRow> {
    await this.#database.write(updateRule, {
      ...rule,
      document: JSON.stringify(document),
      seed: entityTagSeed(),
      at: this.#clock.now(),
      actor,
    });
    return this.trust(rule.profileId, 'rule', rule.id);
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
  ): Promise<{ tag: string; rows: ProfileTrustRow[] }> {
    const rows = identities.map((identity) =>
      this.#row(profileId, 'identity', iamIdOfTrusted(identity), identity),
    );
    await this.#database.write(setIdentities, { profileId, ifMatch, rows, at: this.#clock.now(), actor });
    return this.identities(profileId);
  }

  /** The identities a profile trusts by name, and their common version. */
  async identities(profileId: string): Promise<{ tag: string; rows: ProfileTrustRow[] }> {
    const rows = await this.trusts(profileId, 'identity');
    return { tag: tagOfIdentities(rows), rows };
  }

  async #add(
    profileId: string,
    kind: ProfileTrustRow['kind'],
    identity: string | null,
    document: RuleTrust | LinkTrust | IdentityTrust,
    actor: Actor,
  ): Promise<ProfileTrustRow> {
    const row = this.#row(profileId, kind, identity, document);
    await this.#database.write(addTrust, { row, actor });
    return row;
  }

  #row(
    profileId: string,
    kind: ProfileTrustRow['kind'],
    identity: string | null,
    document: RuleTrust | LinkTrust | IdentityTrust,
  ): ProfileTrustRow {
    const now = this.#clock.now();
    return {
      id: prefixedId(ID_PREFIX[kind]),
      profile_id: profileId,
      kind,
      identity,
      document: JSON.stringify(document),
      entity_tag: firstEntityTag(),
      created_at: now,
      modified_at: now,
    };
  }
}

const ID_PREFIX = { rule: 'ClaimRule', link: 'Link', identity: 'ProfileIdentity' } as const;

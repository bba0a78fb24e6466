import { type AuditEvent, changesBetween, recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { ProfileRow, ProfileTrustRow } from '../../database/iam-schema.ts';
import { nextEntityTag, requireEntityTag } from '../../entity-tag.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import { onIdentityRemoved } from '../extension-points.ts';
import { iamIdOfProfile } from '../iam-ids.ts';
import { LIMITS } from '../limits.ts';
import { tagOfIdentities } from './profile-trust.ts';
import * as profiles from './rows.ts';
import { printTerms, profileTrustOfRow } from './trust-document.ts';

export const createProfile = defineWrite(
  'identity.profile.create',
  async (tx: Tx, { row, actor }: { row: ProfileRow; actor: Actor }): Promise<void> => {
    if ((await profiles.countProfiles(tx.db, row.account_id)) >= LIMITS.profilesPerAccount)
      throw new RegistryError('LIMIT_REACHED', {
        message: `an account has at most ${LIMITS.profilesPerAccount} trusted profiles`,
      });
    if (await profiles.findProfileByName(tx.db, row.account_id, row.name))
      throw new RegistryError('NAME_TAKEN');
    await profiles.insertProfile(tx, row);
    await auditProfile(tx, 'account-profile.create', row, row.created_at, actor);
  },
);

export interface ProfileChange {
  readonly id: string;
  readonly ifMatch: string;
  /** What is undefined stays. */
  readonly name: string | undefined;
  readonly description: string | undefined;
  readonly email: string | undefined;
  /** What makes the next version unlike any other. */
  readonly seed: string;
  readonly at: number;
  readonly actor: Actor;
}

export const updateProfile = defineWrite(
  'identity.profile.update',
  async (tx: Tx, change: ProfileChange): Promise<ProfileRow> => {
    const row = await existing(tx, change.id);
    requireEntityTag(change.ifMatch, row.entity_tag);
    const { name = row.name, description = row.description, email = row.email, at, seed } = change;
    const namesake = await profiles.findProfileByName(tx.db, row.account_id, name);
    if (namesake && namesake.id !== row.id) throw new RegistryError('NAME_TAKEN');
    const set = {
      name,
      description,
      email,
      entity_tag: nextEntityTag(row.entity_tag, seed),
      modified_at: at,
    };
    await profiles.updateProfile(tx, row.id, set);
    const changed = changesBetween(row, set, ['name', 'description']);
    await auditProfile(tx, 'account-profile.update', row, at, change.actor, { changed });
    return { ...row, ...set };
  },
);

/** The profile, whom it trusts and what it may, in one step: every token of it is refused from then on. */
export const deleteProfile = defineWrite(
  'identity.profile.delete',
  async (tx: Tx, { id, at, actor }: { id: string; at: number; actor: Actor }): Promise<void> => {
    const row = await existing(tx, id);
    const iamId = iamIdOfProfile(id);
    await onIdentityRemoved.run(tx, { accountId: row.account_id, iamId });
    await profiles.deleteProfile(tx, id);
    await auditProfile(tx, 'account-profile.delete', row, at, actor);
  },
);

/** Adds a trust; one in an identity takes the place of an earlier one in it. Answers the row that holds now. */
export const addTrust = defineWrite(
  'identity.profile.trust',
  async (tx: Tx, { row, actor }: { row: ProfileTrustRow; actor: Actor }): Promise<void> => {
    const profile = await existing(tx, row.profile_id);
    if (row.identity !== null) await replaceTrustIn(tx, row.profile_id, row.identity);
    const known = await profiles.trustsOfProfile(tx.db, row.profile_id, row.kind);
    const limit = LIMITS.trustsPerProfile[row.kind];
    if (known.length >= limit)
      throw new RegistryError('LIMIT_REACHED', {
        message: `a trusted profile has at most ${limit} trusts of kind ${row.kind}`,
      });
    await profiles.insertProfileTrust(tx, row);
    const changed = { trust: { to: row.identity ?? row.kind } };
    const more = { reason: row.id, changed };
    await auditProfile(tx, `profile-${row.kind}.create`, profile, row.created_at, actor, more);
  },
);

export interface RuleChange {
  readonly profileId: string;
  readonly id: string;
  readonly ifMatch: string;
  readonly document: string;
  /** What makes the next version unlike any other. */
  readonly seed: string;
  readonly at: number;
  readonly actor: Actor;
}

/** Tokens that came by the rule as it was are refused from then on. */
export const updateRule = defineWrite(
  'identity.profile.rule.update',
  async (tx: Tx, { profileId, id, ifMatch, document, seed, at, actor }: RuleChange): Promise<void> => {
    const profile = await existing(tx, profileId);
    const rule = await profiles.findProfileTrust(tx.db, id);
    if (rule?.profile_id !== profileId || rule.kind !== 'rule') throw new RegistryError('NOT_FOUND');
    requireEntityTag(ifMatch, rule.entity_tag);
    const tag = nextEntityTag(rule.entity_tag, seed);
    await profiles.updateProfileTrust(tx, id, { document, entity_tag: tag, modified_at: at });
    await auditProfile(tx, 'profile-rule.update', profile, at, actor, { reason: id });
  },
);

export const removeTrust = defineWrite(
  'identity.profile.distrust',
  async (
    tx: Tx,
    { profileId, id, at, actor }: { profileId: string; id: string; at: number; actor: Actor },
  ): Promise<void> => {
    const profile = await existing(tx, profileId);
    const row = await profiles.findProfileTrust(tx.db, id);
    if (row?.profile_id !== profileId) throw new RegistryError('NOT_FOUND');
    await profiles.deleteProfileTrust(tx, id);
    const changed = { trust: { from: row.identity ?? row.kind } };
    await auditProfile(tx, `profile-${row.kind}.delete`, profile, at, actor, { reason: id, changed });
  },
);

/** Replaces every identity a profile trusts by name. */
export const setIdentities = defineWrite(
  'identity.profile.identities',
  async (
    tx: Tx,
    input: {
      profileId: string;
      ifMatch: string;
      rows: readonly ProfileTrustRow[];
      at: number;
      actor: Actor;
    },
  ): Promise<void> => {
    const { profileId, ifMatch, rows, at, actor } = input;
    const profile = await existing(tx, profileId);
    const before = await profiles.trustsOfProfile(tx.db, profileId, 'identity');
    requireEntityTag(ifMatch, tagOfIdentities(before.map(profileTrustOfRow)));
    for (const { id } of before) await profiles.deleteProfileTrust(tx, id);
    for (const row of rows) {
      await replaceTrustIn(tx, profileId, row.identity ?? '');
      await profiles.insertProfileTrust(tx, row);
    }
    const identities = (all: readonly ProfileTrustRow[]) => all.map(({ identity }) => identity ?? '');
    const changed = { trust: { from: identities(before), to: identities(rows) } };
    await auditProfile(tx, 'profile-identity.update', profile, at, actor, { changed });
  },
);

/** What an account's profiles trust an invitation with, they trust the identity with that accepted it. */
export const moveTrusts = async (
  tx: Tx,
  {
    accountId,
    from,
    to,
    at,
    seed,
  }: { accountId: string; from: string; to: string; at: number; seed: string },
): Promise<void> => {
  for (const id of await profiles.trustsInIdentity(tx.db, accountId, from)) {
    const row = await profiles.findProfileTrust(tx.db, id);
    const terms = row && profileTrustOfRow(row).terms;
    if (!row || terms?.kind !== 'identity') continue;
    if (await profiles.findTrustInIdentity(tx.db, row.profile_id, to)) {
      await profiles.deleteProfileTrust(tx, id);
      continue;
    }
    const document = printTerms({ ...terms, iamId: to });
    const entity_tag = nextEntityTag(row.entity_tag, seed);
    await profiles.moveProfileTrust(tx, id, { identity: to, document, entity_tag, modified_at: at });
  }
};

const replaceTrustIn = async (tx: Tx, profileId: string, identity: string): Promise<void> => {
  const earlier = await profiles.findTrustInIdentity(tx.db, profileId, identity);
  if (!earlier) return;
  await profiles.deleteProfileTrust(tx, earlier.id);
};

const existing = async (tx: Tx, id: string): Promise<ProfileRow> => {
  const row = await profiles.findProfile(tx.db, id);
  if (!row) throw new RegistryError('NOT_FOUND');
  return row;
};

const auditProfile = (
  tx: Tx,
  verb: string,
  { id, account_id: accountId, name }: ProfileRow,
  at: number,
  actor: Actor,
  more: Pick<AuditEvent, 'reason' | 'changed'> = {},
): Promise<void> =>
  recordEvent(tx, actor, {
    accountId,
    at,
    action: `iam-identity.${verb}`,
    target: id,
    targetType: 'profile',
    targetName: name,
    ...more,
  });

import type { Kysely } from 'kysely';
import { type MigrationProvider, Migrator } from 'kysely/migration';
import { CONTRACTIONS } from './contractions.ts';
import type { Db } from './database.ts';
import type { Engine } from './engine.ts';
import * as initial from './migrations/0001-initial.ts';
import * as registryTokens from './migrations/0002-registry-tokens.ts';
import * as iam from './migrations/0003-iam.ts';
import * as collection from './migrations/0004-collection.ts';
import * as jobLeases from './migrations/0005-job-leases.ts';
import * as quotas from './migrations/0006-quotas.ts';
import * as referrersByDigest from './migrations/0007-referrers-by-digest.ts';
import * as identityLists from './migrations/0008-identity-lists.ts';
import * as expiredSessions from './migrations/0010-expired-sessions.ts';
import * as refreshTokensOfIdentity from './migrations/0011-refresh-tokens-of-identity.ts';
import * as tagsByDigestAndName from './migrations/0012-tags-by-digest-and-name.ts';
import * as usersByEmail from './migrations/0013-users-by-email.ts';
import * as storageCounts from './migrations/0014-storage-counts.ts';
import * as auditLog from './migrations/0030-audit-log.ts';
import * as pulls from './migrations/0031-pulls.ts';
import * as trash from './migrations/0040-trash.ts';
import * as pushOrigin from './migrations/0041-push-origin.ts';
import * as accountOptions from './migrations/0042-account-options.ts';
import * as usage from './migrations/0043-usage.ts';
import * as protection from './migrations/0044-protection.ts';
import * as retention from './migrations/0045-retention.ts';
import * as issuers from './migrations/0060-issuers.ts';
import * as federatedSessions from './migrations/0061-federated-sessions.ts';
import * as apiKeySecrets from './migrations/0065-api-key-secrets.ts';
import * as byteHolds from './migrations/0070-byte-holds.ts';
import * as backupRuns from './migrations/0071-backup-runs.ts';
import * as revocationJournal from './migrations/0073-revocation-journal.ts';
import * as storagePosition from './migrations/0075-storage-position.ts';
import * as restoredImages from './migrations/0076-restored-images.ts';
import * as issuerKeys from './migrations/0078-issuer-keys.ts';
import * as pushClaims from './migrations/0079-push-claims.ts';
import * as auditBlocks from './migrations/0080-audit-blocks.ts';
import * as auditHolds from './migrations/0081-audit-holds.ts';
import * as auditExports from './migrations/0082-audit-exports.ts';
import * as accountStates from './migrations/0084-account-states.ts';
import * as warnings from './migrations/0085-warnings.ts';
import * as signIns from './migrations/0086-sign-ins.ts';
import * as signInAttempts from './migrations/0088-sign-in-attempts.ts';
import * as browserLogins from './migrations/0090-browser-logins.ts';
import * as sessionMachines from './migrations/0091-session-machines.ts';
import * as webhooks from './migrations/0092-webhooks.ts';
import * as listings from './migrations/0094-listings.ts';
import * as registryTokenUse from './migrations/0095-registry-token-use.ts';
import * as smallBlobs from './migrations/0096-small-blobs.ts';
import * as sessionsByAge from './migrations/0097-sessions-by-age.ts';
import * as heldByTheTrash from './migrations/0098-held-by-the-trash.ts';
import * as operatorLimits from './migrations/0099-operator-limits.ts';
import type { Schema } from './schema.ts';

/** The step that a new database begins with. */
export const FIRST_MIGRATION = '0001-initial';

/** By name, in order; the rule they keep is in migrations/README.md. */
export type Migrations = Readonly<Record<string, (db: Kysely<unknown>, engine: Engine) => Promise<void>>>;

export const MIGRATIONS: Migrations = {
  '0001-initial': initial.up,
  '0002-registry-tokens': registryTokens.up,
  '0003-iam': iam.up,
  '0004-collection': collection.up,
  '0005-job-leases': jobLeases.up,
  '0006-quotas': quotas.up,
  '0007-referrers-by-digest': referrersByDigest.up,
  '0008-identity-lists': identityLists.up,
  '0010-expired-sessions': expiredSessions.up,
  '0011-refresh-tokens-of-identity': refreshTokensOfIdentity.up,
  '0012-tags-by-digest-and-name': tagsByDigestAndName.up,
  '0013-users-by-email': usersByEmail.up,
  '0014-storage-counts': storageCounts.up,
  '0030-audit-log': auditLog.up,
  '0031-pulls': pulls.up,
  '0040-trash': trash.up,
  '0041-push-origin': pushOrigin.up,
  '0042-account-options': accountOptions.up,
  '0043-usage': usage.up,
  '0044-protection': protection.up,
  '0045-retention': retention.up,
  '0060-issuers': issuers.up,
  '0061-federated-sessions': federatedSessions.up,
  '0065-api-key-secrets': apiKeySecrets.up,
  '0070-byte-holds': byteHolds.up,
  '0071-backup-runs': backupRuns.up,
  '0073-revocation-journal': revocationJournal.up,
  '0075-storage-position': storagePosition.up,
  '0076-restored-images': restoredImages.up,
  '0078-issuer-keys': issuerKeys.up,
  '0079-push-claims': pushClaims.up,
  '0080-audit-blocks': auditBlocks.up,
  '0081-audit-holds': auditHolds.up,
  '0082-audit-exports': auditExports.up,
  '0084-account-states': accountStates.up,
  '0085-warnings': warnings.up,
  '0086-sign-ins': signIns.up,
  '0088-sign-in-attempts': signInAttempts.up,
  '0090-browser-logins': browserLogins.up,
  '0091-session-machines': sessionMachines.up,
  '0092-webhooks': webhooks.up,
  '0094-listings': listings.up,
  '0095-registry-token-use': registryTokenUse.up,
  '0096-small-blobs': smallBlobs.up,
  '0097-sessions-by-age': sessionsByAge.up,
  '0098-held-by-the-trash': heldByTheTrash.up,
  '0099-operator-limits': operatorLimits.up,
};

/**
 * Brings the schema to this program's version and answers the migrations that took; none when it is there. Replicas
 * that race take turns. A newer schema is left as it is where the rule of migrations/README.md says this program can
 * work with it, and refused otherwise.
 */
export const migrate = async (
  db: Kysely<Schema>,
  engine: Engine,
  migrations: Migrations = MIGRATIONS,
  contractions: readonly string[] = CONTRACTIONS,
): Promise<string[]> => {
  const contracted = await executedOf(db, contractions);
  const migrator = new Migrator({
    db,
    provider: provider({ ...migrations, ...contracted }, engine),
    // a contraction sorts behind every step, and later versions have steps before it
    allowUnorderedMigrations: true,
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error === undefined) return (results ?? []).map(({ migrationName }) => migrationName);
  const known = [...Object.keys(migrations), ...contractions];
  const newer = await newerThan(db, Object.keys(migrations), known).catch(() => []);
  if (newer.length === 0)
    throw new Error('the database schema could not be brought up to date', { cause: error });
  const unworkable = newer.filter((name) => !worksWith(name, migrations));
  if (unworkable.length > 0) {
    throw new Error(
      `the database belongs to a newer version of this program (schema ${unworkable.join(', ')}); start that version`,
    );
  }
  return [];
};

/** The contractions that the database has had: there is nothing left to do for them. */
const executedOf = async (db: Kysely<Schema>, contractions: readonly string[]): Promise<Migrations> => {
  // a new database has no list yet
  const executed = await executedMigrations(db).catch(() => new Set<string>());
  return Object.fromEntries(
    contractions.filter((name) => executed.has(name)).map((name) => [name, async () => {}]),
  );
};

const provider = (migrations: Migrations, engine: Engine): MigrationProvider => ({
  getMigrations: async () =>
    Object.fromEntries(
      Object.entries(migrations).map(([name, up]) => [name, { up: (db: Kysely<unknown>) => up(db, engine) }]),
    ),
});

/** The names of the migrations a database has had. */
export const executedMigrations = async (db: Db): Promise<Set<string>> => {
  const executed = await (db as unknown as Kysely<{ kysely_migration: { name: string } }>)
    .selectFrom('kysely_migration')
    .select('name')
    .execute();
  return new Set(executed.map(({ name }) => name));
};

/** Migrations the database has had beyond those that are known; empty when it lacks one of this program's own. */
const newerThan = async (
  db: Kysely<Schema>,
  own: readonly string[],
  known: readonly string[],
): Promise<string[]> => {
  const names = await executedMigrations(db);
  if (!own.every((name) => names.has(name))) return [];
  return [...names.difference(new Set(known))];
};

/** An expanding migration harms no older program; a contracting one only those that do not know what it completes. */
const worksWith = (name: string, migrations: Migrations): boolean => {
  const completes = /^\d{4}-contract-(\d{4})/.exec(name)?.[1];
  return completes === undefined || Object.keys(migrations).some((own) => own.startsWith(`${completes}-`));
};

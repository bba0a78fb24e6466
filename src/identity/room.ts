import { Accounts } from './accounts/accounts.ts';
import { type Bootstrap, openFirstAccount } from './accounts/first-account.ts';
import { Activity } from './activity/activity.ts';
import { ActivityReports } from './activity/activity-report.ts';
import { ApiKeys } from './api-keys/api-keys.ts';
import { Invitations } from './invitations/invitations.ts';
import { identityJobs } from './jobs.ts';
import { AccessTokens } from './login/access-tokens.ts';
import { Bearers } from './login/bearers.ts';
import { openBrowserLogins } from './login/browser-logins.ts';
import { type ComputeIssuer, ComputeTokens } from './login/compute-tokens.ts';
import { Credentials } from './login/credentials.ts';
import { FederatedLogins } from './login/federated-logins.ts';
import { type FederationParts, openFederation } from './login/federation.ts';
import { IdentityTokens } from './login/identity-tokens.ts';
import { Liveness } from './login/liveness.ts';
import { ProfileLogins } from './login/profile-logins.ts';
import { TrustExplainer } from './login/trust-explanation.ts';
import type { MasterKey } from './master-key.ts';
import { OneTimeCodes } from './one-time-codes/one-time-codes.ts';
import { Passwords } from './passwords/passwords.ts';
import { People } from './people/people.ts';
import { Profiles } from './profiles/profiles.ts';
import { RegistryTokens } from './registry-tokens/registry-tokens.ts';
import { ServiceIds } from './service-ids/service-ids.ts';
import { RefreshTokens } from './sessions/refresh-tokens.ts';
import { Sessions } from './sessions/sessions.ts';
import { AccountSettings } from './settings/account-settings.ts';
import { SigningKeys } from './signing-keys/signing-keys.ts';
import { Users } from './users/users.ts';
import { issuerWarnings } from './warnings/issuers.ts';
import { identityWarnings } from './warnings/warnings.ts';

export type { Account } from './accounts/account.ts';
export type { Accounts } from './accounts/accounts.ts';
export { type Opened, resetOwner, resetOwnerOf } from './accounts/first-account.ts';
export type { Activity } from './activity/activity.ts';
export type {
  ActivityReport,
  Inactive,
  InactiveApiKey,
  InactiveUser,
} from './activity/activity-report.ts';
export type { ApiKey, ApiKeyChanges, KeyHolderKind } from './api-keys/api-key.ts';
export { isSafeToDelete, type KeySecret, liveSecrets } from './api-keys/key-secrets.ts';
export type { NewApiKey } from './api-keys/new-api-key.ts';
export type { Page, PageRequest } from './entity-pages.ts';
export type { Arrived, FederatedIdentities } from './federated-identities/federated-identities.ts';
export type { FederatedIdentity } from './federated-identities/federated-identity.ts';
export type { FederatedSession } from './federated-sessions/federated-session.ts';
export { entityIdOf, iamIdOfProfile, iamIdOfServiceId } from './iam-ids.ts';
export type { Accepting, Invitation, PendingInvitation } from './invitations/invitations.ts';
export type { DeclaredIssuer, IssuerSource } from './issuers/issuer.ts';
export type { IssuerReport, Issuers } from './issuers/issuers.ts';
export { isFetchable, publicKeysOf } from './issuers/key-fetch.ts';
export type { PeopleClient, SignUp } from './issuers/people-client.ts';
export { PRESETS, type Preset, presetOfIss } from './issuers/presets.ts';
export { LIMITS } from './limits.ts';
export type { AskedScope, Bearer, Bearers } from './login/bearers.ts';
export type * from './login/browser-logins.ts';
export type { ComputeIssuer } from './login/compute-tokens.ts';
export { ANONYMOUS_CREDENTIAL, type Credential, credentialId, refusedOf } from './login/credential.ts';
export type { Credentials } from './login/credentials.ts';
export type { Arrival } from './login/federated-logins.ts';
export type { Asked, Exchanged, IdentityTokens, IssuedTokens } from './login/identity-tokens.ts';
export type { Liveness } from './login/liveness.ts';
export type { ProfileNamed } from './login/profile-logins.ts';
export type { TrustExplanation } from './login/trust-explanation.ts';
export { MasterKey } from './master-key.ts';
export { type GivenPassword, loginName } from './passwords/passwords.ts';
export type { Departure, People } from './people/people.ts';
export type { Profile } from './profiles/profile.ts';
export {
  type IdentityTrust,
  type LinkTrust,
  type ProfileTrust,
  RULE_OPERATORS,
  type RuleTrust,
} from './profiles/profile-trust.ts';
export type { RegistryToken, RegistryTokenMode } from './registry-tokens/registry-token.ts';
export type { RegistryTokens, TokenScope } from './registry-tokens/registry-tokens.ts';
export * from './restored/restored.ts';
export type { ServiceId, ServiceIdChanges } from './service-ids/service-id.ts';
export { ServiceIds } from './service-ids/service-ids.ts';
export { CONSOLE_CLIENT, type RefreshCredential } from './sessions/refresh-tokens.ts';
export type { Session } from './sessions/session.ts';
export type { AccountSettings, VersionedSettings } from './settings/account-settings.ts';
export type { IdentitySettings, Restriction, SettingsChanges } from './settings/identity-settings.ts';
export { allSigningKeys } from './signing-keys/rows.ts';
export { tokensSignedBy } from './signing-keys/signed-tokens.ts';
export { PURPOSES, type SigningKey } from './signing-keys/signing-key.ts';
export { SigningKeys } from './signing-keys/signing-keys.ts';
export type { Member, User } from './users/user.ts';
export type { Users } from './users/users.ts';

export interface IdentityParts extends FederationParts {
  readonly masterKey: MasterKey;
  readonly bootstrap: Bootstrap;
  readonly computeIssuers: readonly ComputeIssuer[];
}

export type Identity = Awaited<ReturnType<typeof openIdentity>>;

/** Who there is: accounts, people, service IDs, profiles, their secrets, and how a secret becomes a principal. */
export const openIdentity = async (parts: IdentityParts) => {
  const { database, clock, masterKey } = parts;
  const engine = { database, clock };
  const signingKeys = new SigningKeys(database, masterKey);
  await signingKeys.start(clock);
  const first = await openFirstAccount(database, masterKey, clock, parts.bootstrap);
  const activity = new Activity(database, clock);
  const settings = new AccountSettings(database, clock);
  const federation = await openFederation(parts, settings);
  const { issuers, workloadTokens, federatedSessions } = federation;
  const liveness = new Liveness(database, clock, activity, settings, federation);
  const accessTokens = new AccessTokens(signingKeys, clock, settings, parts.issuer);
  const refreshTokens = new RefreshTokens(database, masterKey, clock, settings);
  const registryTokens = new RegistryTokens(database, signingKeys, clock);
  const profileLogins = new ProfileLogins(database, liveness, activity);
  const federatedLogins = new FederatedLogins({
    ...{ ...parts, ...federation },
    ...{ settings, liveness, activity, profileLogins },
  });
  const passwords = new Passwords(database, masterKey, clock);
  const codes = new OneTimeCodes(database, masterKey, clock);
  const browserLogins = openBrowserLogins(database, masterKey, clock);
  const users = new Users(database, clock);
  const tokens = { accessTokens, refreshTokens, registryTokens };
  const credentials = new Credentials({
    ...{ ...engine, masterKey, liveness, activity, ...tokens },
    ...{ profileLogins, federatedLogins, passwords, codes, users },
  });
  const identityTokens = new IdentityTokens({
    database,
    credentials,
    accessTokens,
    refreshTokens,
    profileLogins,
    computeTokens: new ComputeTokens(parts.computeIssuers, clock),
    workloadTokens,
    federatedLogins,
    clock,
  });
  const sessions = new Sessions(database, clock, activity, settings, federatedSessions);
  const apiKeys = new ApiKeys(database, masterKey, clock);
  const invitations = new Invitations(database, clock, passwords, codes);
  const bearers = new Bearers(signingKeys, clock);
  database.onChange((changes) => {
    if (changes.some(({ kind }) => kind === 'signing-key')) bearers.forget();
  });
  return {
    first,
    accounts: new Accounts(database, masterKey, clock),
    users,
    invitations,
    serviceIds: new ServiceIds(database, masterKey, clock),
    profiles: new Profiles(database, clock, issuers),
    apiKeys,
    registryTokens,
    sessions,
    issuers,
    federatedIdentities: federation.federatedIdentities,
    signIns: federation.signIns,
    providers: federation.providers,
    people: new People({ ...federation, ...engine, liveness, invitations, passwords, refreshTokens, users }),
    logoutTokens: federation.logoutTokens,
    trustExplainer: new TrustExplainer(issuers, workloadTokens),
    refreshTokens,
    passwords,
    codes,
    ...browserLogins,
    settings,
    signingKeys,
    activity,
    reports: new ActivityReports(database, clock, activity),
    liveness,
    credentials,
    bearers,
    identityTokens,
    jobs: identityJobs({
      activity,
      registryTokens,
      apiKeys,
      sessions,
      codes,
      ...browserLogins,
      ...federation,
    }),
    warnings: [...identityWarnings({ database, activity }), issuerWarnings(federation)],
    [Symbol.asyncDispose]: () => activity.flush(),
  };
};

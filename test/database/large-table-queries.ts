import * as groups from '../../src/access/access-groups/rows.ts';
import * as customRoles from '../../src/access/custom-roles/rows.ts';
import * as policies from '../../src/access/policies/rows.ts';
import * as removedAccess from '../../src/access/removed-accounts/rows.ts';
import * as events from '../../src/audit/events/rows.ts';
import * as refusals from '../../src/audit/refusals/rows.ts';
import type { Connection, Db, Tx } from '../../src/database/database.ts';
import { transaction } from '../../src/database/transaction.ts';
import * as accounts from '../../src/identity/accounts/rows.ts';
import * as reports from '../../src/identity/activity/rows.ts';
import * as apiKeys from '../../src/identity/api-keys/rows.ts';
import * as people from '../../src/identity/federated-identities/rows.ts';
import * as issuers from '../../src/identity/issuers/rows.ts';
import * as codes from '../../src/identity/one-time-codes/rows.ts';
import * as passwords from '../../src/identity/passwords/rows.ts';
import * as profiles from '../../src/identity/profiles/rows.ts';
import * as tokens from '../../src/identity/registry-tokens/rows.ts';
import * as removedIdentities from '../../src/identity/removed-accounts/rows.ts';
import * as serviceIds from '../../src/identity/service-ids/rows.ts';
import * as signIns from '../../src/identity/sign-ins/rows.ts';
import * as users from '../../src/identity/users/rows.ts';
import * as activity from '../../src/registry/activity/rows.ts';
import * as blobs from '../../src/registry/blobs/rows.ts';
import * as holds from '../../src/registry/holds/rows.ts';
import * as images from '../../src/registry/images/rows.ts';
import * as listedManifests from '../../src/registry/listings/manifest-rows.ts';
import * as listings from '../../src/registry/listings/rows.ts';
import * as manifests from '../../src/registry/manifests/rows.ts';
import * as protection from '../../src/registry/protection/rows.ts';
import * as pulls from '../../src/registry/pulls/rows.ts';
import * as reach from '../../src/registry/reach/rows.ts';
import * as referrers from '../../src/registry/referrers/rows.ts';
import * as repositories from '../../src/registry/repositories/rows.ts';
import * as storage from '../../src/registry/storage/rows.ts';
import * as tags from '../../src/registry/tags/rows.ts';
import * as trash from '../../src/registry/trash/rows.ts';
import * as uploads from '../../src/registry/uploads/rows.ts';
import * as exemptions from '../../src/tenancy/exemptions/rows.ts';
import * as namespaces from '../../src/tenancy/namespaces/rows.ts';
import * as quotas from '../../src/tenancy/quotas/rows.ts';
import * as warnings from '../../src/warnings/found/rows.ts';
import { AUDIT_QUERIES } from './large-audit-queries.ts';
import { BROWSER_LOGIN_QUERIES } from './large-browser-login-queries.ts';
import { LIFECYCLE_QUERIES } from './large-lifecycle-queries.ts';
import { PULL_QUERIES } from './large-pull-queries.ts';
import { SESSION_QUERIES } from './large-session-queries.ts';
import { WEBHOOK_QUERIES } from './large-webhook-queries.ts';

/** For queries that change rows; what they tell the change feed is not looked at here. */
const inTx = (db: Db): Tx => transaction(db as Connection, []);

const page = { now: 1, after: 'a', limit: 10 };

const entities = {
  sort: undefined,
  descending: false,
  after: { value: 'v', id: 'i' },
  filters: [],
  limit: 10,
};

const account = { accountId: 'a', iamId: 'i' };

const region = { accountId: 'a', regionId: 'r' };

const exemption = { namespace: 'birds', repository: '', reference: '', issue_type: 'sn', issue_id: 'i5' };

const timeAsk: events.TimeAsk = {
  accountId: undefined,
  by: undefined,
  since: 1,
  until: 90_000,
  before: { at: 50_000, id: 'e' },
  limit: 10,
};

/** For queries that change rows. */
const inside = (db: Db): Tx => transaction(db as Connection, []);

/** What a request or a job may ask however much there is in the database. */
export const LARGE_TABLE_QUERIES: Readonly<Record<string, (db: Db) => Promise<unknown>>> = {
  'an account': (db) => accounts.findAccount(db, 'a'),
  'API keys that end': (db) =>
    apiKeys.apiKeysEnding(db, { after: { at: 1, id: 'k' }, until: 90_000, limit: 10 }),
  'registry tokens that end': (db) =>
    tokens.registryTokensEnding(db, { after: { at: 1, id: 'k' }, until: 90_000, limit: 10 }),
  'invitations that end': (db) =>
    codes.invitationsEnding(db, { after: { at: 1, id: 'k' }, until: 90_000, limit: 10 }),
  'API keys one after the other': (db) => apiKeys.apiKeysAfter(db, 'k', 10),
  'registry tokens one after the other': (db) => tokens.registryTokensAfter(db, 'k', 10),
  'policies one after the other': (db) => policies.policiesAfter(db, 'k', 10),
  'quotas one after the other': (db) => quotas.quotasAfter(db, { accountId: 'a', regionId: 'r' }, 10),
  'warnings of an account': (db) =>
    warnings.listWarnings(db, { accountId: 'a', after: { kind: 'k', target: 't' }, limit: 10 }),
  'warnings of all accounts': (db) =>
    warnings.listWarnings(db, { accountId: undefined, after: { kind: 'k', target: 't' }, limit: 10 }),
  'warnings that were not seen again': (db) =>
    warnings.deleteUnseenWarnings(inside(db), { source: '', kind: 'disk-fills', before: 1, limit: 10 }),
  'a page of accounts': (db) => accounts.listAccounts(db, 'a', 10),
  'an account whose time is over': (db) => accounts.accountToRemove(db, 1),
  'a hold of an account': (db) => holds.holdOfAccount(db, 'a'),
  'a piece of the sessions of an account': (db) =>
    removedIdentities.deleteSessionsOfAccount(inside(db), 'a', 10),
  'a piece of the federated sessions of an account': (db) =>
    removedIdentities.deleteFederatedSessionsOfAccount(inside(db), 'a', 10),
  'a piece of the policies of an account': (db) => removedAccess.deletePoliciesOfAccount(inside(db), 'a', 10),
  'a piece of the memberships of an account': (db) =>
    removedAccess.deleteMembersOfAccount(inside(db), 'a', 10),
  'a membership': (db) => users.findMembership(db, 'a', 'i'),
  'an API key by its id': (db) => apiKeys.findApiKey(db, 'k'),
  'an API key by its secret': (db) => apiKeys.findApiKeyByHash(db, 'h'),
  'an API key by the secret before': (db) => apiKeys.findApiKeyByPreviousHash(db, 'h'),
  'a page of API keys': (db) =>
    apiKeys.listApiKeys(db, { of: { ...account, kind: undefined }, now: 1, page: entities }),
  "a page of an account's API keys": (db) =>
    apiKeys.listApiKeys(db, {
      of: { accountId: 'a', iamId: undefined, kind: 'user' },
      now: 1,
      page: entities,
    }),
  "an identity's API keys": (db) => apiKeys.apiKeysOfIdentity(db, 'a', 'i'),
  'API keys that expired': (db) => apiKeys.apiKeysExpiredBefore(db, 1, 10),
  'an issuer': (db) => issuers.findIssuer(db, 'n'),
  'what a provider says of a person': (db) => people.federatedIdentitiesOfUser(db, 'i'),
  'the person of a subject': (db) => people.findFederatedIdentityOf(db, 'i', 's'),
  'people to ask a provider about': (db) => people.identitiesToCheck(db, 1, 10),
  'members of whom a provider says something': (db) =>
    people.federatedIdentitiesIn(db, { accountId: 'a', after: '', limit: 10 }),
  'groups of an identity, and whether a provider knows it': (db) => groups.belongingOf(db, 'a', 'i'),
  'the sign-ins of a person': (db) => signIns.signInsOfIdentity(db, 'f', 10),
  'the sign-ins of a session at the provider': (db) => signIns.signInsOfSid(db, 'i', 's', 10),
  'sign-ins that are over': (db) => signIns.overdueSignIns(db, 1, 10),
  'logout tokens that are too old': (db) => signIns.usedLogoutTokens(db, 1, 10),
  'a page of service IDs': (db) =>
    serviceIds.listServiceIds(db, { accountId: 'a', name: undefined, page: entities }),
  'the number of service IDs': (db) => serviceIds.countServiceIds(db, 'a'),
  'policies of a subject that goes': (db) => policies.deletePoliciesOfSubject(inTx(db), 'a', 'i'),
  'memberships of an identity that goes': (db) => groups.deleteGroupMemberships(inTx(db), 'a', 'i'),
  'trusts of an identity that goes': (db) => profiles.trustsOfIdentity(db, 'i'),
  'the latest report of an account': (db) => reports.latestActivityReport(db, 'a'),
  'a report': (db) => reports.findActivityReport(db, 'r'),
  'reports that are old': (db) => reports.deleteActivityReportsBefore(inTx(db), 'a', 1),
  'inactive API keys': (db) => reports.inactiveApiKeys(db, { accountId: 'a', before: 1, page: entities }),
  'inactive profiles': (db) => reports.inactiveProfiles(db, { accountId: 'a', before: 1, page: entities }),
  'users of an account': (db) => reports.membersAfter(db, 'a', 'i', 10),
  'when identities were last seen': (db) => reports.lastSeen(db, 'a', ['x']),
  'what was done to an entity': (db) => events.historyOf(db, { accountId: 'a', target: 't', limit: 10 }),
  'a page of events of everything': (db) => events.eventsByTime(db, timeAsk),
  'a page of events of an account': (db) => events.eventsByTime(db, { ...timeAsk, accountId: 'a' }),
  'a page of events of a target': (db) =>
    events.eventsByTime(db, { ...timeAsk, accountId: 'a', by: { column: 'target', value: 't' } }),
  'a page of events of a credential': (db) =>
    events.eventsByTime(db, { ...timeAsk, accountId: 'a', by: { column: 'credential_id', value: 'c' } }),
  'a page of events of a principal': (db) =>
    events.eventsByTime(db, { ...timeAsk, accountId: 'a', by: { column: 'principal', value: 'p' } }),
  'a page of events by number': (db) => events.eventsByNumber(db, 50_000, 10),
  'what an account wants recorded': (db) => events.findAuditSettings(db, 'a'),
  'pulls of tags': (db) => pulls.pullsOf(db, { repositoryId: 'p', kind: 'tag', references: ['t', 'u'] }),
  'some pulls of several repositories': (db) => pulls.somePulls(db, ['p', 'q'], 10),
  'how often tags and digests were pulled': (db) =>
    pulls.pullTotals(
      db,
      [
        { repository_id: 'p', kind: 'tag', reference: 't' },
        { repository_id: 'q', kind: 'digest', reference: 'd' },
      ],
      1,
    ),
  'a page of pulls': (db) =>
    pulls.pullsAfter(db, { repository_id: 'p', kind: 'tag', reference: 't', day: 1 }, 10),
  'pulls to forget': (db) =>
    pulls.deletePullsBefore(inTx(db), { repository_id: 'p', kind: 'tag', reference: 't', day: 1 }),
  'repositories by their last push': (db) =>
    listings.repositoriesByPush(db, {
      namespaceId: 'n',
      descending: true,
      after: { at: 5, by: 'p' },
      limit: 10,
    }),
  'repositories by their last push, the oldest first': (db) =>
    listings.repositoriesByPush(db, { namespaceId: 'n', descending: false, after: undefined, limit: 10 }),
  'when repositories were pushed to': (db) => listings.pushesOf(db, ['p', 'q']),
  'the number of repositories': (db) => listings.countRepositories(db, 'n1', 10),
  'what is told of repositories': (db) => listings.repositoryFacts(db, ['p', 'q'], 10),
  'tags by when they were set': (db) =>
    listings.tagsByUpdate(db, { repositoryId: 'p', descending: true, after: { at: 5, by: 't' }, limit: 10 }),
  'tags by when they were set, the oldest first': (db) =>
    listings.tagsByUpdate(db, { repositoryId: 'p', descending: false, after: undefined, limit: 10 }),
  'tags by name, numbers as numbers': (db) =>
    listings.tagsByNameKey(db, { repositoryId: 'p', after: { key: 't', name: 't' }, limit: 10 }),
  'tags by name': (db) => listings.tagsByName(db, { repositoryId: 'p', after: 't', limit: 10 }),
  'tags of a part': (db) =>
    listings.orderedTagsOfPart(db, {
      repositoryId: 'p',
      part: { start: 't', exact: false },
      after: '',
      limit: 10,
    }),
  'whether a tag has no key': (db) => listings.hasUnkeyedTag(db, 'p'),
  'the number of tags': (db) => listings.countTags(db, 'p', 10),
  'what is told of manifests': (db) => listedManifests.manifestFacts(db, 'p', ['m1', 'm2']),
  'short contents of manifests': (db) =>
    listedManifests.shortContents(db, { repositoryId: 'p', digests: ['m1', 'm2'], most: 10_000 }),
  'what refers to some manifests': (db) =>
    listedManifests.someReferrers(db, { repositoryId: 'p', subjects: ['m1', 'm2'], limit: 10 }),
  'repositories that lack their order': (db) => activity.repositoriesToFill(db, 'p', 10),
  'the newest tag': (db) => activity.newestTagAt(db, 'p'),
  'when a repository was pushed to': (db) =>
    activity.noteActivity(inTx(db), 'p', { pushedAt: 5, pulledAt: 5 }),
  'tags that get their key': (db) => tags.noteNameKeys(inTx(db), 'p', 10),
  'pulls of the digests of a repository': (db) =>
    pulls.pullsOfRepositoryAfter(db, 'p', { reference: 'd', day: 1 }, 10),
  'what tags stand for': (db) => tags.findTags(db, 'p', ['t', 'u']),
  'the number of API keys': (db) => apiKeys.countApiKeys(db, 'a', 'i'),
  'a registry token': (db) => tokens.findRegistryToken(db, 't'),
  'the number of registry tokens of an account': (db) => tokens.countRegistryTokens(db, 'a', 10),
  'a page of registry tokens': (db) => tokens.listRegistryTokens(db, { ...region, ...page }),
  'a quota': (db) => quotas.findQuota(db, region),
  'a page of exemptions': (db) =>
    exemptions.listExemptions(db, { place: region, after: exemption, limit: 10 }),
  'a page of exemptions for one scope': (db) =>
    exemptions.listExemptions(db, { place: region, scope: exemption, after: exemption, limit: 10 }),
  'an exemption': (db) => exemptions.findExemption(db, region, exemption),
  'an exemption to delete': (db) => exemptions.deleteExemption(inTx(db), region, exemption),
  'the traffic of a month': (db) => quotas.trafficOf(db, region, '2026-11'),
  'whether an account stores little': (db) => storage.isSmall(db, region, { repositories: 10, contents: 10 }),
  'repositories whose storage is counted': (db) =>
    storage.repositoriesBehind(db, { namespaceId: 'n', after: 'b', limit: 10 }),
  'blobs of several repositories': (db) =>
    storage.someBlobs(db, { repositoryIds: ['p', 'q'], regionId: 'r', limit: 10 }),
  'a page of blobs of a repository': (db) =>
    storage.blobsBehind(db, { repositoryId: 'p', regionId: 'r', after: 'd', limit: 10 }),
  'manifests of several repositories': (db) =>
    storage.someManifests(db, { repositoryIds: ['p', 'q'], limit: 10 }),
  'a page of manifests of a repository': (db) =>
    storage.manifestsBehind(db, { repositoryId: 'p', after: 'd', limit: 10 }),
  'what an account was found to store': (db) => storage.findStorageCount(db, region),
  'a refusal': (db) => refusals.findRefusal(db, 'r'),
  'old refusals': (db) => refusals.deleteRefusalsBefore(inside(db), 1, 10),
  'expired registry tokens': (db) => tokens.expiredRegistryTokens(db, 1, 10),
  'registry tokens of a signing key': (db) =>
    tokens.registryTokensSignedBy(db, { keyId: 'k', after: '', limit: 10 }),
  'options of an account': (db) => tokens.findAuthOptions(db, 'a', 'r'),
  'the policies of an identity and its groups': (db) =>
    policies.policiesOfSubjects(db, 'a', ['i', 'g'], { limit: 200 }),
  'the next part of the policies of an identity and its groups': (db) =>
    policies.policiesOfSubjects(db, 'a', ['i', 'g'], { after: { subject: 'i', id: 'p' }, limit: 200 }),
  'the sizes of policies': (db) => policies.policySizes(db, { after: 'p', limit: 10 }),
  'a policy': (db) => policies.findPolicy(db, 'p'),
  'the policies of an account': (db) =>
    policies.listPolicies(db, 'a', { subject: undefined, state: 'active', after: 'p', limit: 10 }),
  'the policies of one subject': (db) =>
    policies.listPolicies(db, 'a', { subject: 's', state: 'active', after: 'p', limit: 10 }),
  'policies with a text': (db) => policies.policiesContaining(db, 'a', '"birds"', { after: 'p', limit: 10 }),
  'subjects of policies with a text': (db) =>
    policies.subjectsContaining(db, 'a', '"birds"', { after: 's', limit: 10 }),
  'policies that say the same': (db) => policies.policiesAlike(db, 'a', 'f'),
  'the number of policies of a subject': (db) => policies.countPolicies(db, 'a', 's'),
  'the policies of a subject that goes': (db) => policies.deletePoliciesOfSubject(inTx(db), 'a', 's'),
  'a custom role': (db) => customRoles.findCustomRole(db, 'r'),
  'an access group': (db) => groups.findAccessGroup(db, 'g'),
  'the access groups of an account': (db) => groups.listAccessGroups(db, 'a'),
  'a page of members': (db) => groups.listGroupMembers(db, 'g', { offset: 0, limit: 10, type: undefined }),
  'the number of members': (db) => groups.countGroupMembers(db, 'g'),
  'the rules of a group': (db) => groups.listGroupRules(db, 'g'),
  'a group that goes': (db) => groups.deleteAccessGroup(inTx(db), 'a', 'g'),
  'the groups of an identity': (db) => groups.groupsOfIdentity(db, 'a', 'i'),
  'a profile by its name': (db) => profiles.findProfileByName(db, 'a', 'n'),
  'a page of profiles': (db) => profiles.listProfiles(db, { accountId: 'a', after: '', limit: 10 }),
  'the number of profiles': (db) => profiles.countProfiles(db, 'a'),
  'whom a profile trusts': (db) => profiles.trustsOfProfile(db, 'p', 'rule'),
  'every trust of a profile': (db) => profiles.trustIdsOfProfile(db, 'p'),
  "a profile's trust in an identity": (db) => profiles.findTrustInIdentity(db, 'p', 'i'),
  'every trust in an identity': (db) => profiles.trustsInIdentity(db, 'a', 'i'),
  'whether another account trusts an identity': (db) => profiles.isTrustedAbroad(db, 'a', 'i'),
  'every profile an identity can become': (db) => profiles.profilesTrusting(db, 'a', 'i'),
  'a trust': (db) => profiles.findProfileTrust(db, 't'),
  'a user by name': (db) => users.findUserByName(db, 'u'),
  'a member': (db) => users.findMember(db, 'a', 'i'),
  'a page of users': (db) => users.listMembers(db, { accountId: 'a', from: '', limit: 10 }),
  'users of a name or an id': (db) => users.usersCalled(db, 'u', 5),
  'members who log in with a name': (db) => users.membersCalled(db, 'a', 'u'),
  'logins of a name': (db) => passwords.loginsCalled(db, 'u', 5),
  'logins of a name in an account': (db) => passwords.loginsOfAccount(db, 'a', 'u'),
  'a one-time code by its id': (db) => codes.findOneTimeCodeById(db, 'c'),
  'the number of users': (db) => users.countMembers(db, 'a'),
  'the accounts of a user': (db) => users.membershipsOfUser(db, 'i'),
  'the API keys of a removed user': (db) => apiKeys.deleteApiKeysOfIdentity(inTx(db), 'a', 'i'),
  'a password': (db) => passwords.findPassword(db, 'i'),
  'a one-time code': (db) => codes.findOneTimeCode(db, 'h'),
  'a page of invitations': (db) =>
    codes.pendingInvitations(db, { accountId: 'a', now: 1, after: 'i', limit: 10 }),
  'the one-time codes of an identity': (db) =>
    codes.deleteOneTimeCodesOf(inTx(db), { accountId: 'a', iamId: 'i' }),
  'expired one-time codes': (db) => codes.expiredOneTimeCodes(db, 1, 10),
  'a namespace': (db) => namespaces.findNamespace(db, 'r', 'birds'),
  'namespaces of an account': (db) => namespaces.listNamespaces(db, 'a', 'r'),
  'a repository': (db) => repositories.findRepository(db, 'r', 'birds/a'),
  'a repository whose rules are asked for': (db) => repositories.findRepositoryById(db, 'p'),
  'the rules of a namespace': (db) => protection.rulesOfNamespace(db, 'n1', 50),
  'a rule': (db) => protection.findRule(db, 'r1'),
  'a hold': (db) => holds.findHold(db, 'p', 'm2'),
  'which digests are held': (db) => holds.heldDigests(db, 'p', ['m2', 'm3']),
  'a page of the holds of a namespace': (db) =>
    holds.holdsOfNamespace(db, { namespaceId: 'n1', after: { repository_id: 'p', digest: 'm5' }, limit: 10 }),
  'the first page of the holds of a namespace': (db) =>
    holds.holdsOfNamespace(db, { namespaceId: 'n1', after: { repository_id: '', digest: '' }, limit: 10 }),
  'tags of some manifests that begin with a text': (db) =>
    reach.tagsWithin(db, {
      repositoryId: 'p',
      digests: ['m2', 'm4'],
      part: { start: 't', exact: false },
      limit: 10,
    }),
  'one tag of some manifests': (db) =>
    reach.tagsWithin(db, {
      repositoryId: 'p',
      digests: ['m2', 'm4'],
      part: { start: 't2', exact: true },
      limit: 10,
    }),
  'a page of tags that begin with a text': (db) =>
    reach.tagsOfPart(db, { repositoryId: 'p', part: { start: 't', exact: false }, after: 't5', limit: 10 }),
  'what refers to some digests': (db) =>
    reach.holdersOf(db, { repositoryId: 'p', digests: ['d2', 'd4'], limit: 10 }),
  'the subjects of some manifests': (db) => reach.subjectsOf(db, 'p', ['m2', 'm4']),
  'whether some manifests refer to a digest': (db) =>
    reach.doReferTo(db, { repositoryId: 'p', manifests: ['m2', 'm4'], digest: 'd6' }),
  'what some indexes list': (db) =>
    reach.childrenOf(db, { repositoryId: 'p', indexes: ['m2', 'm4'], limit: 10 }),
  'a page of repositories of a namespace': (db) =>
    repositories.repositoriesAfter(db, { namespaceId: 'n', after: 'b', limit: 10 }),
  'some repositories of a namespace by name': (db) =>
    repositories.repositoriesNamed(db, { namespaceId: 'n', names: ['birds/a', 'birds/b'] }),
  'a page of images of a repository': (db) =>
    images.taggedManifests(db, { repositoryId: 'p', after: 'd', limit: 10 }),
  'some images of several repositories': (db) => images.someTaggedManifests(db, ['p', 'q'], 10),
  'some tags of several deleted manifests': (db) =>
    trash.someTrashedTags(
      db,
      [
        { repositoryId: 'p', digest: 'd2' },
        { repositoryId: 'p', digest: 'd4' },
      ],
      10,
    ),
  'what some tags of a repository stand for': (db) => images.manifestsTagged(db, 'p', ['a', 'b']),
  'an image without its content': (db) => images.factsOfManifest(db, 'p', 'd'),
  'a page of images of a repository, tagged or not': (db) =>
    images.manifestsBehind(db, { repositoryId: 'p', after: 'd', limit: 10 }),
  'some manifests of several repositories': (db) => images.someManifests(db, ['p', 'q'], 10),
  'some tags of several manifests': (db) =>
    images.someTagsOf(
      db,
      [
        { repositoryId: 'p', digest: 'd' },
        { repositoryId: 'q', digest: 'e' },
      ],
      10,
    ),
  'uploads that have not ended': (db) => uploads.uploadsThatAre(db, ['u', 'v']),
  'a short manifest': (db) => manifests.findShortManifest(db, 'p', 'd', 9),
  'a manifest to copy': (db) => manifests.storedManifestRow(db, 'p', 'd'),
  'a page of tags of an image': (db) =>
    images.tagsOfDigest(db, { repositoryId: 'p', digest: 'd', after: 'a', limit: 10 }),
  'a blob': (db) => blobs.findBlob(db, 'r', 'd'),
  'a blob of a repository': (db) => blobs.findRepositoryBlob(db, { id: 'p', regionId: 'r' }, 'd'),
  'repositories that hold a blob': (db) =>
    blobs.repositoriesHolding(db, { accountId: 'a', regionId: 'r', digest: 'd' }),
  'a manifest': (db) => manifests.findManifest(db, 'p', 'd'),
  'a page of referrers': (db) =>
    referrers.listReferrers(db, { repositoryId: 'p', subject: 's', after: 'a', limit: 10 }),
  'referrers by their digests': (db) => referrers.readReferrers(db, 'p', ['d', 'e']),
  'a tag': (db) => tags.findTag(db, 'p', 't'),
  'a page of tags': (db) => tags.listTags(db, 'p', 'a', 10),
  'tags of a manifest': (db) => tags.tagsOfManifest(db, 'p', 'd', 10),
  'an upload': (db) => uploads.findUpload(db, 'u'),
  ...AUDIT_QUERIES,
  ...LIFECYCLE_QUERIES,
  ...PULL_QUERIES,
  ...BROWSER_LOGIN_QUERIES,
  ...SESSION_QUERIES,
  ...WEBHOOK_QUERIES,
};

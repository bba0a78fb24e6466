import * as backups from '../../src/backup/runs/rows.ts';
import type { Connection, Db, Tx } from '../../src/database/database.ts';
import { transaction } from '../../src/database/transaction.ts';
import * as collection from '../../src/lifecycle/collection/rows.ts';
import * as expired from '../../src/lifecycle/expired-trash/rows.ts';
import * as holders from '../../src/lifecycle/holders/rows.ts';
import * as leases from '../../src/lifecycle/leases/rows.ts';
import * as removed from '../../src/lifecycle/removed-namespaces/rows.ts';
import * as retention from '../../src/lifecycle/retention/rows.ts';
import * as runs from '../../src/lifecycle/runs/rows.ts';
import * as scrub from '../../src/lifecycle/scrub/rows.ts';
import * as trashBound from '../../src/lifecycle/trash-bound/rows.ts';
import * as accounting from '../../src/registry/accounting/rows.ts';
import * as blobs from '../../src/registry/blobs/rows.ts';
import * as manifests from '../../src/registry/manifests/rows.ts';
import * as recount from '../../src/registry/recount/rows.ts';
import * as referrers from '../../src/registry/referrers/rows.ts';
import * as restoration from '../../src/registry/restoration/rows.ts';
import * as smallBlobs from '../../src/registry/small-blobs/rows.ts';
import * as tags from '../../src/registry/tags/rows.ts';
import * as trash from '../../src/registry/trash/rows.ts';
import * as unnamed from '../../src/registry/unnamed-bytes/rows.ts';
import * as uploads from '../../src/registry/uploads/rows.ts';
import * as namespaces from '../../src/tenancy/namespaces/rows.ts';
import * as usage from '../../src/tenancy/usage/rows.ts';

const link = { repository_id: 'p', digest: 'd' };

/** For queries that change rows. */
const inside = (db: Db): Tx => transaction(db as Connection, []);

/** What jobs ask however much there is in the database, and what is asked of images that are not there any more. */
export const LIFECYCLE_QUERIES: Readonly<Record<string, (db: Db) => Promise<unknown>>> = {
  'the end of a page of links': (db) => collection.linkPageEnd(db, link, 10),
  'unreferenced links of a page': (db) =>
    collection.unreferencedLinks(db, {
      after: { ...link, digest: 'd50000' },
      to: { ...link, digest: 'd50018' },
    }),
  'unreferenced links of a page that begins in one repository and ends in another': (db) =>
    collection.unreferencedLinks(db, {
      after: { ...link, digest: 'd99990' },
      to: { repository_id: 'p10001', digest: 'd10001' },
    }),
  'removal of links': (db) =>
    collection.deleteUnreferencedLinks(inside(db), { repositoryId: 'p', digests: ['d', 'e'], cutoff: 1 }),
  'manifests of the repository that refer to a digest': (db) =>
    manifests.manifestsReferringTo(db, 'p', 'd', 10),
  'blobs a repository holds': (db) => blobs.heldBlobs(db, { id: 'p', regionId: 'r' }, ['d', 'e']),
  'manifests a repository holds': (db) => manifests.heldManifests(db, 'p', ['d', 'e']),
  'tags of a manifest that goes': (db) => tags.deleteTagsOfManifest(inside(db), 'p', 'd', 10),
  'whether a digest is referred to': (db) => manifests.isReferenced(db, 'p', 'd'),
  'the end of a page of blobs': (db) => collection.blobPageEnd(db, 'r', 'd', 10),
  'unreferenced blobs of a page': (db) =>
    collection.unreferencedBlobs(db, 'r', { after: 'd50000', to: 'd50009' }),
  'removal of blobs': (db) =>
    collection.deleteUnlinkedBlobs(inside(db), { regionId: 'r', digests: ['d', 'e'], cutoff: 1 }),
  'names of bytes': (db) => unnamed.namedBytes(db, ['a', 'b']),
  'names of staging places': (db) => unnamed.namedStagings(db, ['a', 'b']),
  'bytes without a name': (db) => unnamed.findUnnamedBytes(db, ['a', 'b']),
  'condemned bytes': (db) => unnamed.areCondemned(db, 'a'),
  'bytes to forget': (db) =>
    unnamed.forgetUnnamedBytes(inside(db), { before: 1, condemnedBefore: 1, limit: 10 }),
  'the latest backups': (db) => backups.latestBackupRuns(db, 10),
  'the latest backup that was made': (db) => backups.latestDoneBackup(db),
  'the latest collections': (db) => runs.latestCollectionRuns(db, 10),
  'collections to forget': (db) => runs.deleteCollectionRunsBefore(inside(db), 1),
  'collections that ended unheard': (db) => runs.endCollectionRuns(inside(db), 1, 'x'),
  'links renewed when their manifest goes': (db) => blobs.noteLinksOfManifestWanted(inside(db), 'p', 'd', 1),
  'who links a digest': (db) => holders.linksOfDigest(db, 'd', 10),
  'who has a manifest': (db) => holders.manifestsOfDigest(db, 'd', 10),
  'manifests that refer to a digest': (db) => manifests.manifestsReferringTo(db, 'p', 'd', 10),
  'an image with what holds it': (db) => retention.findImage(db, 'p', 'm'),
  'a page of images by their creation': (db) =>
    retention.datedImages(db, { repositoryId: 'p', after: { builtAt: 50_000, digest: 'm' }, limit: 10 }),
  'the first page of images by their creation': (db) =>
    retention.datedImages(db, { repositoryId: 'p', after: undefined, limit: 10 }),
  'a page of images by when they were restored': (db) =>
    retention.restoredImages(db, {
      repositoryId: 'p',
      after: { restoredAt: 50_000, digest: 'm' },
      limit: 10,
    }),
  'a page of images without a date': (db) =>
    retention.undatedImages(db, { repositoryId: 'p', after: 'm', limit: 10 }),
  'tags of several images': (db) =>
    retention.someTags(db, { repositoryId: 'p', digests: ['m', 'n'], limit: 10 }),
  'images that are there or in the trash': (db) => retention.thereOrInTrash(db, 'p', ['m', 'n']),
  'the last pull of several tags': (db) =>
    retention.lastPulled(db, { repositoryId: 'p', kind: 'tag', references: ['t', 'u'] }),
  'a page of what an index lists': (db) =>
    retention.referencesAfter(db, { repositoryId: 'p', from: 'm', after: 'd', limit: 10 }),
  'the retention policy of a namespace': (db) => retention.findPolicy(db, 'n1'),
  'the retention policies of an account': (db) => retention.policiesOf(db, ['n1', 'n2']),
  'a retention policy that is due': (db) => retention.duePolicy(db, 5),
  'whether a retention policy was analyzed': (db) =>
    retention.wasAnalyzed(db, { namespaceId: 'n1', fingerprint: 'f', since: 1 }),
  'the number of analyses of a namespace': (db) => retention.countAnalyses(db, 'n1'),
  'a run of retention': (db) => retention.findRun(db, 'r'),
  'how a run of retention is': (db) => retention.outcomeOfRun(db, 'r'),
  'the latest runs of retention': (db) => retention.latestRuns(db, { namespaceId: 'n1', skip: 0, limit: 10 }),
  'runs of retention that wait': (db) => retention.runsThat(db, 'waiting', 10),
  'the lease of a job': (db) => leases.findJobLease(db, 'j'),
  'a page of blobs': (db) => scrub.blobsAfter(db, 'r', 'd', 10),
  'a page of manifests': (db) => scrub.manifestsAfter(db, link, 10),
  'the content of a manifest': (db) => scrub.contentOf(db, 'manifests', { repository_id: 'p', digest: 'm2' }),
  'a repository by its id': (db) => scrub.findRepositoryById(db, 'p'),
  'blobs a manifest needs': (db) => scrub.readableBlobs(db, 'p', ['d', 'e']),
  'a removed namespace': (db) => namespaces.findRemovedNamespace(db),
  'names of a removed namespace': (db) =>
    removed.freeRepositoryNames(inside(db), { namespaceId: 'n', nameBefore: 'birds', limit: 10 }),
  'a repository of a removed namespace': (db) => removed.firstRepository(db, 'n'),
  'tags to clear away': (db) => removed.deleteTags(inside(db), 'p', 10),
  'references to clear away': (db) => removed.deleteReferences(inside(db), 'p', 10),
  'manifests to clear away': (db) => removed.deleteManifests(inside(db), 'p', 10),
  'trash to clear away': (db) => removed.deleteTrash(inside(db), 'p', 10),
  'a manifest that goes to the trash': (db) =>
    trash.copyToTrash(
      inside(db),
      { repositoryId: 'p', digest: 'm2' },
      { deletedAt: 1, deletedBy: 'u', expiresAt: 9, deletedWith: 'm2' },
    ),
  'a manifest whose referrers have not all gone': (db) => trash.unfinishedOf(db, 'p', 'm2000'),
  'referrers one after the other': (db) =>
    referrers.referrersAfter(db, { repositoryId: 'p', digest: 's10' }, 'm', 1),
  'a manifest in the trash': (db) => trash.findTrashed(db, { repositoryId: 'p', digest: 'm2' }),
  'a tag in the trash': (db) => trash.digestOfTrashedTag(db, { repositoryId: 'p', tag: 't2', at: 1 }),
  'tags in the trash': (db) =>
    trash.trashedTags(db, { repositoryId: 'p', digest: 'm2', after: '', limit: 10 }),
  'the trash of a namespace': (db) =>
    trash.trashOfNamespace(db, {
      namespaceId: 'n1',
      after: { repositoryId: 'p', digest: 'm50000' },
      at: 1,
      limit: 10,
    }),
  'children in the trash': (db) => restoration.trashedChildren(db, { repositoryId: 'p', digest: 'm2' }, 10),
  'what went along to the trash': (db) =>
    restoration.trashedAlong(db, { repositoryId: 'p', digest: 'm2' }, { limit: 10, untagged: true }),
  'blobs that the trash refers to': (db) =>
    restoration.trashedContents(db, { repositoryId: 'p', digest: 'm2' }),
  'a manifest that comes back': (db) =>
    restoration.copyFromTrash(inside(db), { repositoryId: 'p', digest: 'm2' }, 0),
  'an entry of the trash that goes': (db) =>
    trash.deleteEntry(inside(db), { repositoryId: 'p', digest: 'm2' }),
  'what accounts have in the trash': (db) =>
    trashBound.trashOfAccounts(db, { accountId: 'a', regionId: 'r' }, 10),
  'the oldest trash of an account': (db) =>
    trashBound.oldestTrash(db, { accountId: 'a', regionId: 'r', at: 1, limit: 10 }),
  'what is counted of some digests': (db) =>
    usage.countedContents(db, { accountId: 'a', regionId: 'r', namespaceId: 'n1', repositoryId: 'p' }, [
      'd2',
      'd3',
    ]),
  'sums of counters': (db) => usage.sumsOf(db, { kind: 'repository', regionId: 'r', ids: ['p2', 'p3'] }),
  'contents of a repository': (db) => usage.someContents(db, 'p', 10),
  'what holds a manifest': (db) => accounting.isHeldHere(db, 'p', { digest: 'm2', subject: 's10' }),
  'what a manifest refers to, with sizes': (db) =>
    accounting.referencesOf(
      db,
      { accountId: 'a', regionId: 'r', namespaceId: 'n1', repositoryId: 'p' },
      'm2',
    ),
  'manifests that were not counted': (db) => accounting.uncountedManifests(db, 'p', 10),
  'the next repository to count': (db) => recount.repositoryBehind(db, 'p5'),
  'the next links to count': (db) => recount.linksBehind(db, { repositoryId: 'p', after: 'd5', limit: 10 }),
  'trash that has expired': (db) => expired.expiredTrash(db, 50_000, 10),
  'links to clear away': (db) => removed.deleteLinks(inside(db), 'p', 10),
  'uploads to clear away': (db) => removed.deleteUploads(inside(db), 'n', 10),
  'tokens to clear away': (db) => removed.deleteTokens(inside(db), 'n', 10),
  'the bytes of a small blob': (db) => smallBlobs.findSmallBlob(db, 'r/row/b2'),
  'the size of a small blob': (db) => smallBlobs.sizeOfSmallBlob(db, 'r/row/b2'),
  'a page of names of small blobs': (db) => smallBlobs.smallBlobsAfter(db, 'r/row/b2', 'r/row/~', 10),
  'expired uploads': (db) => uploads.expiredUploads(db, 1, 10),
};
